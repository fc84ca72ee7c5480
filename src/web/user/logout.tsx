import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import { matchOf } from '../../sessions/directory.ts';
import type { Ending, Session } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow, wantsJson } from '../errors/respond.tsx';
import { isYes } from '../flag.ts';
import { isFormType, readParameters } from '../form.ts';
import { href, showPage } from '../href.tsx';
import { requireOwnPage } from '../middleware/own-page.ts';
import { endSessionTargets } from './current-session.ts';
import { nameOf } from './home.tsx';
import { leaveProvider, ownLeavingUrl } from './leave-provider.ts';
import { LogoutPage } from './logout-page.tsx';

/** `GET /logout`: asks first, so that a link can't sign anyone out. */
export async function logoutPage(c: Context<AppEnv>): Promise<Response> {
  const current = await c.get('sessions').read();
  if (!current) return c.redirect(href(c, '/'), 303);
  c.set('formTargets', endSessionTargets(current, c.get('settings').providers));
  return showPage(c, <LogoutPage name={nameOf(current)} />);
}

/**
 * `POST /logout`: ends the session here, revokes its tokens at their providers, and goes on to end the session
 * at the provider it was started with. No provider can keep the user signed in here.
 */
export async function logout(c: Context<AppEnv>): Promise<Response> {
  requireOwnPage(c);
  const ending = { revoke: true, flow: newFlow() };
  const current = await c.get('sessions').read();
  if (current && (await isForEverywhere(c))) await endEverywhere(c, current, ending);
  await c.get('sessions').end(ending);
  if (current) log('logout', { flow: ending.flow, provider: current.provider });
  const next = current ? await leaveProvider(c, current) : undefined;
  if (!wantsJson(c) && !isScript(c)) return c.redirect(next?.url ?? href(c, '/'), 303);
  return c.json({ signed_out: true, ...(next && { end_session_url: await ownLeavingUrl(c, next) }) });
}

/** True if `everywhere` is set, in the query or in the form. */
async function isForEverywhere(c: Context<AppEnv>): Promise<boolean> {
  const inQuery = c.req.query('everywhere');
  if (inQuery !== undefined || !isFormType(c)) return isYes(inQuery);
  return isYes((await readParameters(c)).get('everywhere') ?? undefined);
}

/** True for a `fetch` that asks for no page: it can't follow a redirect to the provider's page (CORS). */
function isScript(c: Context<AppEnv>): boolean {
  return c.req.header('sec-fetch-dest') === 'empty' && !c.req.header('accept')?.includes('text/html');
}

/** Ends every session of the user who is signed in here. Throws `not_found`, and ends none, where it can't. */
async function endEverywhere(c: Context<AppEnv>, current: Session, ending: Ending): Promise<void> {
  const { reach } = c.get('sessions');
  const { provider, sub } = current;
  if (!reach || sub === undefined) throw notInCookies(c);
  const ended = await reach.endMatching(matchOf({ ...current, sub }), ending);
  log('logout_everywhere', { flow: ending.flow, provider, sessions: ended });
}

/** Why what reaches other browsers is not there; the user is still signed in. */
export function notInCookies(c: Context<AppEnv>): DrawbridgeError {
  return new DrawbridgeError('not_found', {
    title: 'Not available here',
    description: 'Your other sessions are stored in those browsers, so you can’t end them from here.',
    hint: 'Sign out in each browser. The operator can change this by storing sessions on the server.',
  }).with({ retry: href(c, '/session') });
}
