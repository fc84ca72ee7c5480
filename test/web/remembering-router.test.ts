import { PatternRouter } from 'hono/router/pattern-router';
import { describe, expect, it, vi } from 'vitest';
import { REMEMBERED_PATHS, RememberingRouter } from '../../src/web/remembering-router.ts';

function routerOf(...routes: readonly [string, string, string][]) {
  const inner = new PatternRouter<string>();
  const match = vi.spyOn(inner, 'match');
  const router = new RememberingRouter(inner, (result) => result);
  for (const route of routes) router.add(...route);
  return { router, match };
}

const ROUTES = [
  ['ALL', '*', 'every'],
  ['GET', '/login/:provider?', 'login'],
  ['POST', '/login', 'posted'],
] as const;

describe('the router', () => {
  it.each([
    ['GET', '/login', ['every', 'login']],
    ['GET', '/login/', ['every', 'login']],
    ['GET', '/login/op', ['every', 'login']],
    ['POST', '/login', ['every', 'posted']],
    ['DELETE', '/nowhere', ['every']],
  ])('gives %s %s the same handlers each time, found once', (method, path, handlers) => {
    const { router, match } = routerOf(...ROUTES.map((route) => [...route] as [string, string, string]));
    for (let time = 0; time < 3; time++) {
      expect(router.match(method, path)[0].map(([handler]) => handler)).toEqual(handlers);
    }
    expect(match).toHaveBeenCalledOnce();
  });

  it('keeps the parameters of each path', () => {
    const { router } = routerOf(['GET', '/login/:provider?', 'login']);
    for (const provider of ['one', 'two', 'one']) {
      expect(router.match('GET', `/login/${provider}`)[0][0]?.[1]).toMatchObject({ provider });
    }
  });

  it('finds a route that is added later', () => {
    const { router } = routerOf(['ALL', '*', 'every']);
    router.match('GET', '/late');
    router.add('GET', '/late', 'late');
    expect(router.match('GET', '/late')[0]).toHaveLength(2);
  });

  it('remembers a bounded number of paths, and no long one', () => {
    const { router } = routerOf(['ALL', '*', 'every']);
    for (let index = 0; index < 10 * REMEMBERED_PATHS; index++) router.match('GET', `/made-up/${index}`);
    expect(router.size).toBeLessThanOrEqual(REMEMBERED_PATHS);
    const before = router.size;
    router.match('GET', `/${'x'.repeat(1000)}`);
    expect(router.size).toBe(before);
  });
});
