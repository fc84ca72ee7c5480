import type { Context } from 'hono';
import { publicKeys } from '../../oauth/client-keys.ts';
import type { AppEnv } from '../app-env.ts';

/** `GET /jwks`: the public halves of the private keys, for providers to check our signatures with. */
export async function jwks(c: Context<AppEnv>): Promise<Response> {
  const keys = await publicKeys(c.get('settings').providers.values());
  return c.json({ keys }, 200, { 'cache-control': 'public, max-age=300' });
}
