import type { Context } from 'hono';
import { nowSeconds } from '../../clock.ts';
import { sha256Hex } from '../../crypto/hash.ts';
import type { AppEnv } from '../app-env.ts';

const COOKIE = 'admin';
/** How long an operator stays signed in, in seconds. */
const PASS_SECONDS = 3600;
/** How long an unused cookie lasts where no object knows which passes have ended, in seconds. */
const UNUSED_SECONDS = 600;
/** A pass is renewed after this much of that. */
const RENEW_AFTER_SECONDS = 60;

/** What the cookie of an operator holds, sealed. Times are seconds since the epoch. */
interface Pass {
  readonly id: string;
  /** When it ends at the latest. */
  readonly until: number;
  /** When this cookie ends. */
  readonly expires_at: number;
  /** SHA-256 of the token used to sign in: changing the token ends every pass that it opened. */
  readonly token: string;
}

/**
 * Signs the operator in with a cookie. With sessions on the server, an object knows every valid pass, so that
 * signing out also ends copies of the cookie.
 */
export async function givePass(c: Context<AppEnv>): Promise<void> {
  const { adminToken = '' } = c.get('settings');
  await endPass(c);
  const now = nowSeconds();
  const until = now + PASS_SECONDS;
  const pass: Pass = {
    id: crypto.randomUUID(),
    until,
    expires_at: expiry(c, until, now),
    token: await sha256Hex(adminToken),
  };
  await reachOf(c)?.takeOnce(nameOf(pass), until);
  await setCookie(c, pass);
}

/** True if the request has a valid pass. An invalid one is cleared. */
export async function hasPass(c: Context<AppEnv>): Promise<boolean> {
  const pass = await readPass(c);
  if (pass === undefined) return false;
  // protects: operator's sign-out
  if (!(await isGood(c, pass))) {
    c.get('jar').clear(COOKIE);
    return false;
  }
  const now = nowSeconds();
  const expires_at = expiry(c, pass.until, now);
  if (expires_at - pass.expires_at > RENEW_AFTER_SECONDS) await setCookie(c, { ...pass, expires_at });
  return true;
}

/** Ends the pass of this request, including copies of its cookie. */
export async function endPass(c: Context<AppEnv>): Promise<void> {
  const pass = await readPass(c);
  c.get('jar').clear(COOKIE);
  if (pass === undefined) return;
  const reach = reachOf(c);
  if (reach) await reach.giveBack(nameOf(pass));
  else rememberEnded(pass.id);
}

/** A pass that can be read, has not expired, and was opened by the current token. */
async function readPass(c: Context<AppEnv>): Promise<Pass | undefined> {
  const { sealer, adminToken } = c.get('settings');
  const sealed = c.get('jar').get(COOKIE);
  if (sealed === undefined || adminToken === undefined) return undefined;
  const { id, until, expires_at, token } = ((await sealer.open('admin', sealed)) ?? {}) as Partial<Pass>;
  const isInTime = Math.min(until ?? 0, expires_at ?? 0) > nowSeconds();
  if (id !== undefined && isInTime && token === (await sha256Hex(adminToken))) {
    return { id, until: until ?? 0, expires_at: expires_at ?? 0, token };
  }
  c.get('jar').clear(COOKIE);
  return undefined;
}

async function isGood(c: Context<AppEnv>, pass: Pass): Promise<boolean> {
  const reach = reachOf(c);
  return reach ? reach.isTaken(nameOf(pass)) : !ended.has(pass.id);
}

/**
 * Without objects the isolates share no state: this one remembers which passes were signed out, and in the others a
 * pass ends ten minutes after its last use.
 */
const ended = new Set<string>();
const MOST_ENDED = 1000;

function rememberEnded(id: string): void {
  ended.add(id);
  if (ended.size > MOST_ENDED) ended.delete(ended.values().next().value as string);
}

function expiry(c: Context<AppEnv>, until: number, now: number): number {
  return reachOf(c) ? until : Math.min(until, now + UNUSED_SECONDS);
}

async function setCookie(c: Context<AppEnv>, pass: Pass): Promise<void> {
  const sealed = await c.get('settings').sealer.seal('admin', pass);
  c.get('jar').set(COOKIE, sealed, pass.expires_at - nowSeconds());
}

function reachOf(c: Context<AppEnv>) {
  return c.get('sessions').reach;
}

function nameOf({ id }: Pass): string {
  return `admin_pass ${id}`;
}
