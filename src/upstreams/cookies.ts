import type { Upstream } from '../settings/upstream.ts';

/** Wider than RFC 6265 §4.1.1: PHP makes lists of `cart[0]`, and browsers send what they were given. */
const NAME = /^(?:(?![",;=\\])[!-~])+$/;
/** What browsers and this project put in front of a cookie's name; browsers compare it without case. */
const PREFIX = /^(?:__(?:host-http|host|http|secure)-|drawbridge-)/i;
/** The names of Drawbridge's cookies, and of their chunks, without prefixes. */
const OWN = /^(?:session|admin|logout|login)(?:[-.]|$)/i;

/** True for a cookie that this project sets or could be taken to have set, whatever its prefixes. */
function isOwnCookie(name: string): boolean {
  let bare = name;
  while (PREFIX.test(bare)) bare = bare.replace(PREFIX, '');
  return OWN.test(bare);
}

/** True for a name that one of our own cookies really has, over https or http. */
function isReserved(name: string): boolean {
  return PREFIX.test(name) && isOwnCookie(name);
}

function passes({ kind, cookies }: Upstream, name: string): boolean {
  // protects: own cookies beside an app
  if (!NAME.test(name) || isReserved(name)) return false;
  if (cookies) return cookies.includes(name);
  return kind === 'app' && !isOwnCookie(name);
}

/** The `Cookie` header that an upstream gets of the browser's; undefined if nothing is left. */
export function forwardedCookies(upstream: Upstream, header: string | null): string | undefined {
  if (header === null || (upstream.kind === 'api' && !upstream.cookies)) return undefined;
  const kept = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.includes('=') && passes(upstream, pair.slice(0, pair.indexOf('=')).trim()));
  return kept.length === 0 ? undefined : kept.join('; ');
}

/**
 * A `Set-Cookie` line of an `app` as it is passed on: never one of our own names, without `Domain`, its `Path` mapped
 * by `publicPath`. Undefined if it is not passed on. A cookie without a name is dropped: browsers send `=session=x` as
 * `session=x`.
 */
export function forwardedSetCookie(
  upstream: Upstream,
  line: string,
  publicPath: (path: string) => string,
): string | undefined {
  const [pair = '', ...attributes] = line.split(';');
  const at = pair.indexOf('=');
  const name = pair.slice(0, Math.max(at, 0)).trim();
  if (upstream.kind === 'api' || at < 1 || !passes(upstream, name)) return undefined;
  const kept = attributes.flatMap((attribute) => {
    const [key = '', value = ''] = attribute.split(/=(.*)/s, 2).map((part) => part.trim());
    if (/^domain$/i.test(key)) return [];
    // A `__Host-` cookie has the path `/`, or browsers refuse it (RFC 6265bis §4.1.3.2).
    const isMapped = /^path$/i.test(key) && !/^__host-/i.test(name);
    return [isMapped ? `Path=${publicPath(value)}` : attribute.trim()];
  });
  return [`${name}=${pair.slice(at + 1).trim()}`, ...kept].join('; ');
}
