import type { JWK } from 'jose';
import type { CookieJar } from './cookies.ts';
import { sameText } from './same-text.ts';
import type { Sealer } from './seal.ts';
import type { Step } from './steps.ts';

/** How long a login attempt may take, in seconds. */
export const TRANSACTION_SECONDS = 600;
/** At most this many login attempts are open in a browser at once: abandoned ones make room for new ones. */
const SLOTS = [0, 1, 2, 3, 4] as const;

/** One login attempt, from `/login` to `/callback`. It lives sealed in a cookie of its own. */
export interface Transaction {
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

interface OpenTransaction {
  readonly slot: number;
  readonly transaction: Transaction;
}

const cookieName = (slot: number) => `login-${slot}`;

/** The open login attempts of a browser, newest last. */
async function openTransactions(jar: CookieJar, sealer: Sealer): Promise<OpenTransaction[]> {
  const found: OpenTransaction[] = [];
  for (const slot of SLOTS) {
    const sealed = jar.get(cookieName(slot));
    const transaction = sealed && ((await sealer.open('login', sealed)) as Transaction | undefined);
    if (transaction) found.push({ slot, transaction });
  }
  return found.sort((a, b) => a.transaction.expires_at - b.transaction.expires_at);
}

/** Keeps a new login attempt in a cookie of its own; the oldest of five makes room. */
export async function keepTransaction(
  jar: CookieJar,
  sealer: Sealer,
  transaction: Transaction,
  options: { sameSiteNone: boolean },
): Promise<void> {
  let slot: number | undefined = SLOTS.find((candidate) => jar.get(cookieName(candidate)) === undefined);
  if (slot === undefined) {
    const open = await openTransactions(jar, sealer);
    const unreadable = SLOTS.find((candidate) => !open.some(({ slot }) => slot === candidate));
    slot = unreadable ?? open[0]?.slot ?? 0;
  }
  taken.delete(transaction.state);
  jar.set(cookieName(slot), await sealer.seal('login', transaction), TRANSACTION_SECONDS, options);
}

/**
 * Takes the login attempt that `state` names out of its cookie: whatever follows, it can't be used again
 * (RFC 9700 §4.7.1). Undefined if this browser has no such attempt open.
 */
export async function takeTransaction(
  jar: CookieJar,
  sealer: Sealer,
  state: string | undefined,
): Promise<Transaction | undefined> {
  if (!state) return undefined;
  for (const slot of SLOTS) {
    const sealed = jar.get(cookieName(slot));
    if (sealed === undefined) continue;
    const transaction = (await sealer.open('login', sealed)) as Transaction | undefined;
    if (transaction === undefined) {
      // It can't be read: altered, or sealed with a secret no longer listed. Nothing will ever want it again.
      jar.clear(cookieName(slot));
    } else if (sameText(state, transaction.state)) {
      jar.clear(cookieName(slot));
      return takeOnce(transaction);
    }
  }
  return undefined;
}

/** True if a login with this state has come back already, in this isolate. */
export function wasTaken(state: string): boolean {
  return taken.has(state);
}

function takeOnce(transaction: Transaction): Transaction | undefined {
  if (wasTaken(transaction.state)) return undefined;
  taken.set(transaction.state, transaction.expires_at);
  if (taken.size > TAKEN_LIMIT) taken.delete(taken.keys().next().value as string);
  return transaction;
}
