import type { MiddlewareHandler } from 'hono';
import { ownRoute } from '../../settings/routes.ts';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';
import { isNavigation } from '../upstreams/origin-rules.ts';

/** Marks a URL that was redirected to the canonical host once. */
export const CANONICAL_MARK = 'canonical';

/**
 * Redirects visits to our pages to the canonical host: cookies belong to one host, so a login that starts on another
 * one (`www.`, `127.0.0.1`, `workers.dev`) could not finish. Only once: behind a proxy that rewrites the host, the Worker
 * never sees the canonical one.
 */
export const canonicalHost: MiddlewareHandler<AppEnv> = (c, next) => {
  const origin = c.get('origin');
  if (c.get('settings').publicOrigin === undefined || c.req.url.startsWith(`${origin}/`)) return next();
  const url = new URL(c.req.url);
  const isElsewhere = url.host !== new URL(origin).host;
  if (!isElsewhere || url.searchParams.has(CANONICAL_MARK)) return next();
  const isVisit = c.req.method === 'GET' && isNavigation(c.req.raw) && !wantsJson(c);
  if (!isVisit || !ownRoute(c.req.path)?.canonical) return next();
  url.searchParams.set(CANONICAL_MARK, '1');
  return Promise.resolve(c.redirect(origin + url.pathname + url.search, 302));
};
