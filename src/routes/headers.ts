import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { AppEnv } from '../app-env.ts';

/** Paths whose answers hold nothing of a user and may be cached. */
const CACHEABLE = /^\/(?:healthz$|jwks$|assets\/)/;

/** Where forms of the answer's page may lead. */
const formAction = (c: { get(key: 'formTargets'): readonly string[] | undefined }) =>
  ["'self'", ...(c.get('formTargets') ?? [])].join(' ');

const headers: MiddlewareHandler<AppEnv> = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: [formAction],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
    trustedTypes: ["'none'"],
  },
  xFrameOptions: 'DENY',
  referrerPolicy: 'no-referrer',
  crossOriginOpenerPolicy: 'same-origin',
  crossOriginResourcePolicy: 'same-origin',
  xXssProtection: false,
  strictTransportSecurity: false,
  permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [], usb: [] },
});

/**
 * Security headers on every answer, errors too: no script or style but our own files, no frames, no sniffing.
 * Set when the route is done, which names the form targets of its page.
 */
export const securityHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  await headers(c, async () => {});
};

/**
 * The CSP source that lets a form's redirect reach a provider. Over https it is the whole scheme: browsers hold
 * every redirect that follows against it, and providers send on to hosts of their own choice.
 */
export function formTarget(endpoint: string): string {
  const { protocol, origin } = new URL(endpoint);
  return protocol === 'https:' ? protocol : origin;
}

/** What may not be stored anywhere, and HSTS where there is TLS. */
export const cacheAndTransport: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (!CACHEABLE.test(c.req.path) || !c.res.ok) c.res.headers.set('cache-control', 'no-store');
  const origin = c.get('origin') ?? c.req.url;
  if (origin.startsWith('https:')) {
    c.res.headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains');
  }
};
