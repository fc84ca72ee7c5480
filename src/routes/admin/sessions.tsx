import type { Context } from 'hono';
import type { AppEnv } from '../../app-env.ts';
import type { ServerBindings } from '../../config.ts';
import { DrawbridgeError, errorFrom } from '../../errors.ts';
import { log } from '../../log.ts';
import { listSessions } from '../../session/directory.ts';
import type { Keeper } from '../../session/keeper-store.ts';
import { type Grant, grantOf, type Session } from '../../session/session.ts';
import { AdminSessionPage } from '../../views/admin-session-page.tsx';
import { AdminSessionsPage } from '../../views/admin-sessions-page.tsx';
import { revokeTokens } from '../logout.tsx';
import { newFlow, wantsJson } from '../respond.tsx';

const PAGE = 50;
const MAX_PAGE = 1000;
const ID = /^[0-9a-f]{64}$/;

/** `GET /admin/sessions?provider=&sub=&cursor=&limit=`: what is stored, a page at a time. */
export async function adminSessions(c: Context<AppEnv>): Promise<Response> {
  const { provider, sub, cursor, limit } = c.req.query();
  const page = await listSessions(serverOf(c), {
    provider: provider || undefined,
    sub: sub || undefined,
    cursor: cursor || undefined,
    limit: Math.min(Math.max(Number(limit) || PAGE, 1), MAX_PAGE),
  });
  if (wantsJson(c)) return c.json(page);
  return c.html(
    <AdminSessionsPage
      {...page}
      providers={[...c.get('config').providers.keys()]}
      search={{ provider: provider ?? '', sub: sub ?? '' }}
    />,
  );
}

/** `GET /admin/sessions/:id`: one session, without a token. */
export async function adminSession(c: Context<AppEnv>): Promise<Response> {
  const { id, session } = await namedSession(c);
  const shown = inspected(id, session);
  return wantsJson(c) ? c.json(shown) : c.html(<AdminSessionPage {...shown} />);
}

/** `POST /admin/sessions/:id/reveal?provider=`: the tokens of a grant. The log says that it was done. */
export async function revealTokens(c: Context<AppEnv>): Promise<Response> {
  const { id, session } = await namedSession(c);
  const { access_token, refresh_token, id_token, provider } = namedGrant(c, session);
  record('admin_revealed', id, provider);
  const tokens = { access_token, refresh_token, id_token };
  if (wantsJson(c)) return c.json({ id, provider, ...tokens });
  return c.html(<AdminSessionPage {...inspected(id, session)} revealed={{ provider, tokens }} />);
}

/** `POST /admin/sessions/:id/refresh?provider=`: refreshes a grant now. */
export async function refreshGrantNow(c: Context<AppEnv>): Promise<Response> {
  const { id, session, keeper } = await namedSession(c);
  const grant = namedGrant(c, session);
  record('admin_refreshed', id, grant.provider);
  const outcome = await keeper.refresh(grant.provider, { force: true, seen: grant.refresh_count });
  if (outcome.error) throw errorFrom(outcome.error);
  return done(c, id, outcome.session && inspected(id, outcome.session));
}

/** `POST /admin/sessions/:id/revoke`: ends the session and revokes its tokens at their providers. */
export async function revokeSession(c: Context<AppEnv>): Promise<Response> {
  const { id, session, keeper } = await namedSession(c);
  record('admin_revoked', id, session.provider);
  await keeper.end();
  const flow = newFlow();
  await Promise.all(session.grants.map((grant) => revokeTokens(c, grant, flow)));
  return wantsJson(c) ? c.json({ id, revoked: true }) : c.redirect('/admin/sessions', 303);
}

/** `POST /admin/sessions/revoke?provider=&sub=`: ends every session of a user. */
export async function revokeUser(c: Context<AppEnv>): Promise<Response> {
  const { provider, sub } = c.req.query();
  if (!provider || !sub) {
    throw new DrawbridgeError('invalid_request', { description: 'Name the user by `provider` and `sub`.' });
  }
  serverOf(c);
  const sessions = await c.get('sessions').endMatching({ provider, sub, sid: undefined });
  log('admin_revoked_user', { flow: newFlow(), provider, sessions });
  return wantsJson(c) ? c.json({ provider, sub, sessions }) : c.redirect('/admin/sessions', 303);
}

/** `POST /admin/reseal?cursor=`: seals a page of records with the first secret, those that are not. */
export async function resealSessions(c: Context<AppEnv>): Promise<Response> {
  const server = serverOf(c);
  const cursor = c.req.query('cursor') || undefined;
  const page = await listSessions(server, { provider: undefined, sub: undefined, cursor, limit: PAGE });
  const resealed = await Promise.all(page.sessions.map(({ id }) => server.keepers.getByName(id).reseal()));
  return c.json({
    sessions: page.sessions.length,
    resealed: resealed.filter(Boolean).length,
    ...(page.cursor !== undefined && { cursor: page.cursor }),
  });
}

function serverOf(c: Context<AppEnv>): ServerBindings {
  const { server } = c.get('config');
  if (server) return server;
  throw new DrawbridgeError('not_found', {
    title: 'Nothing is stored here',
    description: 'Sessions live in the users’ cookies, so there is nothing to see.',
    hint: 'Bind `TOKENS` (KV) and `SESSION_KEEPER` (Durable Object) to keep sessions on the server.',
  });
}

async function namedSession(c: Context<AppEnv>): Promise<{ id: string; session: Session; keeper: Keeper }> {
  const id = c.req.param('id') ?? '';
  const keeper = serverOf(c).keepers.getByName(id);
  const session = ID.test(id) ? await keeper.peek() : undefined;
  if (!session) {
    throw new DrawbridgeError('not_found', {
      title: 'No such session',
      description: 'There is no session of this id, or it has ended.',
      hint: 'Go back to the list; it may lag behind by a minute.',
    });
  }
  return { id, session, keeper };
}

function namedGrant(c: Context<AppEnv>, session: Session): Grant {
  const grant = grantOf(session, c.req.query('provider') ?? session.provider);
  if (!grant) throw new DrawbridgeError('unknown_provider');
  return grant;
}

/** What an operator sees of a session: no token, no claim but `sub`. */
function inspected(id: string, session: Session) {
  const { provider, sub, created_at, expires_at } = session;
  const grants = session.grants.map((grant) => ({
    provider: grant.provider,
    sub: grant.sub ?? null,
    scope: grant.scope,
    token_type: grant.token_type,
    issued_at: grant.issued_at,
    expires_at: grant.expires_at ?? null,
    refreshable: grant.refresh_token !== undefined,
    refreshed_at: grant.refreshed_at ?? null,
    refresh_count: grant.refresh_count,
    bytes: JSON.stringify(grant).length,
  }));
  return { id, provider, sub: sub ?? null, created_at, expires_at, grants };
}

export type InspectedSession = ReturnType<typeof inspected>;

function record(event: string, id: string, provider: string): void {
  log(event, { flow: newFlow(), session: id.slice(0, 12), provider });
}

function done(c: Context<AppEnv>, id: string, body: unknown): Response {
  return wantsJson(c) ? c.json(body as object) : c.redirect(`/admin/sessions/${id}`, 303);
}
