import type { AuthorizationServer } from 'oauth4webapi';
import type { Provider } from '../providers/provider.ts';
import { isAlias, tenantIn, tenantIssuer } from '../providers/quirks/issuer.ts';

/**
 * The one place where issuers are compared. The spelling in the provider's metadata is the canonical one: it is what is
 * stored, and what others are compared with, exactly (RFC 9207 §2.4, OpenID Connect Core §3.1.3.7). Only the `issuer`
 * setting may leave out its final slash.
 */

/** True if metadata that names `issuer` is of the issuer that is set (OpenID Connect Discovery §4.3). */
export function isIssuerAsSet(setting: string, issuer: string): boolean {
  const [expected, found] = [URL.parse(setting)?.href, URL.parse(issuer)?.href];
  if (expected === undefined || found === undefined) return false;
  return expected === found || `${expected}/` === found;
}

/**
 * True if `iss` is the provider's issuer, or another spelling that the settings list for it. With `tid` (Microsoft) the
 * tenant is the one that the token names; without, the one that `iss` names itself.
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
 * The issuer that a user's `sub` belongs to: the canonical spelling, or the user's own tenant where the provider has
 * one issuer for each (Microsoft). `provider:<id>` for a provider without an issuer.
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

/** True if two ID tokens of one user come from one issuer, in whatever listed spelling each names it. */
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
 * True if a login that starts elsewhere may mean this provider (OpenID Connect Core §4): `iss` is as set, as the
 * metadata spells it, or without its final slash. It decides which login page is shown, and nothing else.
 */
export function mayMeanIssuer(provider: Provider, iss: string): boolean {
  const bare = (url: string) => url.replace(/\/$/, '');
  return provider.issuer !== undefined && bare(provider.issuer) === bare(iss);
}
