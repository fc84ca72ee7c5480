import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { AuthorizationServer } from 'oauth4webapi';
import { CLOCK_SKEW_SECONDS } from '../clock.ts';
import { DrawbridgeError } from '../errors.ts';
import { identifier } from '../exact-json.ts';
import { translate } from './failure.ts';
import { namesIssuer } from './issuer.ts';
import { ASYMMETRIC } from './metadata.ts';
import { withNewKeys } from './new-keys.ts';
import { headerOf, withFittingKey } from './provider-keys.ts';
import type { ProviderRequests } from './provider-requests.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** A logout token is sent at once; an older one is a replay. In seconds. */
const MAX_AGE_SECONDS = 300;
const MAX_JTI_LENGTH = 1024;

/** What a provider says has ended: one session there (`sid`), or all of a user's (`sub`). */
export interface LogoutToken {
  /** As the token spells it. */
  readonly iss: string;
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

async function verify(
  requests: ProviderRequests,
  server: AuthorizationServer,
  token: string,
): Promise<JWTPayload> {
  const { provider } = requests;
  const { client } = provider;
  const registered = client.id_token_signed_response_alg;
  const header = headerOf(token);
  const options = {
    audience: client.client_id,
    algorithms: registered ? [registered] : [...(server.id_token_signing_alg_values_supported ?? ASYMMETRIC)],
    // protects: logout token: age
    maxTokenAge: MAX_AGE_SECONDS,
    clockTolerance: CLOCK_SKEW_SECONDS,
    // Older providers send no `exp`: then `iat` bounds it, as it does in any case.
    requiredClaims: ['iss', 'iat', 'jti'],
  };
  const { payload, protectedHeader } = await withNewKeys(provider, server, 'logout_token', async (current) =>
    withFittingKey(await requests.keys(current), header, (key) => jwtVerify(token, key, options)),
  );
  if (payload.iss !== server.issuer && !namesIssuer(provider, server, payload.iss ?? '')) throw refuse('iss');
  // `JWT`, or none, is what providers from before the final specification send.
  const typ = protectedHeader.typ?.toLowerCase().replace(/^application\//, '');
  const older = !provider.logout_token_typ_required && (typ === undefined || typ === 'jwt');
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
  // A number is refused: it need not be the one that the text said.
  const isIdentifier = (value: unknown): value is string =>
    typeof value === 'string' && identifier(value) !== undefined;
  if ((sub !== undefined && !isIdentifier(sub)) || (sid !== undefined && !isIdentifier(sid))) {
    throw refuse('sub or sid is no text, empty or too long');
  }
  if (sub === undefined && sid === undefined) throw refuse('neither sub nor sid');
  const id = typeof jti === 'number' ? String(jti) : jti;
  if (typeof id !== 'string' || id === '' || id.length > MAX_JTI_LENGTH) throw refuse('jti is no text');
  const until = iat + MAX_AGE_SECONDS + 2 * CLOCK_SKEW_SECONDS;
  return { iss: payload.iss ?? '', sub, sid, jti: id, until };
}

function refuse(detail: string): DrawbridgeError {
  return new DrawbridgeError('invalid_request', {
    description: 'The logout token is not valid.',
    hint: 'Check `issuer`, `client_id` and the clock of the provider.',
    detail: `logout token: ${detail}`,
  });
}
