import type { Upstream } from '../settings/upstream.ts';
import { headerKey } from '../settings/upstream-settings.ts';
import { forwardedCookies } from './cookies.ts';
import { HeaderVerdicts } from './header-verdicts.ts';

/**
 * What a client says of itself, its connection or the proxies before it never reaches an upstream: credentials,
 * hop-by-hop headers (RFC 9110 §7.6.1), whatever names another client, host, path or method than the request's own.
 */
const DROPPED = new Set([
  'authorization',
  'client-ip',
  'connection',
  'content-length',
  'cookie',
  'cookie2',
  'dpop',
  'expect',
  'fastly-client-ip',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'service-worker',
  'te',
  'trailer',
  'trailers',
  'transfer-encoding',
  'true-client-ip',
  'upgrade',
  'via',
  'wl-proxy-client-ip',
  'x-appengine-user-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-forwarded',
  'x-host',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-for',
  'x-original-forwarded-for',
  'x-original-host',
  'x-original-method',
  'x-original-proto',
  'x-original-uri',
  'x-original-url',
  'x-originating-ip',
  'x-proxyuser-ip',
  'x-real-ip',
  'x-rewrite-url',
]);
const DROPPED_PREFIX = /^(?:cf-|drawbridge-|x-forwarded-|x-envoy-|proxy-|sec-websocket-)/;
/** Names under which other proxies of this kind tell who the user is: an app may still listen to them. */
const OTHERS_IDENTITY =
  /^(?:(?:x-)?remote-(?:addr|email|groups?|ip|name|user)|x-auth-request-.*|x-authentik-.*|x-authenticated-.*|x-pomerium-.*|x-vouch-.*|x-webauth-.*|x-amzn-oidc-.*|x-goog-(?:authenticated-user|iap)-.*|x-ms-client-principal(?:-.*)?|(?:x-)?ssl-client-.*)$/;
/** Nothing that an API of somebody else needs to know of our pages. */
const DROPPED_FOR_API = /^(?:origin|referer|sec-.*|upgrade-insecure-requests)$/;

const isDropped = (key: string) => DROPPED.has(key) || DROPPED_PREFIX.test(key) || OTHERS_IDENTITY.test(key);
/** True for what no upstream of that kind gets. */
const VERDICTS = {
  api: new HeaderVerdicts((key) => isDropped(key) || DROPPED_FOR_API.test(key)),
  app: new HeaderVerdicts(isDropped),
};

/** The client's headers as an upstream gets them, before ours are added. */
export function forwardedHeaders(upstream: Upstream, received: Headers, isBrowser: boolean): Headers {
  const named = connectionHeaders(received);
  const verdicts = VERDICTS[upstream.kind];
  const headers = new Headers();
  for (const [name, value] of received) {
    // protects: headers of a client
    if (verdicts.of(name)) continue;
    if (named.size > 0 && named.has(headerKey(name))) continue;
    // protects: identity headers
    if (upstream.headers.some((template) => template.key === headerKey(name))) continue;
    headers.append(name, value);
  }
  const cookies = isBrowser ? forwardedCookies(upstream, received.get('cookie')) : undefined;
  if (cookies !== undefined) headers.set('cookie', cookies);
  return headers;
}

/** The headers that `Connection` names, which belong to the connection. */
export function connectionHeaders(headers: Headers): ReadonlySet<string> {
  const connection = headers.get('connection');
  if (connection === null) return NONE;
  return new Set(connection.split(',').map((name) => headerKey(name.trim())));
}

const NONE: ReadonlySet<string> = new Set();
