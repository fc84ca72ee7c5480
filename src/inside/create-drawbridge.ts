import { baseRoutePath } from 'hono/route';
import { Hono } from 'hono/tiny';
import { createApp } from '../app.ts';
import { DrawbridgeError } from '../errors.ts';
import { loadSettings } from '../settings/load-settings.ts';
import type { AppEnv } from '../web/app-env.ts';
import { envAt } from './base-path.ts';
import { settingsFor } from './policy.ts';

/**
 * Drawbridge as a part of your Hono app: sign-in, callback, sign-out and its other routes below the path where you
 * mount it. Its redirect URI is `https://<your host>/auth/callback` then. Settings and secrets are those of your Worker.
 *
 * @example
 * ```ts
 * const app = new Hono()
 * app.route('/auth', createDrawbridge())
 * ```
 */
export function createDrawbridge(): Hono {
  const apps = new Map<string, Hono<AppEnv>>();
  const mounted = new Hono();
  mounted.all('/*', (c) => {
    const place = baseRoutePath(c).replace(/\/$/, '');
    if (/[:*{]/.test(place)) {
      throw new DrawbridgeError('config_invalid', { detail: 'mounted at a path with a parameter' });
    }
    const app = apps.get(place) ?? createApp((env) => settingsFor(loadSettings(envAt(env, place)), {}));
    apps.set(place, app);
    return app.fetch(c.req.raw, Object(c.env));
  });
  return mounted;
}
