import { decodeJwt, type JWK, type JWTPayload } from 'jose';
import {
  type AuthorizationServer,
  getValidatedIdTokenClaims,
  type IDToken,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { refreshEndpoint } from '../providers/quirks/request.ts';
import { clientAuthentication } from './client-authentication.ts';
import { decryption, signedToken } from './client-keys.ts';
import { checkTokenType, proofOption, proofs, withNonce } from './dpop.ts';
import { translate } from './failure.ts';
import { checkIdToken, serverFor } from './id-token.ts';
import { isSameIssuer } from './issuer.ts';
import { authorizationServer } from './metadata.ts';
import { ProviderRefusal, TokenAnswer } from './provider-answer.ts';
import type { ProviderRequests } from './provider-requests.ts';
import { withResources } from './resources.ts';
import { checkTokenText, subjectOf } from './token-members.ts';

/**
 * The provider sent a new refresh token in an answer that is not accepted. The one that was sent is used up: sent
 * again, it would look stolen (RFC 9700 §4.14.2). `successor` is the new one where only we refuse the answer, so that
 * the grant goes on once that is settled; without it the grant can't be renewed.
 */
export class RefreshTokenSpent extends DrawbridgeError {
  readonly successor: string | undefined;

  constructor(known: DrawbridgeError, successor: string | undefined) {
    const { code, title, description, hint } = known;
    super(code, { title, description, hint, detail: known.detail ?? 'spent', cause: known });
    this.successor = successor;
  }
}

/** What a refresh is asked for, and held against. */
interface Refreshed {
  readonly sub: string | undefined;
  readonly id_token: string | undefined;
  readonly dpop_key: JWK | undefined;
}

/**
 * Asks for a new access token (RFC 6749 §6). A new ID token must be of the same sign-in as the old one (OpenID
 * Connect Core §12.2). `scope` asks for fewer scopes than were granted. Throws `login_required` if the provider says
 * that the grant has ended (`invalid_grant`); `provider_unreachable` and `token_request_failed` leave the grant as it is;
 * `RefreshTokenSpent` (`id_token_invalid`, `token_response_invalid`) leaves it with the successor of its refresh token,
 * if with any.
 */
export async function refreshTokens(
  requests: ProviderRequests,
  refreshToken: string,
  grant: Refreshed,
  { scope }: { scope?: string } = {},
): Promise<TokenEndpointResponse> {
  const { provider } = requests;
  const proof = proofOption(grant.dpop_key && (await proofs(provider, grant.dpop_key)));
  let next: string | undefined;
  let accepted = false;
  const refresh = async () => {
    const server = await authorizationServer(requests);
    const answer = await ask(requests, server, { refreshToken, proof, scope });
    next = newTokenIn(answer, refreshToken);
    const issuing = serverFor(provider, server, answer);
    const response = await processRefreshTokenResponse(
      issuing,
      provider.client,
      answer,
      decryption(provider),
    );
    checkTokenText(response);
    accepted = true;
    checkTokenType(response, grant.dpop_key !== undefined);
    checkSubject(subjectOf(provider, answer), grant.sub);
    return withCheckedIdToken(requests, server, response, grant);
  };
  try {
    return await withNonce(refresh);
  } catch (error) {
    const known = refreshError(error);
    if (next === undefined) throw known;
    const isOurs = accepted || known.code === 'id_token_invalid';
    throw new RefreshTokenSpent(known, isOurs && !(known instanceof OtherUser) ? next : undefined);
  }
}

function ask(
  requests: ProviderRequests,
  server: AuthorizationServer,
  asked: { refreshToken: string; proof: ReturnType<typeof proofOption>; scope: string | undefined },
): Promise<Response> {
  const { provider } = requests;
  const { refreshToken, proof, scope } = asked;
  const narrower = scope === undefined ? {} : { scope: scope.replaceAll(' ', provider.scope_separator) };
  const token_endpoint = refreshEndpoint(provider, server.token_endpoint);
  return refreshTokenGrantRequest(
    { ...server, ...(token_endpoint !== undefined && { token_endpoint }) },
    provider.client,
    clientAuthentication(provider, server),
    refreshToken,
    {
      ...requests.options('refresh', 'Refresh'),
      ...proof,
      additionalParameters: withResources(provider, { ...provider.refresh_params, ...narrower }),
    },
  );
}

/** The refresh token of an answer if it is another one than was sent, whatever else is wrong with the answer. */
function newTokenIn(answer: Response, sent: string): string | undefined {
  const token = answer instanceof TokenAnswer ? answer.members.refresh_token : undefined;
  return typeof token === 'string' && token !== sent ? token : undefined;
}

/** The tokens that came are of another user than the grant's, so they belong to nobody here. */
class OtherUser extends DrawbridgeError {
  constructor() {
    super('id_token_invalid', {
      description: 'The provider sent tokens of another user.',
      detail: 'sub changed on refresh',
    });
  }
}

/** Throws `OtherUser` if the token answer names another user than the grant's (`token_fields.sub`). */
function checkSubject(subject: string | undefined, expected: string | undefined): void {
  if (subject !== undefined && expected !== undefined && subject !== expected) throw new OtherUser();
}

/**
 * The response, its ID token checked. If the signing keys can't be read just now, it goes without: the ID token
 * adds nothing to a session that is there, and the tokens beside it, once lost, do not come again.
 */
async function withCheckedIdToken(
  requests: ProviderRequests,
  server: AuthorizationServer,
  response: TokenEndpointResponse,
  grant: Refreshed,
): Promise<TokenEndpointResponse> {
  const claims = getValidatedIdTokenClaims(response);
  if (claims) {
    const { sub } = grant;
    const before = await claimsOf(requests.provider, grant.id_token);
    checkSameSignIn(requests.provider, server, claims, { ...before, ...(sub !== undefined && { sub }) });
  }
  try {
    await checkIdToken(requests, server, response);
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
function checkSameSignIn(
  provider: Provider,
  server: AuthorizationServer,
  claims: IDToken,
  before: JWTPayload,
): void {
  const changed = SIGN_IN_CLAIMS.find(
    (name) => claims[name] !== undefined && before[name] !== undefined && claims[name] !== before[name],
  );
  if (changed) refuseChange(changed);
  // protects: iss on refresh
  if (before.iss !== undefined && !isSameIssuer(provider, server, claims.iss, before.iss))
    refuseChange('iss');
}

function refuseChange(claim: string): never {
  if (claim === 'sub') throw new OtherUser();
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

/** The grant has ended, or nothing comes of it without the user (Entra wants a second factor: `interaction_required`). */
const ENDED = new Set(['invalid_grant', 'interaction_required', 'login_required', 'consent_required']);

function refreshError(error: unknown): DrawbridgeError {
  const said = error instanceof ProviderRefusal ? error.error : undefined;
  if (said === undefined || !ENDED.has(said)) return translate(error, 'refresh');
  return new DrawbridgeError('login_required', { providerError: said, detail: said, cause: error });
}
