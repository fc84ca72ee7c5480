import type { Context } from 'hono';

/** As `cookieJar` writes them. Other names that sound like ours are the app's own. */
const OWN = /^(?:__Host-Http-|drawbridge-)(?:session|login|logout|admin)[-.=]/;

/** True for a `Set-Cookie` line of one of our own cookies. */
function isOwn(line: string): boolean {
  return OWN.test(line);
}

/** The answer of an upstream without our cookies, which `keep` gets: they are the browser's, the app has no use for them. */
export function takeOwnCookies(response: Response, keep: (lines: readonly string[]) => void): Response {
  const lines = response.headers.getSetCookie();
  const own = lines.filter(isOwn);
  if (own.length === 0) return response;
  keep(own);
  const rest = new Response(response.body, response);
  rest.headers.delete('set-cookie');
  for (const line of lines) if (!isOwn(line)) rest.headers.append('set-cookie', line);
  return rest;
}

/**
 * Adds our cookies to the answer, also to one that a handler made as a raw `Response`. An answer that sets our cookies
 * itself comes from Drawbridge's own routes and knows better: it may have just signed the user out. No shared cache may
 * keep an answer with them.
 */
export function appendCookies(c: Context, cookies: readonly string[]): void {
  // protects: cookies of our own routes
  if (cookies.length === 0 || c.res.headers.getSetCookie().some(isOwn)) return;
  for (const cookie of cookies) c.header('set-cookie', cookie, { append: true });
  const kept = c.res.headers.get('cache-control') ?? '';
  if (!/\b(?:no-store|private)\b/i.test(kept)) c.header('cache-control', 'private, no-cache');
}
