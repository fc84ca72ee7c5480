import { decodeProtectedHeader, errors, importJWK, type JWK, type ProtectedHeaderParameters } from 'jose';
import { MIN_MODULUS_BITS } from '../crypto/rsa.ts';
import { DrawbridgeError } from '../errors.ts';
import { jsonObject } from '../exact-json.ts';
import type { Provider } from '../providers/provider.ts';
import { translate } from './failure.ts';
import { fits, usableKeys } from './usable-keys.ts';

const FRESH_MS = 3_600_000;
/** How long the last keys are used while the provider's keys can't be read, and how often they are asked for then. */
const STALE_MS = 86_400_000;
const PAUSE_MS = 10_000;
/** If several keys fit a token, at most this many are tried. */
const MAX_TRIES = 5;

/** A key of the provider that can be used to check signatures. */
export interface ProviderKey {
  readonly jwk: JWK;
  /** Imported once per algorithm. */
  readonly imported: Map<string, Promise<CryptoKey>>;
}

interface KnownKeys {
  readonly keys: readonly ProviderKey[];
  readonly readAt: number;
  /** Why they could not be read again since then. */
  readonly failure?: DrawbridgeError;
  /** Until when they are not asked for again. */
  readonly pausedUntil?: number;
}

const known = new WeakMap<Provider, KnownKeys>();

/**
 * The provider's keys: cached ones for an hour, then new ones from `ask`. If that fails, the last keys are used for up
 * to a day. Keys that can't be trusted are left out. Throws `provider_unreachable`.
 */
export function providerKeys(
  provider: Provider,
  ask: () => Promise<Response>,
): readonly ProviderKey[] | Promise<readonly ProviderKey[]> {
  const held = known.get(provider);
  return held && isUsedAsIs(held, Date.now()) ? held.keys : newKeys(provider, ask, held);
}

function isUsedAsIs({ readAt, pausedUntil = 0 }: KnownKeys, now: number): boolean {
  return now - readAt < FRESH_MS || now < pausedUntil;
}

async function newKeys(
  provider: Provider,
  ask: () => Promise<Response>,
  held: KnownKeys | undefined,
): Promise<readonly ProviderKey[]> {
  try {
    return await readKeys(provider, ask, held);
  } catch (error) {
    const failure = translate(error, 'jwks');
    if (!held || Date.now() - held.readAt >= STALE_MS) throw failure;
    const latest = known.get(provider) ?? held;
    // Another request may have read newer ones meanwhile.
    if (latest.keys !== held.keys) return latest.keys;
    known.set(provider, { ...held, failure, pausedUntil: Date.now() + PAUSE_MS });
    return held.keys;
  }
}

async function readKeys(
  provider: Provider,
  ask: () => Promise<Response>,
  held: KnownKeys | undefined,
): Promise<readonly ProviderKey[]> {
  const response = await ask();
  const keys = response.ok ? jsonObject(await response.text())?.keys : undefined;
  if (!Array.isArray(keys)) throw noKeySet(response);
  const usable = usableKeys(keys).map((jwk) => ({ jwk, imported: new Map() }));
  // A set that is empty for a moment, as during a deployment, takes no key back.
  if (usable.length === 0 && held && held.keys.length > 0) throw new TypeError('an empty JWK Set');
  known.set(provider, { keys: usable, readAt: Date.now() });
  return usable;
}

function noKeySet({ ok, status }: Response): Error {
  if (status >= 500 || status === 429) return new TypeError(`no JWK Set: status ${status}`);
  if (!ok) {
    return new DrawbridgeError('provider_unreachable', {
      description: `The provider’s signing keys can’t be read: their address answers with status ${status}.`,
      hint: 'Check `jwks_uri`. Redirects are not followed.',
      detail: `jwks: no JWK Set: status ${status}`,
    });
  }
  return new DrawbridgeError('provider_unreachable', {
    description: 'The provider’s signing keys are not in a form that can be read.',
    hint: 'Check `jwks_uri`: it leads to a JWK Set, which begins with `{"keys":[`, not to certificates.',
    detail: 'jwks: no JWK Set',
  });
}

