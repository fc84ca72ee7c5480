import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { PAGE_ROUTES, ROUTES_WITHOUT_PAGE } from '../browser/page-routes.ts';

const routes = createApp().routes.filter(({ path }) => !path.includes('*'));

describe('a route', () => {
  it('by GET has a page that a browser test looks at, or is known to have none', () => {
    const found = new Set(routes.filter(({ method }) => method === 'GET').map(({ path }) => path));
    const known = [...Object.keys(PAGE_ROUTES), ...ROUTES_WITHOUT_PAGE];
    expect([...found].filter((path) => !known.includes(path))).toEqual([]);
  });

  it('that a browser test looks at exists', () => {
    const found = routes.map(({ path }) => path);
    const known = [...Object.keys(PAGE_ROUTES), ...ROUTES_WITHOUT_PAGE];
    expect(known.filter((path) => !found.includes(path))).toEqual([]);
  });
});
