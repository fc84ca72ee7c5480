/** Facts about one of Drawbridge's routes and everything below it. */
export interface RouteFacts {
  readonly path: string;
  /** For programs only: its errors are always JSON, whatever the request accepts. */
  readonly json?: true;
  /** Responses contain nothing about a user and may be cached. */
  readonly cacheable?: true;
  /** Requests are limited per client address. */
  readonly limited?: true;
  /** Starts, finishes or ends a login, so it can't be a return target. */
  readonly noReturn?: true;
  /** A page that redirects to the canonical host: a login has to start where it ends. */
  readonly canonical?: true;
  /** Out of reach of an app's script: only on `CONTROL_ORIGIN`, or also for a request with the operator's token. */
  readonly control?: 'always' | 'or token';
  /** Reserved: nothing is there yet. */
  readonly reserved?: true;
}

/**
 * Our own routes below `BASE_PATH`, with the facts that middleware, settings and the check of return targets use.
 * `app.ts` has the handlers. A test compares the two.
 */
export const ROUTES: readonly RouteFacts[] = [
  { path: '/', canonical: true },
  { path: '/assets', cacheable: true },
  { path: '/healthz', json: true, cacheable: true },
  { path: '/login', limited: true, noReturn: true, canonical: true },
  { path: '/callback', limited: true, noReturn: true },
  { path: '/session', canonical: true },
  { path: '/sessions', canonical: true },
  { path: '/token', json: true },
  { path: '/logout', noReturn: true, canonical: true },
  { path: '/backchannel-logout', json: true, noReturn: true },
  { path: '/frontchannel-logout', limited: true, noReturn: true },
  { path: '/jwks', json: true, cacheable: true },
  { path: '/employees', json: true },
  { path: '/connections', canonical: true, control: 'always' },
  { path: '/device', canonical: true, control: 'always' },
  { path: '/device_authorization', json: true, limited: true },
  { path: '/revoke', json: true },
  { path: '/relay', json: true },
  { path: '/admin', canonical: true, control: 'or token' },
  ...['/client-metadata.json', '/mcp'].map((path) => ({ path, reserved: true }) as const),
];

const BY_FIRST_SEGMENT: ReadonlyMap<string, RouteFacts> = new Map(
  ROUTES.map((route) => [firstSegment(route.path), route]),
);

/** Our route that a path below `BASE_PATH` is equal to or below. Undefined if it is not ours. */
export function ownRoute(path: string): RouteFacts | undefined {
  const route = BY_FIRST_SEGMENT.get(firstSegment(path));
  return route?.path === '/' && path !== '/' ? undefined : route;
}

/** `/a/b` -> `a` */
function firstSegment(path: string): string {
  const end = path.indexOf('/', 1);
  return end === -1 ? path.slice(1) : path.slice(1, end);
}

/** The prefix that `pathBelow` puts before a path outside: no URL can have such a path, so none of our routes matches. */
const OUTSIDE = '/..';

/** A path on the public origin in the form of our routes: without `basePath`, which is empty or like `/auth`. */
export function pathBelow(basePath: string, path: string): string {
  if (basePath === '') return path;
  if (path === basePath) return '/';
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : OUTSIDE + path;
}

/** True if a path in the form of our routes is ours. With a `basePath`, everything below it is, existing or not. */
export function isOurs(path: string, basePath: string): boolean {
  return basePath === '' ? ownRoute(path) !== undefined : !path.startsWith(`${OUTSIDE}/`);
}

/** Our route, with `basePath`, that a path on the public origin is equal to or below. Undefined if there is none. */
export function ownRouteAt(path: string, basePath: string): string | undefined {
  const below = pathBelow(basePath, path);
  if (!isOurs(below, basePath)) return undefined;
  return basePath || ownRoute(below)?.path;
}
