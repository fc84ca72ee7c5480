import type { Context } from 'hono';
import type { AppEnv } from '../app-env.ts';

const COOKIE = 'new-key';
/** Long enough to be redirected to the page that shows it. */
const SECONDS = 120;

/** Takes a new key, sealed, to the page that shows it once. It is stored nowhere else. */
export async function keepNewKey(c: Context<AppEnv>, connection: string, text: string): Promise<void> {
  const sealed = await c.get('settings').sealer.seal('new-key', text, connection);
  c.get('jar').set(COOKIE, sealed, SECONDS);
}

/** The new key of this connection, if the browser has its cookie: it is shown now, and not again. */
export async function takeNewKey(c: Context<AppEnv>, connection: string): Promise<string | undefined> {
  const sealed = c.get('jar').get(COOKIE);
  if (sealed === undefined) return undefined;
  c.get('jar').clear(COOKIE);
  const text = await c.get('settings').sealer.open('new-key', sealed, connection);
  return typeof text === 'string' ? text : undefined;
}
