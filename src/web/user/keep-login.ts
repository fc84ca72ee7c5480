import type { Context } from 'hono';
import { sha256Hex } from '../../crypto/hash.ts';
import { logOwn } from '../../log.ts';
import { type Login, sessionWith } from '../../sessions/after-login.ts';
import type { Session } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';

/** How a new session relates to previous ones. */
interface Before {
  /** The session that the grant is added to. */
  readonly current: Session | undefined;
  /** The id of the one that the browser had when the login began. */
  readonly replacing?: string | undefined;
}

/** Stores the session that a login leads to, under a new id, and makes it the browser's. */
export async function keepLogin(c: Context<AppEnv>, login: Login, before: Before): Promise<void> {
  const session = sessionWith(before.current, login, c.get('settings'));
  await c.get('sessions').start(session, { continues: before.current?.id, replacing: before.replacing });
  logOwn('login_finished', {
    flow: login.grant.flow,
    provider: login.grant.provider,
    session: (await sha256Hex(session.id)).slice(0, 12),
    provider_requests: c.get('requests')?.count ?? 0,
    duration_ms: Date.now() - c.get('startedAt'),
  });
}
