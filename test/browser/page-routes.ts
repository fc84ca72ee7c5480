/** Every route that answers with a page, and the file of tests that looks at it. */
export const PAGE_ROUTES: Readonly<Record<string, string>> = {
  '/': 'look',
  '/login/:provider?': 'look',
  '/callback/:provider?': 'look',
  '/session': 'look',
  '/session/call': 'look',
  '/sessions': 'look',
  '/logout': 'look',
  '/frontchannel-logout/:provider': 'look',
  '/connections': 'connections',
  '/connections/new': 'connections',
  '/connections/:id': 'connections',
  '/device': 'connections',
  '/admin': 'admin',
  '/admin/sessions': 'admin',
  '/admin/sessions/:id': 'admin',
  '/admin/sessions/:id/reveal': 'admin',
  '/admin/logins': 'admin',
  '/admin/providers': 'admin',
  '/admin/providers/:id': 'admin',
  '/admin/upstreams': 'admin',
  '/admin/connections': 'admin',
  '/admin/connections/new': 'admin',
  '/admin/connections/:id': 'admin',
  '/admin/device': 'admin',
  '/admin/doctor': 'admin',
};

/** Routes without a page: JSON, files and redirects. What is below `/relay` and `/token` is for programs. */
export const ROUTES_WITHOUT_PAGE: readonly string[] = [
  '/assets/:name',
  '/assets/brand',
  '/healthz',
  '/token',
  '/logout/provider',
  '/jwks',
  '/employees',
  '/admin/openapi.json',
];

/** The route of `PAGE_ROUTES` that a path belongs to: the one with the fewest parameters. */
export function pageRouteOf(path: string): string | undefined {
  const wanted = path.replace(/(?<=.)\/$/, '');
  return Object.keys(PAGE_ROUTES)
    .filter((route) => patternOf(route).test(wanted))
    .toSorted((a, b) => a.split(':').length - b.split(':').length)[0];
}

function patternOf(route: string): RegExp {
  const pattern = route.replaceAll(/\/:\w+\?/g, '(?:/[^/]+)?').replaceAll(/:\w+/g, '[^/]+');
  return new RegExp(`^${pattern}$`);
}
