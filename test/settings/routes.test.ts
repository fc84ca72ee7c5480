import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { ownRoute, pathBelow, ROUTES } from '../../src/settings/routes.ts';

describe('the table of our own routes', () => {
  const paths = createApp()
    .routes.map(({ path }) => path)
    .filter((path) => !path.startsWith('/*'));

  it('knows every route of the app', () => {
    expect(paths.filter((path) => ownRoute(path.replace(/\?$/, '')) === undefined)).toEqual([]);
  });

  it('names no route that the app does not have', () => {
    const known = new Set(paths.map((path) => ownRoute(path)));
    expect(ROUTES.filter((route) => !route.reserved && !known.has(route))).toEqual([]);
  });

  it.each([
    ['/session', '/session'],
    ['/session/refresh', '/session'],
    ['/sessions', '/sessions'],
    ['/', '/'],
    ['//', undefined],
    ['/sessionx', undefined],
    ['/assets/style.css', '/assets'],
    ['/Session', undefined],
    ['/constructor', undefined],
  ])('%s is below %s', (path, route) => {
    expect(ownRoute(path)?.path).toBe(route);
  });
});

describe('a path below BASE_PATH', () => {
  it.each([
    ['', '/login', '/login'],
    ['/auth', '/auth/login', '/login'],
    ['/auth', '/auth', '/'],
    ['/auth', '/auth/', '/'],
    ['/a/b', '/a/b/session/refresh', '/session/refresh'],
  ])('with %j, %s is our own %s', (base, path, own) => {
    expect(pathBelow(base, path)).toBe(own);
  });

  it.each([
    ['/auth', '/'],
    ['/auth', '/login'],
    ['/auth', '/authx/login'],
    ['/auth', '/AUTH/login'],
  ])('with %j, %s is none of ours', (base, path) => {
    expect(ownRoute(pathBelow(base, path))).toBeUndefined();
  });
});
