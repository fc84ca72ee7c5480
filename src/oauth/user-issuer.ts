import type { AuthorizationServer } from 'oauth4webapi';
import type { Provider } from '../providers/provider.ts';

/**
 * The issuer half of a user's identity, which is (issuer, `sub`): the issuer in the metadata's spelling, the tenant's
 * where `issuer_template` is set, `provider:<id>` where the provider has no issuer. `iss` is that of the validated ID
 * token, if there was one.
 */
export function userIssuer(
  provider: Provider,
  server: Pick<AuthorizationServer, 'issuer'>,
  iss: string | undefined,
): string {
  if (provider.issuer === undefined) return `provider:${provider.id}`;
  const isTenant = iss !== undefined && !(provider.issuer_aliases ?? []).includes(iss);
  return isTenant ? iss : server.issuer;
}
