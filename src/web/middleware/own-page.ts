import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import type { AppEnv } from '../app-env.ts';

/**
 * Lets a request pass only if its headers show that a page of this origin sent it (Fetch Metadata, or `Origin`).
 * A request that shows nothing is refused: every current browser shows it. Throws `forbidden`.
 */
export function requireOwnPage(c: Context<AppEnv>): void {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  const own = site === undefined ? origin === c.get('origin') : site === 'same-origin';
  // With our referrer policy a form on one of our pages sends `Origin: null` (Fetch §3.2).
  const contradicted = origin !== undefined && origin !== 'null' && origin !== c.get('origin');
  // protects: origin check, Origin against Sec-Fetch-Site
  if (!own || contradicted)
    throw new DrawbridgeError('forbidden', { detail: `site ${site}, origin ${origin}` });
}

/** Refuses what a browser says another site's page asks for, other than a visit. Throws `forbidden`. */
export function refuseEmbedding(c: Context<AppEnv>): void {
  const { headers } = c.req.raw;
  const site = headers.get('sec-fetch-site');
  if (site === null || site === 'same-origin' || site === 'none') return;
  const mode = headers.get('sec-fetch-mode');
  const destination = headers.get('sec-fetch-dest');
  // protects: embedding refused
  if (mode === 'navigate' && destination === 'document') return;
  throw new DrawbridgeError('forbidden', { detail: `${destination} of another site` });
}

/** True for a request that, as far as the browser says, a page of another site has caused. */
export function isFromAnotherSite(c: Context<AppEnv>): boolean {
  const { headers } = c.req.raw;
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  // Browsers without Fetch Metadata name the page at least, as far as its policy lets them; ours lets them name none.
  const from = headers.get('origin') ?? headers.get('referer');
  return from !== null && URL.parse(from)?.origin !== c.get('origin');
}

/** Refuses HEAD and speculative loads where an answer has effects. Throws `method_not_allowed`, `forbidden`. */
export function requireRealVisit(c: Context<AppEnv>): void {
  const { method, headers } = c.req.raw;
  // protects: HEAD guard
  if (method === 'HEAD') throw new DrawbridgeError('method_not_allowed', { allow: ['GET'] });
  // A browser may only load the page in case someone will want it: nothing may happen then.
  const purpose = headers.get('sec-purpose') ?? headers.get('purpose') ?? headers.get('x-moz');
  // protects: prefetch guard
  if (purpose !== null && /prefetch|prerender|preview/i.test(purpose)) {
    throw new DrawbridgeError('forbidden', {
      description: 'This page changes something, so it can’t be preloaded.',
      hint: 'Open the page itself.',
    });
  }
}
