import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import type { ConnectionSettings } from '../../settings/connection-settings.ts';
import type { AppEnv } from '../app-env.ts';

/** What connections need. Throws `not_found` while they are disabled. */
export function requireConnections(c: Context<AppEnv>): ConnectionSettings {
  const { connections } = c.get('settings');
  if (connections) return connections;
  throw new DrawbridgeError('not_found', {
    description: 'Connections for programs are not enabled here.',
    hint: 'The operator can enable them with `CONNECTIONS`.',
  });
}
