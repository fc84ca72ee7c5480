import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import type { SessionDirectory } from '../../sessions/directory.ts';
import type { ServerBindings } from '../../settings/settings.ts';
import type { AppEnv } from '../app-env.ts';

/** Where sessions are on the server. Throws `not_found` where they are not. */
export function requireServer(c: Context<AppEnv>): ServerBindings {
  const { server } = c.get('settings');
  if (server) return server;
  throw nothingStored();
}

/** The sessions of everyone. Throws `not_found` where they live in cookies. */
export function requireDirectory(c: Context<AppEnv>): SessionDirectory {
  const { reach } = c.get('sessions');
  if (!reach) throw nothingStored();
  return reach;
}

function nothingStored(): DrawbridgeError {
  return new DrawbridgeError('not_found', {
    title: 'Nothing is stored here',
    description: 'Sessions are stored in users’ cookies, so there is nothing to list.',
    hint: 'Bind `TOKENS` (KV) and `SESSION_KEEPER` (Durable Object) to keep sessions on the server.',
  });
}
