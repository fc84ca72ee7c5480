import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';
import { href } from '../href.tsx';
import { returnTarget } from '../return-target.ts';

/**
 * Sends a visitor without a session to the login page, and back to this page afterwards. Programs and forms get the
 * error of the route itself, and so does everybody while connections are not for users.
 */
export const signInFirst = createMiddleware<AppEnv>(async (c, next) => {
  const isVisit = c.req.method === 'GET' && !wantsJson(c);
  if (!isVisit || c.get('settings').connections?.for !== 'users') return next();
  if (await c.get('sessions').read()) return next();
  const { pathname, search } = new URL(c.req.url);
  const returnTo = returnTarget(c, pathname + search);
  const query = returnTo === undefined ? '' : `?${new URLSearchParams({ return_to: returnTo })}`;
  return c.redirect(href(c, `/${query}`), 303);
});
