import type { Context } from 'hono';
import { DrawbridgeError, errorFrom } from '../../errors.ts';
import type { Grant } from '../../grants/grant.ts';
import type { Inspected, SessionDirectory } from '../../sessions/directory.ts';
import { grantOf, type Session } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow, wantsJson } from '../errors/respond.tsx';
import { href, showPage } from '../href.tsx';
import { record } from './operator.ts';
import { requireDirectory } from './require-directory.ts';
import { AdminSessionPage, type AdminSessionProps } from './session-page.tsx';
import { type ShownSession, shownSession } from './shown-session.ts';

const ID_LENGTH = 64;
/** The whole id, or a prefix long enough to be unlikely to match another. */
const ID = /^[0-9a-f]{6,64}$/;

interface Named extends Inspected {
  readonly id: string;
  readonly directory: SessionDirectory;
}

/** `GET /admin/sessions/:id`: one session, without a token. */
export async function adminSession(c: Context<AppEnv>): Promise<Response> {
  const { id, ...inspected } = await namedSession(c);
  const shown = shownSession(id, inspected);
  return wantsJson(c) ? c.json(shown) : sessionPage(c, shown);
}

/** `POST /admin/sessions/:id/reveal?provider=`: the tokens of a grant and the user's claims. The log says so. */
export async function revealTokens(c: Context<AppEnv>): Promise<Response> {
  const { id, ...inspected } = await namedSession(c);
  const { access_token, refresh_token, id_token, provider } = namedGrant(c, inspected.session);
  record(c, 'admin_revealed', { session: id.slice(0, 12), provider });
  const { claims } = inspected.session;
  const tokens = { access_token, refresh_token, id_token };
  if (wantsJson(c)) return c.json({ id, provider, ...tokens, claims });
  const revealed = { provider, secrets: { ...tokens, claims: JSON.stringify(claims, null, 2) } };
  return sessionPage(c, shownSession(id, inspected), { revealed });
}

/** `POST /admin/sessions/:id/refresh?provider=`: refreshes a grant now. */
export async function refreshGrantNow(c: Context<AppEnv>): Promise<Response> {
  const { id, session, directory } = await namedSession(c);
  const grant = namedGrant(c, session);
  record(c, 'admin_refreshed', { session: id.slice(0, 12), provider: grant.provider });
  const { error } = await directory.refresh(id, grant.provider);
  const after = await directory.inspect(id);
  if (error && (wantsJson(c) || !after)) throw errorFrom(error);
  if (!after) throw noSuchSession();
  if (wantsJson(c)) return c.json(shownSession(id, after));
  if (!error) return c.redirect(href(c, `/admin/sessions/${id}`), 303);
  c.status(errorFrom(error).status);
  return sessionPage(c, shownSession(id, after), { refused: error });
}

/** `POST /admin/sessions/:id/revoke`: ends the session and revokes its tokens at their providers. */
export async function revokeSession(c: Context<AppEnv>): Promise<Response> {
  const { id, directory } = await namedId(c);
  // Not read first: a list from before a provider was added still names the session that this one replaced.
  const ended = await directory.end(id, { revoke: true, flow: newFlow() });
  if (!ended) throw noSuchSession();
  record(c, 'admin_revoked', { session: id.slice(0, 12), provider: ended.provider });
  return wantsJson(c) ? c.json({ id, revoked: true }) : c.redirect(href(c, '/admin/sessions'), 303);
}

function sessionPage(
  c: Context<AppEnv>,
  shown: ShownSession,
  more: Pick<AdminSessionProps, 'revealed' | 'refused'> = {},
) {
  const latestEnd = shown.created_at + c.get('settings').sessionMaxSeconds;
  return showPage(c, <AdminSessionPage {...shown} {...more} latestEnd={latestEnd} />);
}

/** The session whose id, or its prefix, is in the path. Throws `not_found`, `invalid_request`. */
async function namedSession(c: Context<AppEnv>): Promise<Named> {
  const { id, directory } = await namedId(c);
  const inspected = await directory.inspect(id);
  if (!inspected) throw noSuchSession();
  return { id, directory, ...inspected };
}

async function namedId(c: Context<AppEnv>): Promise<Pick<Named, 'id' | 'directory'>> {
  const directory = requireDirectory(c);
  const given = c.req.param('id') ?? '';
  if (!ID.test(given)) throw noSuchSession();
  const [id = given, another] = given.length < ID_LENGTH ? await directory.idsBeginningWith(given) : [given];
  if (another !== undefined) {
    throw new DrawbridgeError('invalid_request', {
      description: 'More than one session has an id that begins with these characters.',
      hint: 'Give more characters of the id.',
    });
  }
  if (id.length < ID_LENGTH) throw noSuchSession();
  return { id, directory };
}

function noSuchSession(): DrawbridgeError {
  return new DrawbridgeError('not_found', {
    title: 'No such session',
    description: 'There is no session with this id, or it has ended.',
    hint: 'Go back to the list and reload it: it may be a minute old. The first six characters of an id are enough.',
  });
}

function namedGrant(c: Context<AppEnv>, session: Session): Grant {
  const provider = c.req.query('provider') || session.provider;
  const grant = grantOf(session, provider);
  if (grant) return grant;
  throw new DrawbridgeError('unknown_provider', {
    title: 'No such grant',
    description: 'This session has no grant from that provider, or the grant has ended.',
    hint: `It has: ${session.grants.map(({ provider: id }) => `\`${id}\``).join(', ') || 'none'}.`,
  });
}
