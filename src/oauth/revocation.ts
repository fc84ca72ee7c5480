import { processRevocationResponse, ResponseBodyError, revocationRequest } from 'oauth4webapi';
import type { Grant } from '../grants/grant.ts';
import { clientAuthentication } from './client-authentication.ts';
import { translate } from './failure.ts';
import { authorizationServer } from './metadata.ts';
import type { ProviderRequests } from './provider-requests.ts';

/**
 * Tells the provider that the tokens of a grant are no longer needed (RFC 7009): the refresh token first, which
 * most providers let take its access tokens along, then the access token. Returns false if the provider has no
 * revocation endpoint. Throws `provider_unreachable`, `token_request_failed`.
 */
export async function revokeGrant(requests: ProviderRequests, grant: Grant): Promise<boolean> {
  const { provider } = requests;
  const server = await authorizationServer(requests);
  if (!server.revocation_endpoint) return false;
  const tokens = [
    ['refresh_token', grant.refresh_token],
    ['access_token', grant.access_token],
  ] as const;
  try {
    for (const [hint, token] of tokens) {
      if (token === undefined) continue;
      const answer = await revocationRequest(server, provider.client, clientAuthentication(provider), token, {
        ...requests.options('revocation', `Revocation of the ${hint.replace('_', ' ')}`),
        additionalParameters: { token_type_hint: hint },
      });
      await accept(answer);
    }
  } catch (error) {
    throw translate(error, 'revocation');
  }
  return true;
}

/**
 * A token that is invalid already needs no revocation (RFC 7009 §2.2). Google says so with an error, as it does of
 * the access token once the refresh token is gone.
 */
async function accept(answer: Response): Promise<void> {
  try {
    await processRevocationResponse(answer);
  } catch (error) {
    if (!(error instanceof ResponseBodyError && error.error === 'invalid_token')) throw error;
  }
}
