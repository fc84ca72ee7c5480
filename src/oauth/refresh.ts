import {
  processRefreshTokenResponse,
  ResponseBodyError,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import { authorizationServer } from '../providers/metadata.ts';
import type { Grant } from '../session/session.ts';
import { clientAuthentication } from './client-authentication.ts';
import { decryption } from './client-keys.ts';
import { checkTokenType, proofOption, proofs, withNonce } from './dpop.ts';
import { translate } from './failure.ts';
import { checkIdToken, type IdToken, serverFor } from './id-token.ts';
import type { ProviderRequests } from './provider-requests.ts';

export interface RefreshResult {
  readonly response: TokenEndpointResponse;
  readonly idToken: IdToken | undefined;
}

/**
 * Asks for a new access token (RFC 6749 §6). A new ID token must name the `sub` of the old one (OpenID Connect
 * Core §12.2). Throws `login_required` if the provider says that the grant has ended (`invalid_grant`);
 * `provider_unreachable` and `token_request_failed` leave the grant as it is.
 */
export async function refreshTokens(
  requests: ProviderRequests,
  refreshToken: string,
  grant: Pick<Grant, 'sub' | 'dpop_key'>,
): Promise<RefreshResult> {
  const { provider } = requests;
  const proof = proofOption(grant.dpop_key && (await proofs(provider, grant.dpop_key)));
  const refresh = async () => {
    const server = await authorizationServer(requests);
    const target = provider.refresh_endpoint
      ? { ...server, token_endpoint: provider.refresh_endpoint }
      : server;
    const additional = new URLSearchParams(provider.refresh_params);
    for (const resource of provider.resource) additional.append('resource', resource);
    const answer = await refreshTokenGrantRequest(
      target,
      provider.client,
      clientAuthentication(provider),
      refreshToken,
      { ...requests.options('refresh', 'Refresh'), ...proof, additionalParameters: additional },
    );
    const issuing = await serverFor(provider, server, answer);
    const response = await processRefreshTokenResponse(
      issuing,
      provider.client,
      answer,
      decryption(provider),
    );
    checkTokenType(response, grant.dpop_key !== undefined);
    const idToken = await checkIdToken(requests, server, answer, response);
    if (idToken && grant.sub !== undefined && idToken.claims.sub !== grant.sub) {
      throw new DrawbridgeError('id_token_invalid', { detail: 'sub changed on refresh' });
    }
    return { response, idToken };
  };
  try {
    return await withNonce(refresh);
  } catch (error) {
    if (error instanceof ResponseBodyError && error.error === 'invalid_grant') {
      throw new DrawbridgeError('login_required', {
        providerError: 'invalid_grant',
        detail: 'invalid_grant',
        cause: error,
      });
    }
    throw translate(error, 'refresh');
  }
}
