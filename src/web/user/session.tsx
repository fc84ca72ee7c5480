import type { Context } from 'hono';
import { nowSeconds } from '../../clock.ts';
import { DrawbridgeError } from '../../errors.ts';
import type { Grant } from '../../grants/grant.ts';
import { publicSession } from '../../sessions/public-session.ts';
import { grantOf, type Session } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';
import { answerJson } from '../data-answer.ts';
import { wantsJson } from '../errors/respond.tsx';
import { href, showPage } from '../href.tsx';
import { loginHref } from '../login-href.ts';
import { requireOwnPage } from '../middleware/own-page.ts';
import { nothingHere } from '../programs/wrong-method.ts';
import { endSessionTargets, notSignedIn } from './current-session.ts';
import { inspectPage, refreshOutcome } from './inspect.tsx';
import { SessionPage } from './session-page.tsx';
import { sessionProps } from './session-views.ts';

/** `GET /session`: who is signed in, with which grants; in INSPECT the tokens and the steps as well. */
export async function session(c: Context<AppEnv>): Promise<Response> {
  const current = await c.get('sessions').read();
  if (!current) throw notSignedIn(c);
  return wantsJson(c) ? answerJson(c, publicSession(current)) : page(c, current);
}

/** `POST /session/refresh?provider=`: refreshes a grant now. */
export async function refreshSession(c: Context<AppEnv>): Promise<Response> {
  requireOwnPage(c);
  // Only the developers' page shows what happened to the refresh token; otherwise one call of the object is enough.
  const before = c.get('settings').inspect && !wantsJson(c) ? await c.get('sessions').read() : undefined;
  const { session: renewed, grant } = await freshGrant(c, true);
  if (wantsJson(c)) return answerJson(c, publicSession(renewed));
  const outcome = before ? `?${refreshOutcome(before, renewed, grant.provider)}` : '';
  return c.redirect(href(c, `/session${outcome}`), 303);
}

/** `GET /token?provider=`: in INSPECT, a fresh access token. */
export async function token(c: Context<AppEnv>): Promise<Response> {
  if (!c.get('settings').inspect) throw nothingHere(c);
  if (c.req.header('sec-fetch-site') !== undefined || c.req.header('origin') !== undefined) requireOwnPage(c);
  const { grant } = await freshGrant(c, false);
  const { access_token, token_type, expires_at, scope } = grant;
  const expires_in = expires_at === undefined ? undefined : Math.max(0, expires_at - nowSeconds());
  return c.json({ access_token, token_type, expires_in, scope });
}

/**
 * The session with the grant that `?provider=` names (else the founding one), fresh. A refresh that fails leads to what
 * fixes it: a new sign-in for this grant, or the session as it is.
 */
async function freshGrant(c: Context<AppEnv>, force: boolean): Promise<{ session: Session; grant: Grant }> {
  const named = c.req.query('provider') || undefined;
  try {
    const session = await c.get('sessions').readFresh(named, { force });
    if (!session) throw notSignedIn(c);
    const grant = grantOf(session, named ?? session.provider);
    if (!grant) throw new DrawbridgeError('login_required');
    return { session, grant };
  } catch (error) {
    throw error instanceof DrawbridgeError ? await withWayOut(c, error) : error;
  }
}

/** A session that has ended with its grant needs a new sign-in; one that lives needs a new grant. */
async function withWayOut(c: Context<AppEnv>, error: DrawbridgeError): Promise<DrawbridgeError> {
  const { code } = error;
  const { provider } = error.context;
  if (code === 'not_signed_in' || code === 'unknown_provider' || provider === undefined) return error;
  if (code !== 'login_required') return error.with({ retry: href(c, '/session') });
  const isSignedIn = (await c.get('sessions').read()) !== undefined;
  return error.with({ retry: loginHref(c, provider, { connect: isSignedIn }) });
}

async function page(c: Context<AppEnv>, current: Session) {
  if (c.get('settings').inspect) return inspectPage(c, current);
  c.set('formTargets', endSessionTargets(current, c.get('settings').providers));
  return showPage(c, <SessionPage {...sessionProps(c, current)} />);
}
