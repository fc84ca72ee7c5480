import type { Upstream } from '../settings/upstream.ts';
import { headerKey } from '../settings/upstream-settings.ts';
import { forwardedSetCookie } from './cookies.ts';
import { HeaderVerdicts } from './header-verdicts.ts';
import { type Places, publicPathOf, returnedLinks } from './location.ts';
import { connectionHeaders } from './request-headers.ts';

/** Headers of the connection, of authentication that is not the browser's business, and of caches on the way. */
const DROPPED = new Set([
  'alt-svc',
  'cdn-cache-control',
  'cloudflare-cdn-cache-control',
  'connection',
  'dpop-nonce',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'proxy-status',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'surrogate-control',
  'surrogate-key',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
]);
const DROPPED_PREFIX = /^(?:cf-|drawbridge-|sec-websocket-(?!protocol$)|.*-cdn-cache-control$)/;

/** What would act on our origin, or change what the browser does with it: no API of somebody else may. */
const DROPPED_FROM_API = new Set([
  'accept-ch',
  'accept-ch-lifetime',
  'activate-storage-access',
  'clear-site-data',
  'connection-allowlist',
  'content-security-policy',
  'content-security-policy-report-only',
  'critical-ch',
  'cross-origin-embedder-policy',
  'cross-origin-embedder-policy-report-only',
  'cross-origin-opener-policy',
  'cross-origin-opener-policy-report-only',
  'cross-origin-resource-policy',
  'delegate-ch',
  'document-isolation-policy',
  'document-isolation-policy-report-only',
  'document-policy',
  'expect-ct',
  'feature-policy',
  'integrity-policy',
  'integrity-policy-report-only',
  'nel',
  'no-vary-search',
  'observe-browsing-topics',
  'origin-agent-cluster',
  'origin-trial',
  'permissions-policy',
  'public-key-pins',
  'public-key-pins-report-only',
  'refresh',
  'report-to',
  'reporting-endpoints',
  'service-worker-allowed',
  'set-login',
  'sourcemap',
  'speculation-rules',
  'supports-loading-mode',
  'timing-allow-origin',
  'use-as-dictionary',
  'x-dns-prefetch-control',
  'x-frame-options',
  'x-reproxy-url',
  'x-sendfile',
  'x-sourcemap',
]);
/** Among them sessions that the browser binds to a key, and files that a proxy in front would send instead. */
const DROPPED_PREFIX_FROM_API =
  /^(?:access-control-|attribution-reporting-|(?:sec|secure)-session-|x-accel-|x-permitted-)/;

/** Whatever an API answers, a browser that shows it as a page gives it no power over our origin. */
const API_DEFENCES: readonly (readonly [string, string])[] = [
  [
    'content-security-policy',
    "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ['cross-origin-resource-policy', 'same-origin'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
];

const isDropped = (key: string) => DROPPED.has(key) || DROPPED_PREFIX.test(key);
const isDroppedFromApi = (key: string) => DROPPED_FROM_API.has(key) || DROPPED_PREFIX_FROM_API.test(key);
/** True for what no client of an upstream of that kind gets. */
const VERDICTS = {
  // protects: headers of an API
  api: new HeaderVerdicts((key) => isDropped(key) || isDroppedFromApi(key)),
  app: new HeaderVerdicts(isDropped),
};

/** The headers of an upstream's response as the client gets them; `Location` is not looked at here. */
export function returnedHeaders(upstream: Upstream, received: Headers, places: Places): Headers {
  const isApi = upstream.kind === 'api';
  const named = connectionHeaders(received);
  const verdicts = VERDICTS[upstream.kind];
  const headers = new Headers();
  for (const [name, value] of received) {
    if (verdicts.of(name) || (named.size > 0 && named.has(headerKey(name)))) continue;
    headers.append(name, name === 'link' ? returnedLinks(value, places) : value);
  }
  if (!isApi) {
    const publicPath = publicPathOf(places);
    for (const line of received.getSetCookie()) {
      const kept = forwardedSetCookie(upstream, line, publicPath);
      if (kept !== undefined) headers.append('set-cookie', kept);
    }
  }
  // protects: sandbox of an API
  if (isApi) for (const [name, value] of API_DEFENCES) headers.set(name, value);
  const caching = privateCaching(received.get('cache-control'));
  // protects: shared caches
  headers.set('cache-control', caching);
  // A response that the browser keeps is for this session, not for the next person who signs in.
  if (caching !== 'no-store') headers.append('vary', 'Cookie');
  return headers;
}

/**
 * `Cache-Control` for what belongs to one user: the browser may keep it as the upstream says, a shared cache never
 * (RFC 9111 §5.2.2). Without a word from the upstream nobody keeps it.
 */
export function privateCaching(received: string | null): string {
  const directives = [...(received ?? '').matchAll(/(?:[^,"]|"[^"]*")+/g)].map(([directive]) =>
    directive.trim(),
  );
  const kept = directives.filter((directive) => directive !== '' && !SHARED.test(directive));
  if (directives.length === 0) return 'no-store';
  if (kept.some((directive) => /^no-store$/i.test(directive))) return 'no-store';
  return ['private', ...kept].join(', ');
}

const SHARED = /^(?:public|private|s-maxage|proxy-revalidate)(?:$|[\s=])/i;
