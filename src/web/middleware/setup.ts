import { createMiddleware } from 'hono/factory';
import { DrawbridgeError } from '../../errors.ts';
import { isLoopback } from '../../providers/allowed-url.ts';
import { cookieJar } from '../../sessions/cookies/cookie-jar.ts';
import { CookieStore } from '../../sessions/cookies/cookie-store.ts';
import { KeeperStore } from '../../sessions/durable-object/keeper-store.ts';
import { loadSettings } from '../../settings/settings.ts';
import type { AppEnv } from '../app-env.ts';

/** Reads the settings and gives every route its settings, origin, cookies and session store. */
export const setup = createMiddleware<AppEnv>(async (c, next) => {
  c.set('startedAt', Date.now());
  const settings = loadSettings(c.env);
  const origin = settings.publicOrigin ?? safeOrigin(c.req.url);
  const jar = cookieJar(c, origin);
  c.set('settings', settings);
  c.set('origin', origin);
  c.set('jar', jar);
  c.set(
    'sessions',
    settings.server ? new KeeperStore(settings, settings.server, jar) : new CookieStore(settings, jar),
  );
  await next();
});

/** The origin that was asked for last: nearly always the only one, so that its URL is read once. */
let lastOrigin: string | undefined;

/** The origin asked for. Throws `forbidden` if it is neither https nor this machine's own. */
function safeOrigin(url: string): string {
  if (lastOrigin !== undefined && url.startsWith(`${lastOrigin}/`)) return lastOrigin;
  const { origin, protocol, hostname } = new URL(url);
  if (protocol === 'https:' || isLoopback(hostname)) {
    lastOrigin = origin;
    return origin;
  }
  throw new DrawbridgeError('forbidden', {
    description: 'This address is neither https nor this machine’s own, so no secret may pass here.',
    hint: 'Use https. If something in front ends TLS, set `PUBLIC_ORIGIN`.',
  });
}
