import type { Context } from 'hono';
import { nowSeconds } from '../../clock.ts';
import { DrawbridgeError } from '../../errors.ts';
import type { Search, SessionDirectory } from '../../sessions/directory.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow, wantsJson } from '../errors/respond.tsx';
import { isYes } from '../flag.ts';
import { href, showPage } from '../href.tsx';
import { endConnectionsOf } from './connections.ts';
import { record } from './operator.ts';
import { requireDirectory } from './require-directory.ts';
import { AdminSessionsPage } from './sessions-page.tsx';

const PAGE = 50;
const MAX_PAGE = 1000;
const HOUR_SECONDS = 3600;

/**
 * `GET /admin/sessions?provider=&iss=&sub=&expiring=&failed=&limit=`: the stored sessions, one page at a time. Programs
 * page by `cursor` and see every session; people by `offset`, newest first.
 */
export async function adminSessions(c: Context<AppEnv>): Promise<Response> {
  const providers = [...c.get('settings').providers.keys()];
  const wanted = readSearch(c);
  if (wantsJson(c)) return c.json(await requireDirectory(c).list(wanted));
  const { provider = '', sub = '', expiring = '', limit = '', offset = '' } = c.req.query();
  const failed = wanted.failed ? '1' : '';
  const from = /^\d{1,5}$/.test(offset) ? Number(offset) : 0;
  const found = await requireDirectory(c).newest(wanted, from);
  return showPage(
    c,
    <AdminSessionsPage
      {...found}
      offset={from}
      providers={providers}
      search={{ provider, sub, expiring, failed, limit }}
    />,
  );
}

function readSearch(c: Context<AppEnv>): Search {
  const { provider, iss, sub, expiring, failed, cursor, limit } = c.req.query();
  if (expiring && !/^\d{1,5}$/.test(expiring)) {
    throw new DrawbridgeError('invalid_request', {
      description: '`expiring` is not a whole number of hours.',
      hint: 'Use a whole number, such as `expiring=24`.',
    });
  }
  const hours = expiring ? Number(expiring) : undefined;
  return {
    provider: provider || undefined,
    iss: iss || undefined,
    sub: sub?.trim() || undefined,
    endsBefore: hours === undefined ? undefined : nowSeconds() + hours * HOUR_SECONDS,
    failed: isYes(failed),
    cursor: cursor || undefined,
    limit: Math.min(Math.max(Math.floor(Number(limit)) || PAGE, 1), MAX_PAGE),
  };
}

/**
 * `POST /admin/sessions/revoke?provider=&iss=&sub=`: ends every session and connection of a user and revokes their
 * tokens. The provider or the issuer is enough, unless the provider has tenants and the subject is in several of them.
 */
export async function revokeUser(c: Context<AppEnv>): Promise<Response> {
  const { provider, iss, sub } = c.req.query();
  const directory = requireDirectory(c);
  if (!(provider || iss) || !sub) {
    throw new DrawbridgeError('invalid_request', {
      description: 'The request does not say whose sessions to end.',
      hint: 'Name the user by `provider` and `sub`.',
    });
  }
  const issuer = iss || (await onlyIssuer(directory, provider, sub));
  const match = { provider: provider || undefined, iss: issuer, sub };
  const sessions = await directory.endMatching(match, { revoke: true, flow: newFlow() });
  const connections = await endConnectionsOf(c, { provider, iss: issuer, sub });
  record(c, 'admin_revoked_user', { provider, sessions, connections });
  return wantsJson(c)
    ? c.json({ provider, sub, sessions, connections })
    : c.redirect(href(c, '/admin/sessions'), 303);
}

/** The issuer of the one user that has this subject at the provider. Throws `invalid_request` if there are several. */
async function onlyIssuer(directory: SessionDirectory, provider = '', sub = ''): Promise<string | undefined> {
  const [issuer, ...others] = await directory.issuersOf(provider, sub);
  if (others.length === 0) return issuer;
  throw new DrawbridgeError('invalid_request', {
    description: 'Several users have this subject at this provider, each with a different issuer.',
    hint: 'Name the issuer too: add `iss`, as the list of sessions shows it.',
  });
}

/** `POST /admin/reseal?cursor=`: re-encrypts a page of sessions with the first secret. */
export async function resealSessions(c: Context<AppEnv>): Promise<Response> {
  const { page, ...counts } = await requireDirectory(c).reseal(c.req.query('cursor') || undefined, PAGE);
  const facts = { sessions: page.sessions.length, ...counts };
  record(c, 'admin_resealed', facts);
  return c.json({ ...facts, ...(page.cursor !== undefined && { cursor: page.cursor }) });
}
