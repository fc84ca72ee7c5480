import type { JWK } from 'jose';
import { deflated, inflated } from '../compression.ts';
import type { ConnectionWish } from '../connections/wish.ts';
import { sameText } from '../crypto/same-text.ts';
import type { Sealer } from '../crypto/seal.ts';
import { DrawbridgeError } from '../errors.ts';
import type { CookieJar } from '../sessions/cookies/cookie-jar.ts';
import type { Shortened } from '../short-names.ts';

/** How long a login attempt may take, in seconds. */
export const ATTEMPT_SECONDS = 600;
/** The lifetime of its cookie: a user who comes back too late gets an error with a link to start again. */
const COOKIE_SECONDS = 3600;
/** Maximum bytes for the cookies of all login attempts of a browser: other cookies on this host need room too. */
const BUDGET_BYTES = 10_000;
/** Maximum bytes for one. A typical one takes about 600 bytes, so more than ten fit. */
const ATTEMPT_BYTES = 2600;
/** Maximum bytes for one with a posted response, which is gone after the next request. */
const POSTED_BYTES = 12_000;

/** One login attempt, from `/login` to `/callback`. It is stored encrypted in its own cookie. */
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
  /** The requested values. If set, the ID token's `acr` must be one of them. */
  readonly acr_values: string | undefined;
  /** The private key that the tokens will be bound to (RFC 9449). */
  readonly dpop_key: JWK | undefined;
  /** The response that the provider posted, stored until the browser comes again with its session cookie. */
  readonly posted?: string | undefined;
  /** The id of the session that this login adds its grant to (`connect=1`). */
  readonly connect: string | undefined;
  /** The connection that this login creates or gives a new grant. No session starts. */
  readonly connection?: ConnectionWish | undefined;
  /** The id of the session that this login replaces, if the response may come without the session cookie. */
  readonly replacing?: string | undefined;
  /** The id in this login's log lines. */
  readonly flow: string;
  /** Seconds since the epoch, with fraction, so that attempts within one second are in order. */
  readonly expires_at: number;
}

/** Cookies are sent with every request, so members have one-letter names. A letter is never reused. */
interface Letters {
  state: 's';
  nonce: 'n';
  code_verifier: 'v';
  provider: 'p';
  issuer: 'i';
  redirect_uri: 'u';
  return_to: 'r';
  scope: 'c';
  max_age: 'm';
  acr_values: 'a';
  dpop_key: 'k';
  posted: 'b';
  connect: 'o';
  connection: 'w';
  replacing: 'x';
  flow: 'f';
  expires_at: 'e';
}

interface ShortAttempt extends Shortened<LoginAttempt, Letters> {
  /** Replaces `return_to` if it is long: the same value, compressed. */
  readonly z?: string;
}

const LONG_RETURN_TO = 256;

/**
 * States used in this isolate, newest last. Clearing the cookie stops a browser from using an attempt twice. This also
 * stops an attacker who replays the browser's old cookies.
 */
const taken = new Map<string, number>();
const TAKEN_LIMIT = 1000;

const PREFIX = 'login-';
/** 96 bits of the state, so that no two logins of a browser share a name. */
const NAME_LENGTH = 16;

/** The name of the cookie of the login with that state. */
function cookieName(state: string): string {
  return PREFIX + state.slice(0, NAME_LENGTH);
}

/** How many bytes a cookie takes in the `Cookie` header: prefix, name, value and separators. */
function sentBytes(name: string, value: string): number {
  return '__Host-Http-'.length + name.length + value.length + '=; '.length;
}

/**
 * Stores a login attempt in a cookie named after its state. The oldest attempts are cleared if all together would be too
 * large. Throws `invalid_request` if this one alone is too large, because its `return_to` could not be restored.
 */
export async function storeAttempt(
  jar: CookieJar,
  sealer: Sealer,
  attempt: LoginAttempt,
  options: { sameSiteNone: boolean },
): Promise<void> {
  const name = cookieName(attempt.state);
  const sealed = await sealer.seal('login', await shortForm(attempt));
  const bytes = sentBytes(name, sealed);
  if (bytes > (attempt.posted === undefined ? ATTEMPT_BYTES : POSTED_BYTES)) {
    throw new DrawbridgeError('invalid_request', {
      description:
        'This sign-in request does not fit into a cookie, most likely because `return_to` is very long.',
      hint: 'Sign in first, then open the page that you want.',
      detail: `${bytes} bytes`,
    });
  }
  taken.delete(attempt.state);
  const others = jar.names(PREFIX).filter((other) => other !== name);
  if (others.length > 0) await makeRoom(jar, sealer, others, BUDGET_BYTES - bytes);
  jar.set(name, sealed, COOKIE_SECONDS, options);
}

