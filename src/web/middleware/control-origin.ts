import { createMiddleware } from 'hono/factory';
import { DrawbridgeError } from '../../errors.ts';
import { ownRoute } from '../../settings/routes.ts';
import type { AppEnv } from '../app-env.ts';

/**
 * Keeps pages out of reach of an app's script, which shares Drawbridge's origin: they only exist on `CONTROL_ORIGIN`, if
 * at all. The admin API exists everywhere for requests with the admin token, which no browser adds by itself. Throws
 * `not_found`.
 */
export const requireControlOrigin = createMiddleware<AppEnv>((c, next) => {
  const { isSharedWithApp, controlOrigin } = c.get('settings');
  if (!isSharedWithApp || c.get('origin') === controlOrigin) return next();
  const control = ownRoute(c.req.path)?.control;
  const hasToken = control === 'or token' && c.req.header('authorization') !== undefined;
  const isTokenPage = c.req.path === '/token' && c.req.method !== 'POST';
  // protects: control origin
  if ((control && !hasToken) || isTokenPage) {
    throw new DrawbridgeError('not_found', { detail: 'this page is on CONTROL_ORIGIN alone' });
  }
  return next();
});
