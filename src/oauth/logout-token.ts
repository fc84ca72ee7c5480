import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import type { AuthorizationServer } from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import { translate } from './failure.ts';
import { ASYMMETRIC } from './metadata.ts';
import type { ProviderRequests } from './provider-requests.ts';
import { renewKeys } from './with-new-keys.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** A logout token is sent at once; an older one is a replay. In seconds. */
const MAX_AGE_SECONDS = 300;
const CLOCK_SKEW_SECONDS = 60;

/** What a provider says has ended: one session there (`sid`), or all of a user's (`sub`). */
export interface LogoutToken {
  readonly sub: string | undefined;
  readonly sid: string | undefined;
  readonly jti: string;
  /** Until when it would be taken if it came again, in seconds since the epoch. */
  readonly until: number;
}

/**
 * Validates a logout token (OpenID Connect Back-Channel Logout §2.6) with its signature. Throws `invalid_request`
 * for whatever is wrong with it, `provider_unreachable` if the keys can't be read.
 */
export async function logoutToken(
  requests: ProviderRequests,
  server: AuthorizationServer,
  token: string,
): Promise<LogoutToken> {
  try {
    return checkLogoutClaims(await verify(requests, server, token));
  } catch (error) {
    if (error instanceof DrawbridgeError) throw error;
    if (error instanceof errors.JOSEError) throw refuse(error.message);
    throw translate(error, 'jwks');
  }
}

/** Again with keys asked for anew, once, if the token names one that is not known. */
async function verify(requests: ProviderRequests, server: AuthorizationServer, token: string) {
  try {
    return await verifyOnce(requests, server, token);
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey) || !renewKeys(requests.provider, server)) throw error;
    return verifyOnce(requests, server, token);
  }
}

async function verifyOnce(
  requests: ProviderRequests,
  server: AuthorizationServer,
  token: string,
): Promise<JWTPayload> {
  const { client } = requests.provider;
  const registered = client.id_token_signed_response_alg;
  const keys = createLocalJWKSet((await (await requests.keys(server)).json()) as JSONWebKeySet);
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    issuer: server.issuer,
    audience: client.client_id,
    algorithms: registered ? [registered] : [...(server.id_token_signing_alg_values_supported ?? ASYMMETRIC)],
    // protects: logout token: age
    maxTokenAge: MAX_AGE_SECONDS,
    clockTolerance: CLOCK_SKEW_SECONDS,
    requiredClaims: ['iat', 'exp', 'jti'],
  });
  // `JWT`, or none, is what providers from before the final specification send.
  const typ = protectedHeader.typ?.toLowerCase().replace(/^application\//, '');
  const older = !requests.provider.logout_token_typ_required && (typ === undefined || typ === 'jwt');
  if (typ !== 'logout+jwt' && !older) throw refuse(`typ ${typ}`);
  return payload;
}

/** Pure: what makes a JWT of the provider a logout token and nothing else. */
function checkLogoutClaims(payload: JWTPayload): LogoutToken {
  const { events, sub, sid, jti, iat = 0 } = payload;
  const event =
    typeof events === 'object' && events !== null ? (events as Record<string, unknown>)[EVENT] : null;
  // protects: logout token: event
  if (typeof event !== 'object' || event === null) throw refuse('no back-channel logout event');
  // protects: logout token: nonce
  if ('nonce' in payload) throw refuse('a nonce: it is an ID token');
  const isText = (value: unknown) => value === undefined || (typeof value === 'string' && value !== '');
  if (!isText(sub) || !isText(sid) || (sub === undefined && sid === undefined))
    throw refuse('neither sub nor sid');
  const until = iat + MAX_AGE_SECONDS + 2 * CLOCK_SKEW_SECONDS;
  return { sub, sid: sid as string | undefined, jti: String(jti), until };
}

function refuse(detail: string): DrawbridgeError {
  return new DrawbridgeError('invalid_request', {
    description: 'The logout token is not valid.',
    hint: 'Check `issuer`, `client_id` and the clock of the provider.',
    detail: `logout token: ${detail}`,
  });
}
