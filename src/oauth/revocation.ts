import { type AuthorizationServer, revocationRequest } from 'oauth4webapi';
import { clientAuthentication } from './client-authentication.ts';
import { translate } from './failure.ts';
import { authorizationServer } from './metadata.ts';
import { ProviderRefusal } from './provider-answer.ts';
import type { ProviderRequests } from './provider-requests.ts';

/** The tokens of a grant. */
interface Revocable {
  readonly access_token: string;
  readonly refresh_token: string | undefined;
}

/**
 * Tells the provider that the tokens of a grant are no longer needed (RFC 7009): the refresh token first, which at
 * most providers revokes its access tokens too, then the access token. Returns false if the provider has no revocation
 * endpoint. Throws `provider_unreachable`, `token_request_failed`.
 */
export async function revokeGrant(requests: ProviderRequests, grant: Revocable): Promise<boolean> {
  const server = await authorizationServer(requests);
  if (!server.revocation_endpoint) return false;
  let before = false;
  try {
    if (grant.refresh_token !== undefined) {
      before = await revoke(requests, server, 'refresh_token', grant.refresh_token, false);
    }
    await revoke(requests, server, 'access_token', grant.access_token, before);
  } catch (error) {
    throw translate(error, 'revocation');
  }
  return true;
}

/** Revokes one token. `before`: the other one is already revoked. Returns true if the provider accepted it. */
async function revoke(
  requests: ProviderRequests,
  server: AuthorizationServer,
  hint: 'refresh_token' | 'access_token',
  token: string,
  before: boolean,
): Promise<boolean> {
  const { provider } = requests;
  try {
    await revocationRequest(server, provider.client, clientAuthentication(provider, server), token, {
      ...requests.options('revocation', `Revocation of the ${hint.replace('_', ' ')}`),
      additionalParameters: { token_type_hint: hint },
    });
    return true;
  } catch (error) {
    if (error instanceof ProviderRefusal && isHarmless(error, before)) return false;
    throw error;
  }
}

/**
 * A token that is already invalid needs no revocation (RFC 7009 §2.2), and one of a type that can't be revoked expires
 * by itself (§2.2.1). Once one token is revoked, a 4xx for the other means that it was revoked too: the provider has
 * already accepted the client.
 */
function isHarmless({ error, status }: ProviderRefusal, before: boolean): boolean {
  if (error === 'invalid_token' || error === 'unsupported_token_type') return true;
  return before && status >= 400 && status < 500 && status !== 429;
}
