import type { Provider } from '../provider.ts';

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/** `issuer_aliases`: Google also writes `accounts.google.com`, LinkedIn `https://www.linkedin.com`. */
export function isAlias({ issuer_aliases: aliases = [] }: Provider, iss: string): boolean {
  return aliases.includes(iss);
}

/**
 * `issuer_template`: the issuer of the tenant `tid` (Microsoft). Undefined if there is no template, if `tid` is not a
 * GUID (it could contain a path), or if the `issuer` setting has another tenant: then only that one may sign in.
 */
export function tenantIssuer(
  { issuer_template: template }: Provider,
  issuer: string,
  tid: unknown,
): string | undefined {
  if (template === undefined || typeof tid !== 'string' || GUID.exec(tid)?.[0] !== tid) return undefined;
  const only = GUID.exec(issuer)?.[0];
  if (only !== undefined && only.toLowerCase() !== tid.toLowerCase()) return undefined;
  return template.replace('{tid}', tid);
}

/** The tenant in an issuer, if there is one. */
export function tenantIn(iss: string): string | undefined {
  return GUID.exec(iss)?.[0];
}
