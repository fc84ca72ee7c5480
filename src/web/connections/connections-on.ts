import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import type { ConnectionSettings } from '../../settings/connection-settings.ts';
import type { AppEnv } from '../app-env.ts';

/** What connections need. Throws `not_found` while they are off. */
export function requireConnections(c: Context<AppEnv>): ConnectionSettings {
  const { connections } = c.get('settings');
  if (connections) return connections;
  throw new DrawbridgeError('not_found', {
    description: 'Connections for programs are off here.',
    hint: 'The operator can turn them on with `CONNECTIONS`.',
  });
}
