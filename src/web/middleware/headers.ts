import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv } from '../app-env.ts';

/** Paths whose answers hold nothing of a user and may be cached. */
const CACHEABLE = /^\/(?:healthz$|jwks$|assets\/)/;

const contentSecurityPolicy = (formTargets: string, frameAncestors = "'none'") =>
  "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  `form-action 'self'${formTargets}; base-uri 'none'; frame-ancestors ${frameAncestors}; ` +
  "require-trusted-types-for 'script'; trusted-types 'none'";

/** The same on every answer, so written down rather than put together for each. */
const HEADERS: readonly (readonly [string, string])[] = [
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
const POLICY = contentSecurityPolicy('');

/**
 * Headers on every answer, errors too: no script or style but our own files, no frames, no sniffing; no storing
 * but of what is public; HSTS where there is TLS. Set when the route is done, which names the form targets of
 * its page.
 */
export const answerHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const { headers } = c.res;
  for (const [name, value] of HEADERS) headers.set(name, value);
  // protects: CSP
  headers.set('content-security-policy', policyOf(c));
  // It knows no origin but our own; the policy says more.
  if (c.get('frameAncestors')) headers.delete('x-frame-options');
  // protects: no-store
  if (!CACHEABLE.test(c.req.path) || !c.res.ok) headers.set('cache-control', 'no-store');
  const origin = c.get('origin') ?? c.req.url;
  if (origin.startsWith('https:')) {
    headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains');
  }
};

/** The policy for an answer: where its forms may lead, who may frame it. */
function policyOf(c: Context<AppEnv>): string {
  const ancestors = c.get('frameAncestors');
  if (ancestors) return contentSecurityPolicy('', ancestors.join(' '));
  const targets = c.get('formTargets');
  return targets ? contentSecurityPolicy(targets.map((target) => ` ${target}`).join('')) : POLICY;
}

/**
 * The CSP source that lets a form's redirect reach a provider. Over https it is the whole scheme: browsers hold
 * every redirect that follows against it, and providers send on to hosts of their own choice.
 */
export function formTarget(endpoint: string): string {
  const { protocol, origin } = new URL(endpoint);
  return protocol === 'https:' ? protocol : origin;
}
