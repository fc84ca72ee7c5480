import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../app-env.ts';
import { loadConfig } from '../config.ts';
import { DrawbridgeError } from '../errors.ts';
import { isLoopback } from '../providers/allowed-url.ts';
import { CookieStore } from '../session/cookie-store.ts';
import { cookieJar } from '../session/cookies.ts';
import { KeeperStore } from '../session/keeper-store.ts';

/** Reads the settings and gives every route its config, origin, cookies and session store. */
export const setup = createMiddleware<AppEnv>(async (c, next) => {
  c.set('startedAt', Date.now());
  const config = loadConfig(c.env);
  const origin = config.publicOrigin ?? safeOrigin(c.req.url);
  const jar = cookieJar(c, origin);
  c.set('config', config);
  c.set('origin', origin);
  c.set('jar', jar);
  c.set(
    'sessions',
    config.server ? new KeeperStore(config, config.server, jar) : new CookieStore(config, jar),
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
