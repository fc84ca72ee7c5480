import { limitedText } from '../limited-text.ts';
import { isAllowedEndpoint } from '../providers/allowed-url.ts';
import { SingleFlight } from '../single-flight.ts';
import { isAboutKeys } from './new-keys.ts';
import { headerOf, type ProviderKey, withFittingKey } from './provider-keys.ts';
import { usableKeys } from './usable-keys.ts';

const FRESH_MS = 600_000;
/** While the keys can't be read, those read last serve on for this long. */
const STALE_MS = 86_400_000;
/** Nothing is asked again sooner than this, whether it failed or a JWT named an unknown key. In milliseconds. */
export const PAUSE_MS = 30_000;
const TIMEOUT_MS = 5000;
const LIMIT_BYTES = 256 * 1024;

/** An issuer of JWTs that is no provider: a CI system, a cluster, Cloudflare Access. */
export interface KeySource {
  readonly issuer: string;
  /** The address of its keys, or the keys themselves (RFC 7517 §5). Undefined: from its metadata. */
  readonly jwks: string | { readonly keys: readonly object[] } | undefined;
}

/** The keys of an issuer can't be read now. */
export class KeysUnreadable extends Error {}

interface Known {
  readonly keys: readonly ProviderKey[] | undefined;
  readonly readAt: number;
  /** When it was asked last, in milliseconds since the epoch. */
  readonly askedAt: number;
}

/** By the source itself: as many as there are in the settings. */
const known = new WeakMap<KeySource, Known>();
const readings = new SingleFlight<KeySource, readonly ProviderKey[]>();

/**
 * Runs `check` with the key of the issuer that fits the header of a JWS; once more with keys that are read again, if none
 * that is known fits: a new one may even have an old `kid`. Throws what `check` and `withFittingKey` throw,
 * `KeysUnreadable`, `JWSInvalid`.
 */
export async function withIssuerKey<Result>(
  source: KeySource,
  jws: string,
  check: (key: CryptoKey) => Promise<Result>,
): Promise<Result> {
  const header = headerOf(jws);
  const attempt = async () => withFittingKey(await issuerKeys(source), header, check);
  try {
    return await attempt();
  } catch (error) {
    if (!isAboutKeys(error) || !expireKeys(source)) throw error;
    return attempt();
  }
}

/** The keys of the settings, or those read within the last ten minutes, or fresh ones. Throws `KeysUnreadable`. */
async function issuerKeys(source: KeySource): Promise<readonly ProviderKey[]> {
  const held = known.get(source);
  if (typeof source.jwks === 'object') return held?.keys ?? keep(source, source.jwks.keys);
  const now = Date.now();
  if (held?.keys && now - held.readAt < FRESH_MS) return held.keys;
  const isStaleUsable = held?.keys !== undefined && now - held.readAt < STALE_MS;
  if (held && now - held.askedAt < PAUSE_MS && !readings.has(source)) {
    if (isStaleUsable && held.keys) return held.keys;
    throw new KeysUnreadable('asked a moment ago, without success');
  }
  try {
    return await readings.share(source, () => read(source));
  } catch (error) {
    if (isStaleUsable && held.keys) return held.keys;
    throw new KeysUnreadable(String(error));
  }
}

/** Has the keys read again at the next use. False if they were read a moment ago, or are those of the settings. */
function expireKeys(source: KeySource): boolean {
  const held = known.get(source);
  if (typeof source.jwks === 'object' || !held || Date.now() - held.askedAt < PAUSE_MS) return false;
  known.set(source, { ...held, readAt: Math.min(held.readAt, Date.now() - FRESH_MS) });
  return true;
}

async function read(source: KeySource): Promise<readonly ProviderKey[]> {
  known.set(source, { keys: undefined, readAt: 0, ...known.get(source), askedAt: Date.now() });
  const url = typeof source.jwks === 'string' ? source.jwks : await discoveredUrl(source.issuer);
  const { keys } = await readJson(url);
  if (!Array.isArray(keys)) throw new TypeError('no JWK Set');
  // A set that is empty for a moment takes no key back.
  if (keys.length === 0) throw new TypeError('an empty JWK Set');
  return keep(source, keys);
}

function keep(source: KeySource, candidates: readonly unknown[]): readonly ProviderKey[] {
  const keys = usableKeys(candidates.map(forSignatures)).map((jwk) => ({ jwk, imported: new Map() }));
  known.set(source, { keys, readAt: Date.now(), askedAt: Date.now() });
  return keys;
}

/** In the bundle of a SPIFFE trust domain, the keys for JWTs have a `use` of their own (JWT-SVID §6.1). */
function forSignatures(candidate: unknown): unknown {
  const key: { readonly use?: unknown } = Object(candidate);
  return key.use === 'jwt-svid' ? { ...key, use: 'sig' } : candidate;
}

/** OpenID Connect Discovery §4; the issuer must be who it says it is. */
async function discoveredUrl(issuer: string): Promise<string> {
  const metadata = await readJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  if (metadata.issuer !== issuer) throw new TypeError('the metadata is of another issuer');
  const { jwks_uri } = metadata;
  if (typeof jwks_uri !== 'string' || !isAllowedEndpoint(jwks_uri, issuer)) {
    throw new TypeError('the metadata names no `jwks_uri` that is safe to use');
  }
  return jwks_uri;
}

async function readJson(url: string): Promise<Readonly<Record<string, unknown>>> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), TIMEOUT_MS);
  try {
    const headers = { accept: 'application/json', 'user-agent': 'drawbridge' };
    const response = await fetch(url, { headers, redirect: 'manual', signal: deadline.signal });
    if (!response.ok) throw new TypeError(`status ${response.status}`);
    const value: unknown = JSON.parse(await limitedText(response.body, LIMIT_BYTES));
    if (typeof value !== 'object' || value === null) throw new TypeError('no JSON object');
    return value as Readonly<Record<string, unknown>>;
  } finally {
    clearTimeout(timer);
  }
}
