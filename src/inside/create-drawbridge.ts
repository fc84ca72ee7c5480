import { baseRoutePath } from 'hono/route';
import { Hono } from 'hono/tiny';
import { createApp } from '../app.ts';
import { DrawbridgeError } from '../errors.ts';
import { loadSettings } from '../settings/load-settings.ts';
import type { AppEnv } from '../web/app-env.ts';
import { answerFailure } from './answers.ts';
import { envAt } from './base-path.ts';
import { settingsFor } from './policy.ts';
import { failureOf } from './results.ts';

const NO_PLAIN_PATH = {
  description: 'Drawbridge is mounted at a path with a parameter or a wildcard.',
  hint: 'Mount it at a plain path, such as `/auth`.',
  detail: 'mounted at a path with a parameter',
};

/**
 * Returns Drawbridge as a Hono app that you mount in yours: sign-in, callback, sign-out and its other routes, below the
 * path where you mount it. Mounted at `/auth`, its redirect URI is `https://<your host>/auth/callback`. It reads settings
 * and secrets from your Worker's environment. If they are wrong, or the path has a parameter, every request gets a 503
 * `config_invalid`.
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
      return answerFailure(c, failureOf(new DrawbridgeError('config_invalid', NO_PLAIN_PATH)));
    }
    const app = apps.get(place) ?? createApp((env) => settingsFor(loadSettings(envAt(env, place)), {}));
    apps.set(place, app);
    return app.fetch(c.req.raw, Object(c.env));
  });
  return mounted;
}
