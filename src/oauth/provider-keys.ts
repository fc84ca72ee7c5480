import { decodeProtectedHeader, errors, importJWK, type JWK, type ProtectedHeaderParameters } from 'jose';
import type { Provider } from '../providers/provider.ts';
import { translate } from './failure.ts';

const FRESH_MS = 3_600_000;
/** While the provider's keys can't be read, those read last serve on for this long. */
const STALE_MS = 86_400_000;
/** Base64url characters of a modulus of 2048 bits: shorter RSA keys are broken too easily. */
const MIN_MODULUS_LENGTH = 342;
/** More keys than any provider has, and longer members than any key needs. */
const MAX_KEYS = 1000;
const MAX_MEMBER_LENGTH = 8192;
/** Where several keys fit a token, at most this many are tried. */
const MAX_TRIES = 5;

/** A key of the provider that may check signatures. */
export interface ProviderKey {
  readonly jwk: JWK;
  /** Imported once for each algorithm. */
  readonly imported: Map<string, Promise<CryptoKey>>;
}

interface KnownKeys {
  readonly keys: readonly ProviderKey[];
  readonly readAt: number;
}

const known = new WeakMap<Provider, KnownKeys>();

/**
 * The provider's keys: those of the last hour without asking, fresh ones by `ask`, and for a day the last ones if the
 * provider does not give any. Keys that can't be trusted are left out. Throws `provider_unreachable`.
 */
export async function providerKeys(
  provider: Provider,
  ask: () => Promise<Response>,
): Promise<readonly ProviderKey[]> {
  const held = known.get(provider);
  const age = held ? Date.now() - held.readAt : Number.POSITIVE_INFINITY;
  if (held && age < FRESH_MS) return held.keys;
  try {
    return await readKeys(provider, ask);
  } catch (error) {
    if (held && age < STALE_MS) return held.keys;
    throw translate(error, 'jwks');
  }
}

async function readKeys(provider: Provider, ask: () => Promise<Response>): Promise<readonly ProviderKey[]> {
  const response = await ask();
  const { keys } = response.ok ? ((await response.json()) as { keys?: unknown }) : {};
  if (!Array.isArray(keys)) throw new TypeError(`no JWK Set: status ${response.status}`);
  const usable = usableKeys(keys).map((jwk) => ({ jwk, imported: new Map() }));
  known.set(provider, { keys: usable, readAt: Date.now() });
  return usable;
}

/** What tells a key apart from others. */
export interface KnownKey {
  readonly kid: string | null;
  readonly alg: string | null;
  readonly kty: string | null;
  readonly use: string | null;
}

/** The provider's keys as read last in this isolate, without asking. */
export function knownProviderKeys(provider: Provider): KnownKey[] {
  return (known.get(provider)?.keys ?? []).map(({ jwk }) => {
    const { kid = null, alg = null, kty = null, use = null } = jwk;
    return { kid, alg, kty, use };
  });
}

/** Has the keys asked for at the next use, however old they are. */
export function expireKeys(provider: Provider): void {
  const held = known.get(provider);
  if (held) known.set(provider, { ...held, readAt: Math.min(held.readAt, Date.now() - FRESH_MS) });
}

/**
 * Does `check` with the key that fits a JWS header (RFC 7517 §4). A provider that changes a key may list two under one
 * `kid` for a while: each is tried. Without `kid` only one may fit (OpenID Connect Core §10.1). Throws what the last
 * `check` throws, `JWKSNoMatchingKey`, `JWKSMultipleMatchingKeys`.
 */
export async function withFittingKey<Result>(
  keys: readonly ProviderKey[],
  header: { readonly alg?: string | undefined; readonly kid?: unknown },
  check: (key: CryptoKey) => Promise<Result>,
): Promise<Result> {
  const { alg = '', kid } = header;
  const fitting = keys.filter(({ jwk }) => fits(jwk, alg, kid)).slice(0, MAX_TRIES);
  if (kid === undefined && fitting.length > 1) throw new errors.JWKSMultipleMatchingKeys();
  let failure: unknown = new errors.JWKSNoMatchingKey();
  for (const key of fitting) {
    try {
      return await check(await imported(key, alg));
    } catch (error) {
      failure = error;
      // The signature is good, and something else is wrong: no other key would help.
      if (error instanceof errors.JWTInvalid || error instanceof errors.JWTClaimValidationFailed) throw error;
      if (error instanceof errors.JWTExpired) throw error;
    }
  }
  throw failure;
}

/** The header of a JWS. Throws `JWSInvalid` if it has none that can be read. */
export function headerOf(jws: string): ProtectedHeaderParameters {
  try {
    return decodeProtectedHeader(jws);
  } catch {
    throw new errors.JWSInvalid('the header of the JWT can’t be read');
  }
}

const KTY: Readonly<Record<string, string>> = { RS: 'RSA', PS: 'RSA', ES: 'EC', Ed: 'OKP' };
const CURVE: Readonly<Record<string, string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
  Ed25519: 'Ed25519',
};

/** True if a key may have made a signature by `alg`; a header without `kid` leaves open which. */
function fits(jwk: JWK, alg: string, kid: unknown): boolean {
  const kty = KTY[alg.slice(0, 2)];
  return (
    kty !== undefined &&
    jwk.kty === kty &&
    (kid === undefined || jwk.kid === kid) &&
    (jwk.alg === undefined || jwk.alg === alg) &&
    (jwk.use === undefined || jwk.use === 'sig') &&
    (jwk.key_ops === undefined || jwk.key_ops.includes('verify')) &&
    (CURVE[alg] === undefined || jwk.crv === CURVE[alg])
  );
}

function imported(key: ProviderKey, alg: string): Promise<CryptoKey> {
  const held = key.imported.get(alg);
  if (held) return held;
  const pending = importJWK(key.jwk, alg) as Promise<CryptoKey>;
  key.imported.set(alg, pending);
  return pending;
}

/** The keys of a JWK Set that may check signatures, each once, with those members alone that say which key it is. */
export function usableKeys(candidates: readonly unknown[]): JWK[] {
  const keys = candidates.slice(0, MAX_KEYS).filter(isUsable).map(publicMembers);
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}

/** True for a key that may check signatures: no private or symmetric one (anybody may have it), none too short. */
export function isUsable(candidate: unknown): candidate is JWK {
  const key = candidate as JWK | null;
  // protects: keys fit for use
  if (typeof key !== 'object' || key === null || key.d !== undefined || key.k !== undefined) return false;
  const texts = MEMBERS.map((name) => key[name]).filter((value) => value !== undefined && value !== null);
  if (texts.some((value) => typeof value !== 'string' || value.length > MAX_MEMBER_LENGTH)) return false;
  return key.kty !== 'RSA' || (key.n?.length ?? 0) >= MIN_MODULUS_LENGTH;
}

const MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'alg', 'use', 'kid'] as const;

function publicMembers(key: JWK): JWK {
  const members = MEMBERS.flatMap((name) => (typeof key[name] === 'string' ? [[name, key[name]]] : []));
  const ops = Array.isArray(key.key_ops) && { key_ops: key.key_ops.filter((each) => each === 'verify') };
  return { ...Object.fromEntries(members), ...ops };
}
