import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { AuthorizationServer } from 'oauth4webapi';
import { CLOCK_SKEW_SECONDS } from '../clock.ts';
import { DrawbridgeError } from '../errors.ts';
import { identifier } from '../exact-json.ts';
import { signedToken } from './client-keys.ts';
import { translate } from './failure.ts';
import { namesIssuer } from './issuer.ts';
import { ASYMMETRIC } from './metadata.ts';
import { withNewKeys } from './new-keys.ts';
import { headerOf, withFittingKey } from './provider-keys.ts';
import type { ProviderRequests } from './provider-requests.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Logout tokens are sent immediately, so an older one is a replay. In seconds. */
const MAX_AGE_SECONDS = 300;
const MAX_JTI_LENGTH = 1024;

/** What the provider has ended: one session there (`sid`), or all sessions of a user (`sub`). */
export interface LogoutToken {
  /** As spelled in the token. */
  readonly iss: string;
  readonly sub: string | undefined;
  readonly sid: string | undefined;
  readonly jti: string;
  /** Until when the same token would be accepted again, in seconds since the epoch. */
  readonly until: number;
}

/**
 * Validates a logout token (OpenID Connect Back-Channel Logout §2.6) and its signature. It may be encrypted like an ID
 * token (§2.4). Throws `invalid_request` if it is not valid, `provider_unreachable` if the keys can't be read.
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
  const jwt = await signedToken(provider, token);
  const header = headerOf(jwt);
  const algorithms = registered
    ? [registered]
    : [...(server.id_token_signing_alg_values_supported ?? ASYMMETRIC)];
  if (!algorithms.includes(header.alg ?? '')) throw refuse('"alg" is none that is expected');
  const options = {
    audience: client.client_id,
    algorithms,
    // protects: logout token: age
    maxTokenAge: MAX_AGE_SECONDS,
    clockTolerance: CLOCK_SKEW_SECONDS,
    // Older providers send no `exp`. `iat` limits the age in any case.
    requiredClaims: ['iss', 'iat', 'jti'],
  };
  const { payload, protectedHeader } = await withNewKeys(provider, server, 'logout_token', (current) =>
    withFittingKey(requests.keys(current), header, (key) => jwtVerify(jwt, key, options)),
  );
  if (payload.iss !== server.issuer && !namesIssuer(provider, server, payload.iss ?? '')) throw refuse('iss');
  // Providers that predate the final specification send `JWT` or no `typ`.
  const typ =
    protectedHeader.typ === undefined
      ? undefined
      : String(protectedHeader.typ)
          .toLowerCase()
          .replace(/^application\//, '');
  const older = !provider.logout_token_typ_required && (typ === undefined || typ === 'jwt');
  if (typ !== 'logout+jwt' && !older) throw refuse(`typ ${typ}`);
  return payload;
}

/** Pure: checks that a JWT from the provider is a logout token and nothing else. */
function checkLogoutClaims(payload: JWTPayload): LogoutToken {
  const { events, jti, iat = 0 } = payload;
  // A null claim is one that was not sent (OpenID Connect Core §5.3.2); an empty `sid` says as little.
  const [sub, sid] = [payload.sub ?? undefined, payload.sid === '' ? undefined : (payload.sid ?? undefined)];
  const event =
    typeof events === 'object' && events !== null ? (events as Record<string, unknown>)[EVENT] : null;
  // protects: logout token: event
  if (typeof event !== 'object' || event === null) throw refuse('no back-channel logout event');
  // protects: logout token: nonce
  if ('nonce' in payload) throw refuse('it has a nonce, so it is an ID token');
  // Numbers are refused: parsing may have changed them.
  const isIdentifier = (value: unknown): value is string =>
    typeof value === 'string' && identifier(value) !== undefined;
  if ((sub !== undefined && !isIdentifier(sub)) || (sid !== undefined && !isIdentifier(sid))) {
    throw refuse('sub or sid is not a string, empty or too long');
  }
  if (sub === undefined && sid === undefined) throw refuse('neither sub nor sid');
  const id = typeof jti === 'number' ? String(jti) : jti;
  if (typeof id !== 'string' || id === '' || id.length > MAX_JTI_LENGTH)
    throw refuse('jti is not a string, empty or too long');
  const until = iat + MAX_AGE_SECONDS + 2 * CLOCK_SKEW_SECONDS;
  return { iss: payload.iss ?? '', sub, sid, jti: id, until };
}

/** What to do, by what is wrong. The first match counts. */
const HINTS: readonly (readonly [fault: RegExp, hint: string])[] = [
  [/^iss$|"iss"/, 'Compare `issuer` with what the provider’s metadata says.'],
  [/"aud"/, 'It is for another client: compare `client_id`, and the address that is registered for it.'],
  [
    /"(?:iat|exp|nbf)" claim timestamp/,
    'Check the provider’s clock: a logout token is accepted for five minutes.',
  ],
  [
    /"alg"/,
    'Set `id_token_signed_response_alg`. Signatures made with the client secret (HS256) are not accepted.',
  ],
  [
    /decrypt/,
    'Register the encryption key that /jwks shows at the provider, or have it send the token unencrypted.',
  ],
  [/key|signature/i, 'Check that the provider’s `jwks_uri` contains the key that it signs with.'],
];

function refuse(detail: string): DrawbridgeError {
  return new DrawbridgeError('invalid_request', {
    description: 'The logout token is not valid.',
    hint:
      HINTS.find(([fault]) => fault.test(detail))?.[1] ??
      'Have the provider send what OpenID Connect Back-Channel Logout §2.4 describes, as `logout_token` in a form.',
    detail: `logout token: ${detail}`,
  });
}
