import type { JWK } from 'jose';
import type { Provider } from '../providers/provider.ts';
import { translate } from './failure.ts';

const FRESH_MS = 3_600_000;
/** While the provider's keys can't be read, those read last serve on for this long. */
const STALE_MS = 86_400_000;
/** Base64url characters of a modulus of 2048 bits: shorter RSA keys are broken too easily. */
const MIN_MODULUS_LENGTH = 342;

interface KnownKeys {
  readonly body: string;
  readonly readAt: number;
}

const known = new WeakMap<Provider, KnownKeys>();

/**
 * The provider's signing keys as an answer of its `jwks_uri`: those of the last hour without asking, fresh ones
 * by `ask`, and for a day the last ones if the provider does not give any. Keys that can't be trusted are left out.
 * Throws `provider_unreachable`.
 */
export async function keysAnswer(provider: Provider, ask: () => Promise<Response>): Promise<Response> {
  const held = known.get(provider);
  const age = held ? Date.now() - held.readAt : Number.POSITIVE_INFINITY;
  if (held && age < FRESH_MS) return jwksResponse(held.body);
  try {
    const body = usableKeys(await ask());
    known.set(provider, { body: await body, readAt: Date.now() });
    return jwksResponse(await body);
  } catch (error) {
    if (held && age < STALE_MS) return jwksResponse(held.body);
    throw translate(error, 'jwks');
  }
}

/** What tells a key apart from others. */
export interface KnownKey {
  readonly kid: string | null;
  readonly alg: string | null;
  readonly kty: string | null;
  readonly use: string | null;
}

/** The provider's keys as read last in this isolate, without asking. */
export function knownKeys(provider: Provider): KnownKey[] {
  const held = known.get(provider);
  const { keys } = held ? (JSON.parse(held.body) as { keys: JWK[] }) : { keys: [] };
  return keys.map(({ kid = null, alg = null, kty = null, use = null }) => ({ kid, alg, kty, use }));
}

/** Has the keys asked for anew at the next use: an ID token names one that is not among them. */
export function expireKeys(provider: Provider): void {
  const held = known.get(provider);
  if (held) known.set(provider, { ...held, readAt: Math.min(held.readAt, Date.now() - FRESH_MS) });
}

async function usableKeys(response: Response): Promise<string> {
  const { keys } = response.ok ? ((await response.json()) as { keys?: unknown }) : {};
  if (!Array.isArray(keys)) throw new TypeError(`no JWK Set: status ${response.status}`);
  return JSON.stringify({ keys: keys.filter(isUsable) });
}

/** True for a key that may check signatures: no private or symmetric one (anybody may have it), none too short. */
export function isUsable(candidate: unknown): candidate is JWK {
  const key = candidate as JWK | null;
  // protects: keys fit for use
  if (typeof key !== 'object' || key === null || key.d !== undefined || key.k !== undefined) return false;
  return key.kty !== 'RSA' || (key.n?.length ?? 0) >= MIN_MODULUS_LENGTH;
}

function jwksResponse(body: string): Response {
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}
