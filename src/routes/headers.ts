import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { AppEnv } from '../app-env.ts';

/** Paths whose answers hold nothing of a user and may be cached. */
const CACHEABLE = /^\/(?:healthz$|jwks$|assets\/)/;

/** The form targets that the route named, for the CSP: a form's redirect must be allowed too, not just its action. */
const formTargets = (c: { get(key: 'formTargets'): readonly string[] | undefined }) =>
  (c.get('formTargets') ?? []).join(' ');

/** Security headers on every answer, errors too: no script or style but our own files, no frames, no sniffing. */
export const securityHeaders: MiddlewareHandler<AppEnv> = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'", formTargets],
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

/** What may not be stored anywhere, and HSTS where there is TLS. */
export const cacheAndTransport: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (!CACHEABLE.test(c.req.path)) c.res.headers.set('cache-control', 'no-store');
  const origin = c.get('origin') ?? c.req.url;
  if (origin.startsWith('https:')) {
    c.res.headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains');
  }
};
