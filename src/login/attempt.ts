import type { JWK } from 'jose';
import type { ConnectionWish } from '../connections/wish.ts';
import { sameText } from '../crypto/same-text.ts';
import type { Sealer } from '../crypto/seal.ts';
import type { Step } from '../oauth/steps.ts';
import type { CookieJar } from '../sessions/cookies/cookie-jar.ts';

/** How long a login attempt may take, in seconds. */
export const ATTEMPT_SECONDS = 600;
/** At most this many login attempts are open in a browser at once: abandoned ones make room for new ones. */
const SLOTS = [0, 1, 2, 3, 4] as const;

/** One login attempt, from `/login` to `/callback`. It lives sealed in a cookie of its own. */
export interface LoginAttempt {
  readonly state: string;
  readonly nonce: string | undefined;
  readonly code_verifier: string | undefined;
  readonly provider: string;
  readonly issuer: string;
  readonly redirect_uri: string;
  readonly return_to: string | undefined;
  readonly scope: string;
  readonly max_age: number | undefined;
  /** What was asked for; the ID token's `acr` must then be one of them. */
  readonly acr_values: string | undefined;
  /** The private key that the tokens will be bound to (RFC 9449). */
  readonly dpop_key: JWK | undefined;
  /** What the provider posted, kept while the browser comes again with its session cookie. */
  readonly posted?: string;
  /** The id of the session that this login adds its grant to (`connect=1`). */
  readonly connect: string | undefined;
  /** The connection that this login makes, or gives a new grant; no session begins. */
  readonly connection?: ConnectionWish;
  /** The id that the log lines of this login carry. */
  readonly flow: string;
  /** Seconds since the epoch, with their fraction: attempts of one second are in their order too. */
  readonly expires_at: number;
  /** In INSPECT: what was sent so far. */
  readonly steps: readonly Step[] | undefined;
}

/**
 * States taken in this isolate, newest last. Clearing the cookie stops a browser from using an attempt twice;
 * this also stops who replays the browser's old cookies.
 */
const taken = new Map<string, number>();
const TAKEN_LIMIT = 1000;

interface OpenAttempt {
  readonly slot: number;
  readonly attempt: LoginAttempt;
}

const cookieName = (slot: number) => `login-${slot}`;

/** The open login attempts of a browser, newest last. */
async function openAttempts(jar: CookieJar, sealer: Sealer): Promise<OpenAttempt[]> {
  const found: OpenAttempt[] = [];
  for (const slot of SLOTS) {
    const sealed = jar.get(cookieName(slot));
    const attempt = sealed && ((await sealer.open('login', sealed)) as LoginAttempt | undefined);
    if (attempt) found.push({ slot, attempt });
  }
  return found.sort((a, b) => a.attempt.expires_at - b.attempt.expires_at);
}

/** Keeps a new login attempt in a cookie of its own; the oldest of five makes room. */
export async function storeAttempt(
  jar: CookieJar,
  sealer: Sealer,
  attempt: LoginAttempt,
  options: { sameSiteNone: boolean },
): Promise<void> {
  let slot: number | undefined = SLOTS.find((candidate) => jar.get(cookieName(candidate)) === undefined);
  if (slot === undefined) {
    const open = await openAttempts(jar, sealer);
    const unreadable = SLOTS.find((candidate) => !open.some(({ slot }) => slot === candidate));
    slot = unreadable ?? open[0]?.slot ?? 0;
  }
  taken.delete(attempt.state);
  jar.set(cookieName(slot), await sealer.seal('login', attempt), ATTEMPT_SECONDS, options);
}

/**
 * Takes the login attempt that `state` names out of its cookie: whatever follows, it can't be used again
 * (RFC 9700 §4.7.1). Undefined if this browser has no such attempt open.
 */
export async function takeAttempt(
  jar: CookieJar,
  sealer: Sealer,
  state: string | undefined,
): Promise<LoginAttempt | undefined> {
  if (!state) return undefined;
  for (const slot of SLOTS) {
    const sealed = jar.get(cookieName(slot));
    if (sealed === undefined) continue;
    const attempt = (await sealer.open('login', sealed)) as LoginAttempt | undefined;
    if (attempt === undefined) {
      // It can't be read: altered, or sealed with a secret no longer listed. Nothing will ever want it again.
      jar.clear(cookieName(slot));
      continue;
    }
    // protects: state compare
    if (!sameText(state, attempt.state)) continue;
    // protects: login cookie cleared
    jar.clear(cookieName(slot));
    return takeOnce(attempt);
  }
  return undefined;
}

/** True if a login with this state has come back already, in this isolate. */
export function wasTaken(state: string): boolean {
  return taken.has(state);
}

function takeOnce(attempt: LoginAttempt): LoginAttempt | undefined {
  // protects: single-use state
  if (wasTaken(attempt.state)) return undefined;
  taken.set(attempt.state, attempt.expires_at);
  if (taken.size > TAKEN_LIMIT) taken.delete(taken.keys().next().value as string);
  return attempt;
}
