import type { Context, MiddlewareHandler } from 'hono';
import type { Env } from '../../settings/env.ts';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';

interface Answer {
  readonly url: string;
  readonly body: string;
  readonly headers: Headers;
}

/** The last page that is the same for everybody without a cookie, per Worker: one answer. */
type Remembered = WeakMap<Env, Answer>;

/**
 * Answers a visitor without a cookie with the page that another one got at the same URL, headers included, without any
 * setup. A route opts in by setting `pageForAll`.
 */
export function pageForAll(): MiddlewareHandler<AppEnv> {
  // Of this app alone: the same Worker may have another one that shows fewer providers.
  const remembered: Remembered = new WeakMap();
  return (c, next) => {
    if (!isAnonymous(c)) return next();
    const known = remembered.get(c.env);
    if (known?.url === c.req.url)
      return Promise.resolve(new Response(known.body, { headers: known.headers }));
    return answerAndRemember(c, next, remembered);
  };
}

async function answerAndRemember(
  c: Context<AppEnv>,
  next: () => Promise<void>,
  remembered: Remembered,
): Promise<void> {
  await next();
  const body = c.get('pageForAll');
  const { headers, status } = c.res;
  if (body === undefined || status !== 200 || headers.has('set-cookie') || c.req.url.includes('?')) return;
  remembered.set(c.env, { url: c.req.url, body, headers: new Headers(headers) });
}

/** True for a visit that says nothing of who it is: no cookie, no token, and a page is wanted. */
function isAnonymous(c: Context<AppEnv>): boolean {
  return c.req.header('cookie') === undefined && !wantsJson(c);
}
