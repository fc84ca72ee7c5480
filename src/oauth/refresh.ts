import { decodeJwt, type JWTPayload } from 'jose';
import {
  type AuthorizationServer,
  getValidatedIdTokenClaims,
  type IDToken,
  processRefreshTokenResponse,
  ResponseBodyError,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import type { Grant } from '../grants/grant.ts';
import type { Provider } from '../providers/provider.ts';
import { clientAuthentication } from './client-authentication.ts';
import { decryption, signedToken } from './client-keys.ts';
import { checkTokenType, proofOption, proofs, withNonce } from './dpop.ts';
import { translate } from './failure.ts';
import { checkIdToken, serverFor } from './id-token.ts';
import { authorizationServer } from './metadata.ts';
import type { ProviderRequests } from './provider-requests.ts';
import { withResources } from './resources.ts';

/**
 * The provider sent a new refresh token in an answer that can't be accepted. The one that was sent is used up:
 * sent again, it would look stolen (RFC 9700 §4.14.2).
 */
export class RefreshTokenSpent extends DrawbridgeError {}

/**
 * Asks for a new access token (RFC 6749 §6). A new ID token must be of the same sign-in as the old one (OpenID
 * Connect Core §12.2). `scope` asks for fewer scopes than were granted. Throws `login_required` if the provider says that the grant has ended
 * (`invalid_grant`); `provider_unreachable` and `token_request_failed` leave the grant as it is;
 * `RefreshTokenSpent` (`id_token_invalid`, `token_response_invalid`) leaves it without its refresh token.
 */
export async function refreshTokens(
  requests: ProviderRequests,
  refreshToken: string,
  grant: Pick<Grant, 'sub' | 'id_token' | 'dpop_key'>,
  { scope }: { scope?: string } = {},
): Promise<TokenEndpointResponse> {
  const { provider } = requests;
  const proof = proofOption(grant.dpop_key && (await proofs(provider, grant.dpop_key)));
  let spent = false;
  const refresh = async () => {
    const server = await authorizationServer(requests);
    const target = provider.refresh_endpoint
      ? { ...server, token_endpoint: provider.refresh_endpoint }
      : server;
    const narrower = scope === undefined ? {} : { scope: scope.replaceAll(' ', provider.scope_separator) };
    const additional = withResources(provider, { ...provider.refresh_params, ...narrower });
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
    return withCheckedIdToken(requests, server, answer, response, grant);
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
  grant: Pick<Grant, 'sub' | 'id_token'>,
): Promise<TokenEndpointResponse> {
  const claims = getValidatedIdTokenClaims(response);
  if (claims) {
    const { sub } = grant;
    const before = await claimsOf(requests.provider, grant.id_token);
    checkSameSignIn(requests.provider, claims, { ...before, ...(sub !== undefined && { sub }) });
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

/** Claims of one sign-in, which no later ID token of it changes; `aud` and `azp` are this client's in both. */
// protects: sub on refresh, auth_time on refresh, nonce on refresh
const SIGN_IN_CLAIMS = ['sub', 'auth_time', 'nonce'] as const;

/**
 * Pure: a new ID token is of the sign-in that the grant came from (OpenID Connect Core §12.2). What either of the two
 * leaves out says nothing: the new one need not repeat the `nonce`, and it is the old one of the next refresh.
 */
function checkSameSignIn(provider: Provider, claims: IDToken, before: JWTPayload): void {
  const changed = SIGN_IN_CLAIMS.find(
    (name) => claims[name] !== undefined && before[name] !== undefined && claims[name] !== before[name],
  );
  if (changed) refuseChange(changed);
  const { issuer = '', issuer_aliases: aliases = [] } = provider;
  const spellings: readonly unknown[] = [issuer, ...aliases];
  const sameIssuer =
    claims.iss === before.iss || [claims.iss, before.iss].every((iss) => spellings.includes(iss));
  // protects: iss on refresh
  if (before.iss !== undefined && !sameIssuer) refuseChange('iss');
}

function refuseChange(claim: string): never {
  throw new DrawbridgeError('id_token_invalid', { detail: `${claim} changed on refresh` });
}

/**
 * The claims of an ID token that was checked when it came. None if it was not kept, as with a provider that has no use
 * for it at logout: a session in cookies has no room for what only a provider gone wrong would change.
 */
async function claimsOf(provider: Provider, idToken: string | undefined): Promise<JWTPayload> {
  if (idToken === undefined) return {};
  try {
    return decodeJwt(await signedToken(provider, idToken));
  } catch {
    // The key that opens it was taken out of the settings since.
    return {};
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
