import { DrawbridgeError } from '../errors.ts';
import { limitedText } from '../limited-text.ts';
import { type ProviderKey, usableKeys } from '../oauth/provider-keys.ts';
import { isAllowedEndpoint } from '../providers/allowed-url.ts';
import type { TrustEntry } from '../settings/trust-table.ts';
import { SingleFlight } from '../single-flight.ts';

const FRESH_MS = 600_000;
/** While the keys can't be read, those read last serve on for this long. */
const STALE_MS = 86_400_000;
/** Nothing is asked again sooner than this, whether it failed or a JWT named an unknown key. */
const PAUSE_MS = 30_000;
const TIMEOUT_MS = 5000;
const LIMIT_BYTES = 256 * 1024;

interface Known {
  readonly keys: readonly ProviderKey[] | undefined;
  readonly readAt: number;
  /** When it was asked last, in milliseconds since the epoch. */
  readonly askedAt: number;
}

/** By the entry itself: as many as there are in the settings. */
const known = new WeakMap<TrustEntry, Known>();
const readings = new SingleFlight<TrustEntry, readonly ProviderKey[]>();

/**
 * The keys that may sign a JWT of this issuer: those of the settings, or those read within the last ten minutes, or
 * fresh ones. Throws `temporarily_unavailable`.
 */
export async function trustKeys(entry: TrustEntry): Promise<readonly ProviderKey[]> {
  const held = known.get(entry);
  if (typeof entry.jwks === 'object') return held?.keys ?? keep(entry, entry.jwks.keys);
  const now = Date.now();
  if (held?.keys && now - held.readAt < FRESH_MS) return held.keys;
  const isStaleUsable = held?.keys !== undefined && now - held.readAt < STALE_MS;
  if (held && now - held.askedAt < PAUSE_MS && !readings.has(entry)) {
    if (isStaleUsable && held.keys) return held.keys;
    throw unavailable('asked a moment ago, without success');
  }
  try {
    return await readings.share(entry, () => read(entry));
  } catch (error) {
    if (isStaleUsable && held.keys) return held.keys;
    throw unavailable(String(error));
  }
}

/** Has the keys read again at the next use. False if they were read a moment ago, or are those of the settings. */
export function expireTrustKeys(entry: TrustEntry): boolean {
  const held = known.get(entry);
  if (typeof entry.jwks === 'object' || !held || Date.now() - held.askedAt < PAUSE_MS) return false;
  known.set(entry, { ...held, readAt: Math.min(held.readAt, Date.now() - FRESH_MS) });
  return true;
}

async function read(entry: TrustEntry): Promise<readonly ProviderKey[]> {
  known.set(entry, { keys: undefined, readAt: 0, ...known.get(entry), askedAt: Date.now() });
  const url = typeof entry.jwks === 'string' ? entry.jwks : await discoveredUrl(entry.issuer);
  const { keys } = await readJson(url);
  if (!Array.isArray(keys)) throw new TypeError('no JWK Set');
  // A set that is empty for a moment takes no key back.
  if (keys.length === 0) throw new TypeError('an empty JWK Set');
  return keep(entry, keys);
}

function keep(entry: TrustEntry, candidates: readonly unknown[]): readonly ProviderKey[] {
  const keys = usableKeys(candidates).map((jwk) => ({ jwk, imported: new Map() }));
  known.set(entry, { keys, readAt: Date.now(), askedAt: Date.now() });
  return keys;
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

function unavailable(detail: string): DrawbridgeError {
  return new DrawbridgeError('temporarily_unavailable', {
    description: 'The keys of the JWT’s issuer can’t be read right now.',
    hint: 'Try again in half a minute. For the operator: check `jwks` and `issuer` of the entry of `TRUST`.',
    detail: `keys of a trusted issuer: ${detail}`,
    retryAfter: PAUSE_MS / 1000,
  });
}
