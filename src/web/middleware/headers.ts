import type { Context, MiddlewareHandler } from 'hono';
import { ownRoute } from '../../settings/routes.ts';
import type { AppEnv } from '../app-env.ts';
import { setServerTiming } from './server-timing.ts';

const contentSecurityPolicy = (formTargets: string, frameAncestors = "'none'") =>
  "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  `form-action 'self'${formTargets}; base-uri 'none'; frame-ancestors ${frameAncestors}; ` +
  "require-trusted-types-for 'script'; trusted-types 'none'";

type HeaderSet = readonly (readonly [name: string, value: string])[];

/** Redirects and JSON: nothing that a browser would run, frame or show as a page. */
export const DATA_HEADERS: HeaderSet = [
  // protects: CSP
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
];
/** Pages, styles, scripts and images: what may load them, share their window or use the device as well. */
const PAGE_HEADERS: HeaderSet = [
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['origin-agent-cluster', '?1'],
  ['permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
  ['x-dns-prefetch-control', 'off'],
  ['x-frame-options', 'DENY'],
  ['x-permitted-cross-domain-policies', 'none'],
];
/** HSTS. */
export const TLS_HEADER = ['strict-transport-security', 'max-age=31536000; includeSubDomains'] as const;
export const NO_STORE = ['cache-control', 'no-store'] as const;
/** Segments of letters, digits, `_`, `.` and `-`: no escapes, no parameters, none that is empty. */
const PLAIN_PATH = /^(?:\/[\w.-]+)+$/;
const PAGE_POLICY = contentSecurityPolicy('');

/**
 * Headers on every answer, errors too, by what the answer is: a page has all of them, JSON and redirects those that
 * mean something there. No script or style but our own files, no frames, no sniffing; no storing except of what is
 * public; HSTS where there is TLS. Set when the route is done, which names the form targets of its page.
 */
export const answerHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const { res } = c;
  const { headers, status } = res;
  // With faults in the settings there are none.
  if (c.get('settings')?.inspect) setServerTiming(c, headers);
  if (c.get('complete') === res) return;
  setCookies(c, headers);
  if (!c.get('forwarded')) {
    if (isData(status, headers)) setAll(headers, DATA_HEADERS);
    else setPageHeaders(c, headers);
    // protects: no-store
    if (status !== 200 || !mayBeCached(c)) headers.set(...NO_STORE);
  }
  if ((c.get('origin') ?? c.req.url).startsWith('https:')) headers.set(...TLS_HEADER);
};

/** Adds the cookies that were set meanwhile. With faults in the settings there is no jar. */
export function setCookies(c: Context<AppEnv>, headers: Headers): void {
  for (const line of c.get('jar')?.take() ?? []) headers.append('set-cookie', line);
}

/**
 * True for a public route, asked for by the one spelling of its path: the router takes a slash at the end and
 * escaped letters too, but a cache between may read those in another way, or keep them under names without end.
 */
function mayBeCached({ req }: Context<AppEnv>): boolean {
  return ownRoute(req.path)?.cacheable === true && PLAIN_PATH.test(new URL(req.url).pathname);
}

/** True for a response that is JSON, or whose status means that there is nothing to show: 204, a redirect. */
function isData(status: number, headers: Headers): boolean {
  if (status === 204 || (status >= 300 && status < 400)) return true;
  return headers.get('content-type') === 'application/json';
}

function setAll(headers: Headers, all: HeaderSet): void {
  for (const [name, value] of all) headers.set(name, value);
}

function setPageHeaders(c: Context<AppEnv>, headers: Headers): void {
  setAll(headers, PAGE_HEADERS);
  headers.set('content-security-policy', policyOf(c));
  // X-Frame-Options can't name another origin; the CSP does.
  if (c.get('frameAncestors')) headers.delete('x-frame-options');
}

/** The policy for an answer: where its forms may lead, who may frame it. */
function policyOf(c: Context<AppEnv>): string {
  const ancestors = c.get('frameAncestors');
  if (ancestors) return contentSecurityPolicy('', ancestors.join(' '));
  const targets = c.get('formTargets');
  return targets ? contentSecurityPolicy(targets.map((target) => ` ${target}`).join('')) : PAGE_POLICY;
}

/**
 * The CSP source that lets a form's redirect reach a provider. Over https it is the whole scheme: browsers hold
 * every redirect that follows against it, and providers send on to hosts of their own choice.
 */
export function formTarget(endpoint: string): string {
  const { protocol, origin } = new URL(endpoint);
  return protocol === 'https:' ? protocol : origin;
}
