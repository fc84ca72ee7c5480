import type { Context, MiddlewareHandler } from 'hono';
import type { Env } from '../../settings/env.ts';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';

/** How many `Accept` headers are known to ask for the page: each browser has its own. */
export const KNOWN_ACCEPTS = 100;

interface Answer {
  readonly url: string;
  readonly body: string;
  readonly headers: Headers;
  /** The `Accept` headers that were answered with the page. */
  readonly accepts: Set<string | null>;
}

/**
 * Answers a visitor without a cookie with the page that another one got at the same URL, headers included, before any
 * route is looked for. A route opts in by setting `pageForAll`. Of one app alone: the same Worker may have another one
 * that shows fewer providers.
 */
export class PageForAll {
  /** The last such page, per Worker. */
  readonly #remembered = new WeakMap<object, Answer>();

  /** The answer to a visit that says nothing of who it is. Undefined if there is none yet, or for any other request. */
  answer(request: Request, env: Env): Response | undefined {
    const known = this.#remembered.get(env);
    if (known === undefined || known.url !== request.url || request.method !== 'GET') return undefined;
    const { headers } = request;
    if (isKnown(headers)) return undefined;
    if (!known.accepts.has(headers.get('accept'))) return undefined;
    return new Response(known.body, { headers: known.headers });
  }

  /** Remembers the page that the routes answer. */
  readonly remember: MiddlewareHandler<AppEnv> = (c, next) =>
    isKnown(c.req.raw.headers) || wantsJson(c) ? next() : this.#rememberAnswer(c, next);

  async #rememberAnswer(c: Context<AppEnv>, next: () => Promise<void>): Promise<void> {
    await next();
    const body = c.get('pageForAll');
    const { headers, status } = c.res;
    const { url } = c.req;
    if (body === undefined || status !== 200 || headers.has('set-cookie') || url.includes('?')) return;
    const known = this.#remembered.get(c.env);
    const accepts = known?.url === url && known.body === body ? known.accepts : new Set<string | null>();
    if (accepts.size < KNOWN_ACCEPTS) accepts.add(c.req.raw.headers.get('accept'));
    this.#remembered.set(c.env, { url, body, headers: new Headers(headers), accepts });
  }
}

/** True for a visit that says who it is: by a cookie or a token. */
function isKnown(headers: Headers): boolean {
  return headers.has('cookie') || headers.has('authorization');
}
