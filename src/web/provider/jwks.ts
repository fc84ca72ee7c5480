import type { Context } from 'hono';
import { publicKeys } from '../../oauth/client-keys.ts';
import type { AppEnv } from '../app-env.ts';

/** `GET /jwks`: the public halves of the private keys, for providers and upstreams to check our signatures with. */
export async function jwks(c: Context<AppEnv>): Promise<Response> {
  const { providers, assertionKeys } = c.get('settings');
  const clientKeys = [...providers.values()].map((provider) => provider.private_keys);
  const keys = await publicKeys([...clientKeys, assertionKeys]);
  return c.json({ keys }, 200, { 'cache-control': 'public, max-age=300' });
}
