import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { sha256Hex } from '../../crypto/hash.ts';
import { sameText } from '../../crypto/same-text.ts';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow, wantsJson } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';
import { clientAddress, Guesses } from '../middleware/limits.ts';
import { requireOwnPage } from '../middleware/own-page.ts';
import { ASSERTION_HEADER, verifyAssertion } from './cloudflare-access.ts';
import { record } from './operator.ts';
import { AdminSignInPage } from './sign-in-page.tsx';

const COOKIE = 'admin';
/** How long an operator stays signed in, in seconds. */
const ADMIN_SECONDS = 3600;

/** What the cookie holds, sealed. */
interface Pass {
  /** Seconds since the epoch. */
  readonly expires_at: number;
  /** SHA-256 of the token that was typed: another token ends what was opened by this one. */
  readonly token: string;
}

const guesses = new Guesses({ most: 10, perSeconds: 60 });

/** Without a token and without Access in front nobody could come in, so there is nothing here. Throws `not_found`. */
export const requireDesk = createMiddleware<AppEnv>(async (c, next) => {
  const { adminToken, access } = c.get('settings');
  if (adminToken === undefined && access === undefined) throw new DrawbridgeError('not_found');
  await next();
});

/**
 * Lets operators alone pass: by `Authorization: Bearer`, by the cookie of `/admin/sign-in`, or by what Cloudflare
 * Access says of them. The browser adds the last two to requests that other sites cause as well, so a change by them
 * must come from an own page.
 */
export const requireOperator = createMiddleware<AppEnv>(async (c, next) => {
  const authorization = c.req.header('authorization');
  if (authorization !== undefined) {
    await requireToken(c, /^Bearer ([^\s]+)$/i.exec(authorization)?.[1] ?? '');
    c.set('operator', 'token');
    return next();
  }
  const operator = (await hasCookie(c)) ? 'token' : await operatorByAccess(c);
  if (operator === undefined) return askToSignIn(c);
  if (c.req.method !== 'GET') requireOwnPage(c);
  c.set('operator', operator);
  return next();
});

/** `POST /admin/sign-in`: exchanges the token for a cookie, so that it is typed once. */
export async function signInOperator(c: Context<AppEnv>): Promise<Response> {
  const { adminToken, sealer } = c.get('settings');
  if (adminToken === undefined) throw new DrawbridgeError('not_found');
  requireOwnPage(c);
  const parameters = await readParameters(c);
  await requireToken(c, parameters.get('token')?.trim() ?? '');
  const pass: Pass = {
    expires_at: Math.floor(Date.now() / 1000) + ADMIN_SECONDS,
    token: await sha256Hex(adminToken),
  };
  c.get('jar').set(COOKIE, await sealer.seal('admin', pass), ADMIN_SECONDS);
  c.set('operator', 'token');
  record(c, 'admin_signed_in');
  return c.redirect('/admin', 303);
}

/** `POST /admin/sign-out`. */
export function signOutOperator(c: Context<AppEnv>): Response {
  requireOwnPage(c);
  c.get('jar').clear(COOKIE);
  return c.redirect('/admin', 303);
}

/** Throws `rate_limited` after too many guesses, `operator_required` for a wrong one. */
async function requireToken(c: Context<AppEnv>, token: string): Promise<void> {
  const { adminToken } = c.get('settings');
  const address = clientAddress(c);
  // protects: admin guess limit
  if (guesses.areSpent(address, Date.now())) throw new DrawbridgeError('rate_limited');
  if (adminToken !== undefined && sameText(token, adminToken)) return;
  guesses.count(address, Date.now());
  throw new DrawbridgeError('operator_required', { detail: 'wrong token' });
}

async function operatorByAccess(c: Context<AppEnv>): Promise<string | undefined> {
  const { access } = c.get('settings');
  const assertion = c.req.header(ASSERTION_HEADER);
  if (!access || assertion === undefined) return undefined;
  const verdict = await verifyAssertion(access, assertion);
  if ('operator' in verdict) return verdict.operator;
  log('access_refused', { flow: newFlow(), detail: verdict.fault });
  return undefined;
}

async function hasCookie(c: Context<AppEnv>): Promise<boolean> {
  const { sealer, adminToken } = c.get('settings');
  const sealed = c.get('jar').get(COOKIE);
  if (sealed === undefined || adminToken === undefined) return false;
  const pass = (await sealer.open('admin', sealed)) as Partial<Pass> | undefined;
  const isInTime = (pass?.expires_at ?? 0) * 1000 > Date.now();
  if (isInTime && pass?.token === (await sha256Hex(adminToken))) return true;
  c.get('jar').clear(COOKIE);
  return false;
}

function askToSignIn(c: Context<AppEnv>): Response | Promise<Response> {
  if (c.req.method !== 'GET' || wantsJson(c)) throw new DrawbridgeError('operator_required');
  c.status(401);
  const { adminToken, access } = c.get('settings');
  return c.html(<AdminSignInPage byToken={adminToken !== undefined} byAccess={access !== undefined} />);
}
