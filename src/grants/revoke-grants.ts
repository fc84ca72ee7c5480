import { type LogFields, log } from '../log.ts';
import { translate } from '../oauth/failure.ts';
import { ProviderRequests } from '../oauth/provider-requests.ts';
import { revokeGrant } from '../oauth/revocation.ts';
import type { Settings } from '../settings/settings.ts';
import { type AccountNamespace, accountName } from './account.ts';
import { type Grant, isGrantOf } from './grant.ts';

/**
 * Revokes the tokens of grants at their providers (RFC 7009). If a provider can't be reached or refuses, this is logged
 * with `facts`, and the user is signed out anyway. No token is sent to an id that now belongs to another issuer. If one
 * revocation ends every grant of a user (`revocation = "grant"`), nothing is revoked while the user has a connection.
 */
export async function revokeGrants(
  { providers, connections }: Pick<Settings, 'providers' | 'connections'>,
  grants: readonly Grant[],
  facts: LogFields,
): Promise<void> {
  await Promise.all(
    grants.map(async (grant) => {
      const provider = providers.get(grant.provider);
      if (!provider || !isGrantOf(grant, provider)) return;
      try {
        // protects: connections at a provider that revokes by grant
        if (provider.revocation === 'grant' && (await isUsed(connections?.keepers, grant))) return;
        await revokeGrant(new ProviderRequests(provider, { record: false }), grant);
      } catch (error) {
        const { code, detail } = translate(error, 'revocation');
        log('revocation_failed', { ...facts, provider: grant.provider, error: code, detail });
      }
    }),
  );
}

async function isUsed(accounts: AccountNamespace | undefined, grant: Grant): Promise<boolean> {
  const name = accountName(grant);
  return accounts !== undefined && name !== undefined && (await accounts.getByName(name).isUsed());
}
