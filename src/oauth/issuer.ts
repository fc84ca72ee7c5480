import type { AuthorizationServer } from 'oauth4webapi';
import type { Provider } from '../providers/provider.ts';
import { isAlias, tenantIn, tenantIssuer } from '../providers/quirks/issuer.ts';

/**
 * The one place where issuers are compared. The spelling in the provider's metadata is canonical: it is stored, and
 * other spellings must match it exactly (RFC 9207 §2.4, OpenID Connect Core §3.1.3.7). Only the `issuer` setting may
 * have or omit a trailing slash.
 */

/** True if metadata with this issuer belongs to the issuer in the settings (OpenID Connect Discovery §4.3). */
export function isIssuerAsSet(setting: string, issuer: string): boolean {
  const [expected, found] = [setting, issuer].map((each) => URL.parse(each)?.href.replace(/\/$/, ''));
  return expected !== undefined && expected === found;
}

/**
 * True if `iss` is the provider's issuer, or another spelling that the settings list. With `tid` (Microsoft), the
 * tenant comes from the token; without it, from `iss` itself.
 */
export function namesIssuer(
  provider: Provider,
  server: Pick<AuthorizationServer, 'issuer'>,
  iss: string,
  tid: unknown = tenantIn(iss),
): boolean {
  if (provider.issuer === undefined) return false;
  return (
    iss === server.issuer || isAlias(provider, iss) || iss === tenantIssuer(provider, server.issuer, tid)
  );
}

/**
 * The issuer that a user's `sub` belongs to: the canonical spelling, or the user's own tenant if the provider has one
 * issuer per tenant (Microsoft). `provider:<id>` for a provider without an issuer.
 */
export function issuerOfUser(
  provider: Provider,
  server: Pick<AuthorizationServer, 'issuer'>,
  claims: { readonly iss?: unknown; readonly tid?: unknown } | undefined,
): string {
  if (provider.issuer === undefined) return `provider:${provider.id}`;
  const tenant = tenantIssuer(provider, server.issuer, claims?.tid);
  return tenant !== undefined && tenant === claims?.iss ? tenant : server.issuer;
}

/** True if two ID tokens of one user come from the same issuer, in any of its listed spellings. */
export function isSameIssuer(
  provider: Provider,
  server: Pick<AuthorizationServer, 'issuer'>,
  one: unknown,
  other: unknown,
): boolean {
  const isListed = (iss: unknown) =>
    iss === server.issuer || (typeof iss === 'string' && isAlias(provider, iss));
  return one === other || (isListed(one) && isListed(other));
}

/**
 * True if `iss` in a third-party initiated login (OpenID Connect Core §4) means this provider: spelled as in the
 * settings or in the metadata, with or without the trailing slash, or a listed alias. It only decides which login page
 * is shown.
 */
export function mayMeanIssuer(provider: Provider, iss: string): boolean {
  const bare = (url: string) => url.replace(/\/$/, '');
  return provider.issuer !== undefined && (bare(provider.issuer) === bare(iss) || isAlias(provider, iss));
}
