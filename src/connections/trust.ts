import { decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import { CLOCK_SKEW_SECONDS } from '../clock.ts';
import { DrawbridgeError } from '../errors.ts';
import { KeysUnreadable, PAUSE_MS, withIssuerKey } from '../oauth/issuer-keys.ts';
import { ASYMMETRIC } from '../oauth/metadata.ts';
import type { TrustEntry } from '../settings/trust-table.ts';

/** A JWT may be used again until it ends, and is at most this old, in seconds. */
const MAX_AGE_SECONDS = 3600;
/** The longest JWT that is looked at, in characters. */
const LONGEST = 16_384;
/** One JWT may give access to several connections, and trying each costs a call of its object. */
const MOST_MATCHES = 5;

/**
 * The entries of `TRUST` that a JWT matches: issuer, audience, subject and claims exactly, signed by a key of the
 * issuer, not expired, issued within the last hour. Nothing is asked of an issuer that no entry matches.
 * Throws `invalid_request` for a JWT that none trusts, `temporarily_unavailable` if the issuer's keys can't be read.
 */
export async function trustedBy(entries: readonly TrustEntry[], jwt: string): Promise<readonly TrustEntry[]> {
  const claims = jwt.length <= LONGEST ? claimsOf(jwt) : undefined;
  if (!claims) throw refuse('no JWT, or one that is too long', NO_JWT);
  const candidates = entries.filter((entry) => isFor(entry, claims)).slice(0, MOST_MATCHES);
  if (candidates.length === 0) throw refuse(`no entry of TRUST matches${nearest(entries, claims)}`);
  const verified: TrustEntry[] = [];
  let last: unknown;
  for (const entry of candidates) {
    try {
      await verify(entry, jwt);
      verified.push(entry);
    } catch (error) {
      last = error;
    }
  }
  if (verified.length > 0) return verified;
  throw last instanceof DrawbridgeError ? last : refuse(last instanceof Error ? last.message : 'not valid');
}

/** What it says of itself, not believed yet. */
function claimsOf(jwt: string): JWTPayload | undefined {
  try {
    return decodeJwt(jwt);
  } catch {
    return undefined;
  }
}

function isFor(entry: TrustEntry, claims: JWTPayload): boolean {
  // A logout token or another security event says that something happened, not who asks (RFC 8725 §3.11).
  return claims.events === undefined && differences(entry, claims).length === 0;
}

/** The names of the claims that are not as the entry has them. */
function differences(entry: TrustEntry, claims: JWTPayload): readonly string[] {
  const { iss, sub, aud } = claims;
  // A token for several audiences could be sent on by any of them.
  const audience = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  const others = Object.entries(entry.claims).filter(
    // protects: trusted claims
    ([name, value]) => !(Object.hasOwn(claims, name) && claims[name] === value),
  );
  return [
    ...(iss === entry.issuer ? [] : ['iss']),
    // protects: trusted audience
    ...(audience === entry.audience ? [] : ['aud']),
    ...(sub === entry.subject ? [] : ['sub']),
    ...others.map(([name]) => name),
  ];
}

/** For the log: the entry of the same issuer that the JWT comes closest to, and what differs. */
function nearest(entries: readonly TrustEntry[], claims: JWTPayload): string {
  const [best] = entries
    .map((entry) => ({ id: entry.id, names: differences(entry, claims) }))
    .filter(({ names }) => names.length > 0 && !names.includes('iss'))
    .sort((a, b) => a.names.length - b.names.length);
  if (!best) return ', since none has its iss';
  return `; ${best.id} has another ${best.names.join(' and ')}`;
}

async function verify(entry: TrustEntry, jwt: string): Promise<void> {
  const options = {
    algorithms: ASYMMETRIC,
    issuer: entry.issuer,
    audience: entry.audience,
    subject: entry.subject,
    // protects: trusted age
    maxTokenAge: MAX_AGE_SECONDS,
    clockTolerance: CLOCK_SKEW_SECONDS,
    requiredClaims: ['exp', 'iat'],
  };
  try {
    await withIssuerKey(entry, jwt, (key) => jwtVerify(jwt, key, options));
  } catch (error) {
    throw error instanceof KeysUnreadable ? unavailable(error) : error;
  }
}

function unavailable(cause: KeysUnreadable): DrawbridgeError {
  return new DrawbridgeError('temporarily_unavailable', {
    description: 'The keys of the JWT’s issuer can’t be read right now.',
    hint: 'Try again in half a minute. For the operator: check `jwks` and `issuer` of the entry of `TRUST`.',
    detail: `keys of a trusted issuer: ${cause.message}`,
    retryAfter: PAUSE_MS / 1000,
    cause,
  });
}

function refuse(detail: string, words = NOT_VALID): DrawbridgeError {
  return new DrawbridgeError('invalid_request', { ...words, detail: `trusted JWT: ${detail}` });
}

const NOT_VALID = {
  description: 'The JWT is not valid here.',
  hint: 'Compare its `iss`, `aud`, `sub` and times with the entry of `TRUST` that should match it.',
};
/** What scripts send when their own request for one has failed: nothing, `null`, an error page. */
const NO_JWT = {
  description: `That is not a JWT of up to ${LONGEST} characters.`,
  hint: 'Check that your request for the JWT succeeded, and send it alone, without quotes, `Bearer` or JSON around it.',
};
