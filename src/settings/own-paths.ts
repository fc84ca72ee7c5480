/** The first segments of Drawbridge's own routes, below `BASE_PATH`. The home page is at the base itself. */
const OWN_SEGMENTS: readonly string[] = [
  'admin',
  'assets',
  'backchannel-logout',
  'callback',
  'client-metadata.json',
  'connections',
  'device',
  'device_authorization',
  'employees',
  'frontchannel-logout',
  'healthz',
  'jwks',
  'login',
  'logout',
  'mcp',
  'relay',
  'session',
  'sessions',
  'token',
];

/**
 * The own route that a path is equal to, or below; undefined if there is none. With a `BASE_PATH` everything at or
 * below it is Drawbridge's own. `basePath` is empty, or begins with a slash and does not end in one.
 */
export function ownRouteAt(path: string, basePath: string): string | undefined {
  if (basePath !== '') return path === basePath || path.startsWith(`${basePath}/`) ? basePath : undefined;
  if (path === '/') return '/';
  const [, first = ''] = path.split('/', 2);
  return OWN_SEGMENTS.includes(first) ? `/${first}` : undefined;
}