/** Why the keys in use are not the provider's current ones, if they could not be read again. */
export function keysFailure(provider: Provider): DrawbridgeError | undefined {
  return known.get(provider)?.failure;
}

/** What distinguishes a key from others. */
export interface KnownKey {
  readonly kid: string | null;
  readonly alg: string | null;
  readonly kty: string | null;
  readonly use: string | null;
}

/** The keys that this isolate read last, without a request. */
export function knownProviderKeys(provider: Provider): KnownKey[] {
  return (known.get(provider)?.keys ?? []).map(({ jwk }) => {
    const { kid = null, alg = null, kty = null, use = null } = jwk;
    return { kid, alg, kty, use };
  });
}

/** Makes the next use read the keys again, however old they are. */
export function expireKeys(provider: Provider): void {
  const held = known.get(provider);
  const readAt = Date.now() - FRESH_MS;
  if (held) known.set(provider, { ...held, readAt: Math.min(held.readAt, readAt), pausedUntil: 0 });
}

/**
 * Runs `check` with the key that fits a JWS header (RFC 7517 §4). During a rotation a provider may list two keys under
 * one `kid`: both are tried. Without `kid`, only one may fit (OpenID Connect Core §10.1). Throws what the last `check`
 * throws, `JWKSNoMatchingKey`, `JWKSMultipleMatchingKeys`.
 */
export async function withFittingKey<Result>(
  keys: readonly ProviderKey[] | Promise<readonly ProviderKey[]>,
  header: { readonly alg?: string | undefined; readonly kid?: unknown },
  check: (key: CryptoKey) => Promise<Result>,
): Promise<Result> {
  const alg = header.alg ?? '';
  // An empty or null `kid` names no key.
  const kid = header.kid || undefined;
  const fitting = (await keys).filter(({ jwk }) => fits(jwk, alg, kid)).slice(0, MAX_TRIES);
  if (kid === undefined && fitting.length > 1) throw new errors.JWKSMultipleMatchingKeys();
  let failure: unknown;
  for (const key of fitting) {
    try {
      return await check(await imported(key, alg));
    } catch (error) {
      failure = error;
      // The signature is valid but something else is wrong, so no other key would help.
      if (error instanceof errors.JWTInvalid || error instanceof errors.JWTClaimValidationFailed) throw error;
      if (error instanceof errors.JWTExpired) throw error;
    }
  }
  // Made when it is needed: an error records its stack, which costs more than the search.
  throw failure ?? new errors.JWKSNoMatchingKey();
}

/** The header that was read last: nearly all tokens of a provider have the same one. */
let lastHeader: { readonly text: string; readonly header: Readonly<ProtectedHeaderParameters> } | undefined;

/** The header of a JWS, not to be changed. Throws `JWSInvalid` if it can't be read. */
export function headerOf(jws: string): Readonly<ProtectedHeaderParameters> {
  const [text = ''] = jws.split('.', 1);
  if (text === lastHeader?.text) return lastHeader.header;
  try {
    const header = Object.freeze(decodeProtectedHeader(jws));
    lastHeader = { text, header };
    return header;
  } catch {
    throw new errors.JWSInvalid('the header of the JWT can’t be read');
  }
}

function imported(key: ProviderKey, alg: string): Promise<CryptoKey> {
  const held = key.imported.get(alg);
  if (held) return held;
  const pending = importKey(key.jwk, alg);
  key.imported.set(alg, pending);
  return pending;
}

async function importKey(jwk: JWK, alg: string): Promise<CryptoKey> {
  const key = (await importJWK({ ...jwk, alg }, alg).catch(refuseKey)) as CryptoKey;
  const bits = 'modulusLength' in key.algorithm ? key.algorithm.modulusLength : undefined;
  // Leading zeros can make a short modulus look long.
  // protects: RSA key length
  if (bits !== undefined && bits < MIN_MODULUS_BITS) throw new TypeError(`the key for ${alg} is too short`);
  return key;
}

function refuseKey(cause: unknown): never {
  throw new errors.JWKInvalid('the verification key in the JWK Set is broken', { cause });
}
