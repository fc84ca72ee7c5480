import { decodeJwt, errors, type JWK, type JWTPayload } from 'jose';
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
import { endedBy } from './ended-grant.ts';
import { translate } from './failure.ts';
import { checkIdToken, serverFor } from './id-token.ts';
import { isSameIssuer } from './issuer.ts';
import { authorizationServer } from './metadata.ts';
import { ProviderRefusal, TokenAnswer } from './provider-answer.ts';
import type { ProviderRequests } from './provider-requests.ts';
import { asReceived, readableAnswer, readableIdToken, sentClaims } from './readable-id-token.ts';
import { withResources } from './resources.ts';
import { checkTokenText, subjectOf } from './token-members.ts';

/**
 * The provider sent a new refresh token in a response that we don't accept. The old token is used up: if sent again,
 * it would look stolen (RFC 9700 §4.14.2). `successor` is the new token if only we refuse the response, so that the
 * grant survives once the problem is fixed. Without it, the grant can't be renewed.
 */
export class RefreshTokenSpent extends DrawbridgeError {
  readonly successor: string | undefined;

  constructor(known: DrawbridgeError, successor: string | undefined) {
    const { code, title, description, hint } = known;
    super(code, { title, description, hint, detail: known.detail ?? 'spent', cause: known });
    this.successor = successor;
  }
}

/** What a refresh asks for, and what its response is checked against. */
interface Refreshed {
  readonly sub: string | undefined;
  readonly id_token: string | undefined;
  readonly dpop_key: JWK | undefined;
}

/**
 * Requests a new access token (RFC 6749 §6). A new ID token must be from the same sign-in as the old one (OpenID
 * Connect Core §12.2). `scope` asks for fewer scopes than were granted. Throws `login_required` if the provider says
 * that the grant has ended (`invalid_grant`); `provider_unreachable` and `token_request_failed`, which leave the grant
 * unchanged; `RefreshTokenSpent` (`id_token_invalid`, `token_response_invalid`), after which the grant continues only
 * with the successor of its refresh token, if there is one.
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
    const readable = readableAnswer(provider, withTokenType(answer, grant), provider.scope);
    const validated = await processRefreshTokenResponse(
      issuing,
      provider.client,
      readable.answer,
      decryption(provider, (jwt) => readableIdToken(provider, jwt)),
    );
    const response = asReceived(validated, answer);
    checkTokenText(response);
    accepted = true;
    checkTokenType(response, grant.dpop_key !== undefined);
    checkSubject(subjectOf(provider, answer), grant.sub);
    const processed = { validated, received: response, isPlain: readable.isPlain };
    return withCheckedIdToken(requests, server, processed, grant);
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

/**
 * A response that leaves `token_type` out is for the kind of token that the grant has. A token that is bound to a key must
 * say so: see `checkTokenType`.
 */
function withTokenType(answer: Response, { dpop_key }: Refreshed): Response {
  if (!(answer instanceof TokenAnswer) || dpop_key !== undefined) return answer;
  const { token_type } = answer.members;
  return (token_type ?? '') === '' ? new TokenAnswer({ ...answer.members, token_type: 'bearer' }) : answer;
}

/** The refresh token of a response if it differs from the one sent, whatever else is wrong with the response. */
function newTokenIn(answer: Response, sent: string): string | undefined {
  const token = answer instanceof TokenAnswer ? answer.members.refresh_token : undefined;
  return typeof token === 'string' && token !== sent ? token : undefined;
}

/** The new tokens belong to a different user than the grant, so they can't be used. */
class OtherUser extends DrawbridgeError {
  constructor() {
    super('id_token_invalid', {
      description: 'The provider sent another user’s tokens.',
      detail: 'sub changed on refresh',
    });
  }
}

/** Throws `OtherUser` if the token response names a different user than the grant (`token_fields.sub`). */
function checkSubject(subject: string | undefined, expected: string | undefined): void {
  if (subject !== undefined && expected !== undefined && subject !== expected) throw new OtherUser();
}

/**
 * The response with its ID token checked. If the signing keys can't be read right now, or are not known to include the one
 * of the token (a provider may sign with a new key before its cache lists it), the ID token is dropped: an existing session
 * does not need it, and the other tokens, once lost, can't be requested again.
 */
async function withCheckedIdToken(
  requests: ProviderRequests,
  server: AuthorizationServer,
  processed: Parameters<typeof checkIdToken>[2],
  grant: Refreshed,
): Promise<TokenEndpointResponse> {
  const claims = getValidatedIdTokenClaims(processed.validated);
  if (claims) {
    const { sub } = grant;
    const before = await claimsOf(requests.provider, grant.id_token);
    checkSameSignIn(requests.provider, server, claims, { ...before, ...(sub !== undefined && { sub }) });
  }
  try {
    await checkIdToken(requests, server, processed);
    return processed.received;
  } catch (error) {
    const known = translate(error, 'id_token');
    const isUnknownKey = known.cause instanceof errors.JWKSNoMatchingKey;
    if (known.code !== 'provider_unreachable' && !isUnknownKey) throw known;
    const { id_token: _, ...rest } = processed.received;
    return rest as TokenEndpointResponse;
  }
}

/** Claims of a sign-in that no later ID token may change. `aud` and `azp` are this client's in both. */
// protects: sub on refresh, auth_time on refresh, nonce on refresh
const SIGN_IN_CLAIMS = ['sub', 'auth_time', 'nonce'] as const;

/**
 * Pure: checks that a new ID token is from the same sign-in as the grant (OpenID Connect Core §12.2). A claim that is
 * missing in either token is not compared: the new one need not repeat the `nonce`, and it is the old one of the next
 * refresh.
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
 * The claims of an ID token that was checked on arrival. Undefined if it was not stored, as for a provider that does
 * not need it at logout: a session in cookies has no room for it.
 */
async function claimsOf(provider: Provider, idToken: string | undefined): Promise<JWTPayload> {
  if (idToken === undefined) return {};
  try {
    return sentClaims(decodeJwt(await signedToken(provider, idToken)));
  } catch {
    // The key that decrypts it has been removed from the settings since.
    return {};
  }
}

function refreshError(error: unknown): DrawbridgeError {
  const ended = error instanceof ProviderRefusal ? endedBy(error) : undefined;
  if (ended === undefined) return inRefresh(translate(error, 'refresh'));
  return new DrawbridgeError('login_required', { providerError: ended, detail: ended, cause: error });
}

/** The error with the words for a user who is signed in, and stays so. */
function inRefresh(known: DrawbridgeError): DrawbridgeError {
  if (known.code !== 'id_token_invalid' || known instanceof OtherUser) return known;
  const { code, hint, detail = code } = known;
  const description = 'The provider’s new ID token failed a check, so your access was not renewed.';
  return new DrawbridgeError(code, { description, hint, detail, cause: known });
}
