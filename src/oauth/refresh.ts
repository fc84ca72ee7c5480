import {
  type AuthorizationServer,
  getValidatedIdTokenClaims,
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
import { checkIdToken, serverFor } from './id-token.ts';
import type { ProviderRequests } from './provider-requests.ts';
import { withResources } from './resources.ts';

/**
 * The provider sent a new refresh token in an answer that can't be accepted. The one that was sent is used up:
 * sent again, it would look stolen (RFC 9700 §4.14.2).
 */
export class RefreshTokenSpent extends DrawbridgeError {}

/**
 * Asks for a new access token (RFC 6749 §6). A new ID token must name the issuer, and the `sub` of the old one
 * (OpenID Connect Core §12.2). Throws `login_required` if the provider says that the grant has ended
 * (`invalid_grant`); `provider_unreachable` and `token_request_failed` leave the grant as it is;
 * `RefreshTokenSpent` (`id_token_invalid`, `token_response_invalid`) leaves it without its refresh token.
 */
export async function refreshTokens(
  requests: ProviderRequests,
  refreshToken: string,
  grant: Pick<Grant, 'sub' | 'dpop_key'>,
): Promise<TokenEndpointResponse> {
  const { provider } = requests;
  const proof = proofOption(grant.dpop_key && (await proofs(provider, grant.dpop_key)));
  let spent = false;
  const refresh = async () => {
    const server = await authorizationServer(requests);
    const target = provider.refresh_endpoint
      ? { ...server, token_endpoint: provider.refresh_endpoint }
      : server;
    const additional = withResources(provider, provider.refresh_params);
    const answer = await refreshTokenGrantRequest(
      target,
      provider.client,
      clientAuthentication(provider),
      refreshToken,
      { ...requests.options('refresh', 'Refresh'), ...proof, additionalParameters: additional },
    );
    spent = await bringsNewToken(answer, refreshToken);
    const issuing = await serverFor(provider, server, answer);
    const response = await processRefreshTokenResponse(
      issuing,
      provider.client,
      answer,
      decryption(provider),
    );
    checkTokenType(response, grant.dpop_key !== undefined);
    return withCheckedIdToken(requests, server, answer, response, grant.sub);
  };
  try {
    return await withNonce(refresh);
  } catch (error) {
    throw refreshError(error, spent);
  }
}

/** True if the answer holds another refresh token than the one that was sent, whatever else is wrong with it. */
async function bringsNewToken(answer: Response, sent: string): Promise<boolean> {
  if (!answer.ok) return false;
  try {
    const { refresh_token } = (await answer.clone().json()) as { refresh_token?: unknown };
    return typeof refresh_token === 'string' && refresh_token !== sent;
  } catch {
    return false;
  }
}

/**
 * The response, its ID token checked. If the signing keys can't be read just now, it goes without: the ID token
 * adds nothing to a session that is there, and the tokens beside it, once lost, do not come again.
 */
async function withCheckedIdToken(
  requests: ProviderRequests,
  server: AuthorizationServer,
  answer: Response,
  response: TokenEndpointResponse,
  expectedSub: string | undefined,
): Promise<TokenEndpointResponse> {
  const claims = getValidatedIdTokenClaims(response);
  if (claims && expectedSub !== undefined && claims.sub !== expectedSub) {
    throw new DrawbridgeError('id_token_invalid', { detail: 'sub changed on refresh' });
  }
  try {
    await checkIdToken(requests, server, answer, response);
    return response;
  } catch (error) {
    const known = translate(error, 'id_token');
    if (known.code !== 'provider_unreachable') throw known;
    const { id_token: _, ...rest } = response;
    return rest as TokenEndpointResponse;
  }
}

function refreshError(error: unknown, spent: boolean): DrawbridgeError {
  if (error instanceof ResponseBodyError && error.error === 'invalid_grant') {
    return new DrawbridgeError('login_required', {
      providerError: 'invalid_grant',
      detail: 'invalid_grant',
      cause: error,
    });
  }
  const known = translate(error, 'refresh');
  if (!spent) return known;
  return new RefreshTokenSpent(known.code, { detail: known.detail ?? 'spent', cause: known });
}
