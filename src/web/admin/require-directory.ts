import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import type { SessionDirectory } from '../../sessions/directory.ts';
import type { AppEnv } from '../app-env.ts';

/** The sessions of everyone. Throws `not_found` where they live in cookies. */
export function requireDirectory(c: Context<AppEnv>): SessionDirectory {
  const { reach } = c.get('sessions');
  if (reach) return reach;
  throw new DrawbridgeError('not_found', {
    title: 'Nothing is stored here',
    description: 'Sessions are stored in users’ cookies, so there is nothing to list.',
    hint: 'Bind `TOKENS` (KV) and `SESSION_KEEPER` (Durable Object) to keep sessions on the server.',
  });
}
