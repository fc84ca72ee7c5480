import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { sameText } from '../../crypto/same-text.ts';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow, wantsJson } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';
import { href, showPage } from '../href.tsx';
import { clientAddress, countFailure, Guesses, requireRate } from '../middleware/limits.ts';
import { requireOwnPage } from '../middleware/own-page.ts';
import { ASSERTION_HEADER, verifyAssertion } from './cloudflare-access.ts';
import { record } from './operator.ts';
import { endPass, givePass, hasPass } from './pass.ts';
import { AdminSignInPage } from './sign-in-page.tsx';

/** Failed attempts in this area count towards one limit. */
const AREA = 'admin';
const guesses = new Guesses({ perSeconds: 60 });

/** Without a token or Cloudflare Access nobody can sign in, so the pages don't exist. Throws `not_found`. */
export const requireDesk = createMiddleware<AppEnv>(async (c, next) => {
  const { adminToken, access } = c.get('settings');
  if (adminToken === undefined && access === undefined) throw new DrawbridgeError('not_found');
  await next();
});

/**
 * Lets only operators pass: by `Authorization: Bearer`, by the cookie of `/admin/sign-in`, or by the assertion of
 * Cloudflare Access. The browser also adds the last two to requests that other sites cause, so a change made with
 * them must come from a page of ours. Requests by operators are not limited; all others are. Credentials of another scheme
 * are for something in front of the Worker, such as Basic for a staging site.
 */
export const requireOperator = createMiddleware<AppEnv>(async (c, next) => {
  const presented = /^Bearer(?: +(.*))?$/i.exec(c.req.header('authorization') ?? '');
  if (presented) {
    await requireToken(c, presented[1] ?? '');
    c.set('operator', 'token');
    return next();
  }
  const operator = (await hasPass(c)) ? 'token' : await operatorByAccess(c);
  if (operator === undefined) {
    await requireRate(c, AREA);
    return askToSignIn(c);
  }
  if (c.req.method !== 'GET') requireOwnPage(c);
  c.set('operator', operator);
  return next();
});

/** `POST /admin/sign-in`: exchanges the token for a cookie, so that it is typed once. */
export async function signInOperator(c: Context<AppEnv>): Promise<Response> {
  const { adminToken } = c.get('settings');
  if (adminToken === undefined) throw new DrawbridgeError('not_found');
  requireOwnPage(c);
  const token = (await readParameters(c)).get('token')?.trim() ?? '';
  try {
    await requireToken(c, token);
  } catch (error) {
    if (wantsJson(c) || !(error instanceof DrawbridgeError)) throw error;
    return signInPage(c, error);
  }
  await givePass(c);
  c.set('operator', 'token');
  record(c, 'admin_signed_in');
  return c.redirect(href(c, '/admin'), 303);
}

/** `POST /admin/sign-out`. Whoever came through Cloudflare Access has to sign out there. */
export async function signOutOperator(c: Context<AppEnv>): Promise<Response> {
  requireOwnPage(c);
  await endPass(c);
  record(c, 'admin_signed_out');
  return c.redirect(c.get('operator') === 'token' ? href(c, '/admin') : '/cdn-cgi/access/logout', 303);
}

/**
 * Throws `operator_required` for a wrong token, `rate_limited` for one of too many. The right one is never refused,
 * whatever others have guessed from this address: nobody guesses 32 characters, and anyone can send wrong ones.
 */
async function requireToken(c: Context<AppEnv>, token: string): Promise<void> {
  const { adminToken, operatorGuesses } = c.get('settings');
  if (adminToken !== undefined && sameText(token, adminToken)) return;
  await requireRate(c, AREA);
  const address = clientAddress(c);
  // protects: admin guess limit
  if (guesses.areSpent(address, operatorGuesses, Date.now())) throw new DrawbridgeError('rate_limited');
  guesses.count(address, Date.now());
  const error = operatorRequired(c, 'wrong token');
  await countFailure(c, AREA, error);
  throw error;
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

function askToSignIn(c: Context<AppEnv>): Response | Promise<Response> {
  if (c.req.method !== 'GET' || wantsJson(c)) throw operatorRequired(c);
  return signInPage(c);
}

/** The refusal, in the words of how operators sign in here. */
function operatorRequired(c: Context<AppEnv>, detail?: string): DrawbridgeError {
  const because = detail === undefined ? {} : { detail };
  if (c.get('settings').adminToken !== undefined) return new DrawbridgeError('operator_required', because);
  return new DrawbridgeError('operator_required', {
    ...because,
    description: 'This needs a valid assertion of Cloudflare Access. There is no admin token here.',
    hint: 'Open this address through Cloudflare Access. If you did, compare `ACCESS_TEAM_DOMAIN` and `ACCESS_AUDIENCE` with the Access application: the log says what is wrong.',
  });
}

/** The page with the form, and what was wrong with what was sent. */
function signInPage(c: Context<AppEnv>, refused?: DrawbridgeError): Response | Promise<Response> {
  const { adminToken, access } = c.get('settings');
  c.status(refused?.status ?? 401);
  if (refused?.retryAfter !== undefined) c.header('retry-after', String(refused.retryAfter));
  if (refused)
    log('refused', { flow: newFlow(), error: refused.code, path: c.req.path, detail: refused.detail });
  const problem = refused && PROBLEMS[refused.code === 'rate_limited' ? 'rate_limited' : 'operator_required'];
  return showPage(
    c,
    <AdminSignInPage byToken={adminToken !== undefined} byAccess={access !== undefined} problem={problem} />,
  );
}

const PROBLEMS = {
  operator_required: 'This is not the admin token. Copy the value of `ADMIN_TOKEN` again.',
  rate_limited: 'There were too many wrong tokens from your address. The right one still works.',
};
