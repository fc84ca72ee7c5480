import type { Context } from 'hono';
import { sha256Hex } from '../../crypto/hash.ts';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import type { OwnSession, SessionDirectory, User } from '../../sessions/directory.ts';
import type { Session } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow, wantsJson } from '../errors/respond.tsx';
import { href, showPage } from '../href.tsx';
import { requireOwnPage } from '../middleware/own-page.ts';
import { browserName } from './browser-name.ts';
import { notSignedIn } from './current-session.ts';
import { notInCookies } from './logout.tsx';
import { OwnSessionsPage } from './own-sessions-page.tsx';

interface Asker {
  readonly directory: SessionDirectory;
  readonly user: User;
  readonly current: Session;
  /** The id of the current session as the list has it. */
  readonly here: string;
}

/** `GET /sessions`: where the user is signed in, this browser among them; `more` if not all are in the list. */
export async function ownSessions(c: Context<AppEnv>): Promise<Response> {
  const { directory, user, here, current } = await signedIn(c);
  const { sessions: found, more } = await directory.sessionsOf(user);
  const others = found.filter(({ id }) => id !== here);
  const sessions = [{ id: here, session: current }, ...others].map((own) => shown(own, here));
  if (wantsJson(c)) return c.json({ sessions, more });
  const nameOf = (id: string) => c.get('settings').providers.get(id)?.display_name ?? id;
  return showPage(
    c,
    <OwnSessionsPage
      more={more}
      sessions={sessions.map(({ providers, ...facts }) => ({
        ...facts,
        displayNames: providers.map(nameOf),
      }))}
    />,
  );
}

/** `POST /sessions/end?id=`: signs the user out of one other browser, and revokes its tokens. */
export async function endOwnSession(c: Context<AppEnv>): Promise<Response> {
  requireOwnPage(c);
  const { directory, user, here } = await signedIn(c);
  const id = c.req.query('id') ?? '';
  if (id === here) {
    throw new DrawbridgeError('invalid_request', {
      description: 'That is the session of this browser.',
      hint: 'To sign out here, use `POST /logout`.',
    });
  }
  const flow = newFlow();
  const ended = await directory.endSessionOf(user, id, { revoke: true, flow });
  if (!ended) throw new DrawbridgeError('not_found');
  log('logout', { flow, provider: ended.provider, session: id.slice(0, 12) });
  return wantsJson(c) ? c.json({ ended: id }) : c.redirect(href(c, '/sessions'), 303);
}

/** Who asks, and from which session. Throws `not_signed_in`, and `not_found` where sessions live in cookies. */
async function signedIn(c: Context<AppEnv>): Promise<Asker> {
  const current = await c.get('sessions').read();
  if (!current) throw notSignedIn(c);
  const { reach: directory } = c.get('sessions');
  const { sub } = current;
  if (!directory || sub === undefined) throw notInCookies(c);
  return { directory, user: { ...current, sub }, here: await sha256Hex(current.id), current };
}

function shown({ id, session }: OwnSession, here: string) {
  const { created_at, expires_at, grants, user_agent } = session;
  const providers = grants.map(({ provider }) => provider);
  return { id, current: id === here, browser: browserName(user_agent), providers, created_at, expires_at };
}
