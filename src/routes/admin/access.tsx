import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../../app-env.ts';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import { sameText } from '../../session/same-text.ts';
import { AdminSignInPage } from '../../views/admin-sign-in-page.tsx';
import { clientAddress, Guesses } from '../limits.ts';
import { requireOwnPage } from '../own-page.ts';
import { newFlow, wantsJson } from '../respond.tsx';

const COOKIE = 'admin';
/** How long an operator stays signed in, in seconds. */
const ADMIN_SECONDS = 3600;

const guesses = new Guesses({ most: 10, perSeconds: 60 });

/** Lets operators alone pass: by `Authorization: Bearer`, or by the cookie of `/admin/sign-in`. */
export const requireOperator = createMiddleware<AppEnv>(async (c, next) => {
  const { adminToken } = c.get('config');
  if (adminToken === undefined) throw new DrawbridgeError('not_found');
  const authorization = c.req.header('authorization');
  if (authorization === undefined) {
    if (!(await hasCookie(c))) return askToSignIn(c);
    if (c.req.method !== 'GET') requireOwnPage(c);
  } else {
    await requireToken(c, /^Bearer ([^\s]+)$/i.exec(authorization)?.[1] ?? '');
  }
  return next();
});

/** `POST /admin/sign-in`: exchanges the token for a cookie, so that it is typed once. */
export async function signInOperator(c: Context<AppEnv>): Promise<Response> {
  const { adminToken, sealer } = c.get('config');
  if (adminToken === undefined) throw new DrawbridgeError('not_found');
  requireOwnPage(c);
  const { token } = await c.req.parseBody();
  await requireToken(c, typeof token === 'string' ? token.trim() : '');
  const expires_at = Math.floor(Date.now() / 1000) + ADMIN_SECONDS;
  c.get('jar').set(COOKIE, await sealer.seal('admin', { expires_at }), ADMIN_SECONDS);
  log('admin_signed_in', { flow: newFlow() });
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
  const { adminToken = '' } = c.get('config');
  const address = clientAddress(c);
  if (guesses.areSpent(address, Date.now())) throw new DrawbridgeError('rate_limited');
  if (await sameText(token, adminToken)) return;
  guesses.count(address, Date.now());
  throw new DrawbridgeError('operator_required', { detail: 'wrong token' });
}

async function hasCookie(c: Context<AppEnv>): Promise<boolean> {
  const sealed = c.get('jar').get(COOKIE);
  if (sealed === undefined) return false;
  const opened = (await c.get('config').sealer.open('admin', sealed)) as { expires_at?: number } | undefined;
  if ((opened?.expires_at ?? 0) * 1000 > Date.now()) return true;
  c.get('jar').clear(COOKIE);
  return false;
}

function askToSignIn(c: Context<AppEnv>): Response | Promise<Response> {
  if (c.req.method !== 'GET' || wantsJson(c)) throw new DrawbridgeError('operator_required');
  c.status(401);
  return c.html(<AdminSignInPage />);
}