/** Clears login attempts, first unreadable ones, then the oldest, until the others take `room` bytes at most. */
async function makeRoom(
  jar: CookieJar,
  sealer: Sealer,
  names: readonly string[],
  room: number,
): Promise<void> {
  const others = names.map((name) => ({ name, value: jar.get(name) ?? '' }));
  let left = others.reduce((sum, { name, value }) => sum + sentBytes(name, value), 0);
  if (left <= room) return;
  const aged = await Promise.all(
    others.map(async (cookie) => ({ ...cookie, age: (await opened(sealer, cookie.value))?.expires_at ?? 0 })),
  );
  for (const { name, value } of aged.sort((a, b) => a.age - b.age)) {
    if (left <= room) return;
    jar.clear(name);
    left -= sentBytes(name, value);
  }
}

/** The raw cookie of the login with this `state`. Undefined if this browser has none. */
export function attemptCookie(jar: CookieJar, state: string | undefined): string | undefined {
  return state ? jar.get(cookieName(state)) : undefined;
}

/** Clears the cookie of the login with this `state`. */
export function clearAttempt(jar: CookieJar, state: string): void {
  jar.clear(cookieName(state));
}

/**
 * Takes the login attempt with this `state` out of its cookie, whose value is `sealed` (`attemptCookie`): whatever
 * follows, it can't be used again (RFC 9700 §4.7.1). Undefined if this browser has no such attempt open.
 */
export async function takeAttempt(
  jar: CookieJar,
  sealer: Sealer,
  state: string,
  sealed: string,
): Promise<LoginAttempt | undefined> {
  const attempt = await attemptFrom(await sealer.open('login', sealed));
  // protects: state compare
  if (attempt && !sameText(state, attempt.state)) return undefined;
  // An unreadable cookie was altered, or sealed with a secret that is no longer listed. It is useless.
  // protects: login cookie cleared
  clearAttempt(jar, state);
  return attempt && takeOnce(attempt);
}

/** True if a login with this state has already come back in this isolate. */
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

function shortForm(attempt: LoginAttempt): ShortAttempt | Promise<ShortAttempt> {
  const { return_to } = attempt;
  const isLong = return_to !== undefined && return_to.length > LONG_RETURN_TO;
  const short: ShortAttempt = {
    s: attempt.state,
    n: attempt.nonce,
    v: attempt.code_verifier,
    p: attempt.provider,
    i: attempt.issuer,
    u: attempt.redirect_uri,
    r: isLong ? undefined : return_to,
    c: attempt.scope,
    m: attempt.max_age,
    a: attempt.acr_values,
    k: attempt.dpop_key,
    b: attempt.posted,
    o: attempt.connect,
    w: attempt.connection,
    x: attempt.replacing,
    f: attempt.flow,
    e: attempt.expires_at,
  };
  return isLong ? deflated(return_to).then((z) => ({ ...short, z })) : short;
}

async function opened(sealer: Sealer, sealed: string): Promise<LoginAttempt | undefined> {
  return attemptFrom(await sealer.open('login', sealed));
}

/** The attempt from its short form. Undefined if a sealed value is none. */
function attemptFrom(value: unknown): LoginAttempt | undefined | Promise<LoginAttempt> {
  if (typeof value !== 'object' || value === null) return undefined;
  const short = value as ShortAttempt;
  const attempt: LoginAttempt = {
    state: short.s,
    nonce: short.n,
    code_verifier: short.v,
    provider: short.p,
    issuer: short.i,
    redirect_uri: short.u,
    return_to: short.r,
    scope: short.c,
    max_age: short.m,
    acr_values: short.a,
    dpop_key: short.k,
    posted: short.b,
    connect: short.o,
    connection: short.w,
    replacing: short.x,
    flow: short.f,
    expires_at: short.e,
  };
  return short.z === undefined ? attempt : withReturnTo(attempt, short.z);
}

async function withReturnTo(attempt: LoginAttempt, deflated: string): Promise<LoginAttempt> {
  return { ...attempt, return_to: await inflated(deflated) };
}
