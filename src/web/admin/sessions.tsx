import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import { listSessions, type Search } from '../../sessions/directory.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow, wantsJson } from '../errors/respond.tsx';
import { href, showPage } from '../href.tsx';
import { endConnectionsOf } from './connections.ts';
import { record } from './operator.ts';
import { requireServer } from './server.ts';
import { AdminSessionsPage } from './sessions-page.tsx';

const PAGE = 50;
const MAX_PAGE = 1000;
const HOUR_SECONDS = 3600;

/** `GET /admin/sessions?provider=&sub=&expiring=&failed=&cursor=&limit=`: what is stored, a page at a time. */
export async function adminSessions(c: Context<AppEnv>): Promise<Response> {
  const server = requireServer(c);
  const providers = [...c.get('settings').providers.keys()];
  const page = await listSessions(server, readSearch(c), providers);
  if (wantsJson(c)) return c.json(page);
  const { provider = '', sub = '', expiring = '', failed = '', limit = '', cursor } = c.req.query();
  return showPage(
    c,
    <AdminSessionsPage
      sessions={page.sessions}
      next={page.cursor}
      isFirst={!cursor}
      providers={providers}
      search={{ provider, sub, expiring, failed, limit }}
    />,
  );
}

function readSearch(c: Context<AppEnv>): Search {
  const { provider, sub, expiring, failed, cursor, limit } = c.req.query();
  if (expiring && !/^\d{1,5}$/.test(expiring)) {
    throw new DrawbridgeError('invalid_request', {
      description: '`expiring` is not a whole number of hours.',
      hint: 'Ask for `expiring=24`, say.',
    });
  }
  const hours = expiring ? Number(expiring) : undefined;
  return {
    provider: provider || undefined,
    sub: sub?.trim() || undefined,
    endsBefore: hours === undefined ? undefined : Math.floor(Date.now() / 1000) + hours * HOUR_SECONDS,
    failed: failed === '1' || failed === 'true',
    cursor: cursor || undefined,
    limit: Math.min(Math.max(Math.floor(Number(limit)) || PAGE, 1), MAX_PAGE),
  };
}

/** `POST /admin/sessions/revoke?provider=&sub=`: ends every session and connection of a user and revokes their tokens. */
export async function revokeUser(c: Context<AppEnv>): Promise<Response> {
  const { provider, sub } = c.req.query();
  requireServer(c);
  if (!provider || !sub) {
    throw new DrawbridgeError('invalid_request', {
      description: 'The request does not say whose sessions are to end.',
      hint: 'Name the user by `provider` and `sub`.',
    });
  }
  const ending = { revoke: true, flow: newFlow() };
  const sessions = await c.get('sessions').reach?.endMatching({ provider, sub, sid: undefined }, ending);
  const connections = await endConnectionsOf(c, provider, sub);
  record(c, 'admin_revoked_user', { provider, sessions, connections });
  return wantsJson(c)
    ? c.json({ provider, sub, sessions, connections })
    : c.redirect(href(c, '/admin/sessions'), 303);
}

/** `POST /admin/reseal?cursor=`: seals a page of records with the first secret, those that are not. */
export async function resealSessions(c: Context<AppEnv>): Promise<Response> {
  const server = requireServer(c);
  const page = await listSessions(server, { cursor: c.req.query('cursor') || undefined, limit: PAGE }, []);
  const resealed = await Promise.all(page.sessions.map(({ id }) => server.keepers.getByName(id).reseal()));
  record(c, 'admin_resealed', { sessions: page.sessions.length });
  return c.json({
    sessions: page.sessions.length,
    resealed: resealed.filter(Boolean).length,
    ...(page.cursor !== undefined && { cursor: page.cursor }),
  });
}
