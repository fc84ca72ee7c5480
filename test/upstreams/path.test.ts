import { describe, expect, it } from 'vitest';
import type { Upstream } from '../../src/settings/upstream.ts';
import { matchUpstream, targetUrl } from '../../src/upstreams/path.ts';
import { ORIGIN } from '../support/settings.ts';
import { errorOf } from '../support/visitor.ts';
import { fetchOwn, upstreamStage } from './stage.ts';

const LONG = `x${'/y'.repeat(8300)}`;

describe('a path that servers read differently', () => {
  it.each([
    ['an empty segment', '/api//x'],
    ['an empty segment at the start', '/api//evil.example/x'],
    ['an empty segment further down', '/api/a//b'],
    ['an encoded slash', '/api/a%2fb'],
    ['an encoded slash in upper case', '/api/a%2Fb'],
    ['an encoded backslash', '/api/a%5cb'],
    ['an encoded NUL', '/api/a%00'],
    ['an encoded line break', '/api/a%0d%0ax-evil:1'],
    ['an encoded tab', '/api/a%09b'],
    ['an encoded DEL', '/api/a%7f'],
    ['dots before an encoded slash', '/api/..%2fadmin'],
    ['dots before an encoded backslash', '/api/..%5cadmin'],
    ['dots with a path parameter', '/api/..;/admin'],
    ['one dot with a path parameter', '/api/.;/admin'],
    ['dots with an encoded path parameter', '/api/..%3b/admin'],
    ['doubly encoded dots', '/api/%252e%252e/admin'],
    ['a doubly encoded slash', '/api/a%252fb'],
    ['a triply encoded slash', '/api/a%25252fb'],
    ['a doubly encoded letter', '/api/%2541'],
    ['an overlong form of a slash', '/api/a%c0%afb'],
    ['bytes that are no UTF-8', '/api/%ff'],
    ['an escape cut off', '/api/a%2'],
    ['an escape of no digits', '/api/a%zz'],
    ['an encoded prefix', '/%61pi/x'],
    ['an encoded prefix before an encoded slash', '/api%2fx'],
    ['a URL of more than 16 KB', `/api/${LONG}`],
    ['a query that makes it more than 16 KB', `/api/x?${'y'.repeat(16_400)}`],
  ])('is not forwarded: %s', async (_, path) => {
    const { visitor, upstream } = await upstreamStage();
    const response = await fetchOwn(visitor, path);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(['invalid_request', 'not_found']).toContain(await errorOf(response));
    expect(await upstream.arrived()).toEqual([]);
  });

  it.each([
    ['/api/a%2fb', 'an encoded slash', '`encoded_slash = true`'],
    ['/api/100%', 'an escape that is no UTF-8', 'a percent sign as %25'],
    ['/api/a//b', 'an empty segment', 'Use a plain path'],
    [`/api/${LONG}`, 'more than 16,384 characters', 'in the body'],
  ])('is refused with what it has, and what to do: %#', async (path, description, hint) => {
    const { visitor } = await upstreamStage();
    expect(await (await fetchOwn(visitor, path)).json()).toMatchObject({
      error_description: expect.stringContaining(description),
      hint: expect.stringContaining(hint),
    });
  });

  it.each([
    ['a path that leaves the upstream', '/api/../admin'],
    ['the same with encoded dots', '/api/%2e%2e/admin'],
    ['the same half encoded', '/api/.%2e/admin'],
    ['the same with backslashes', '/api/..\\admin'],
    ['a name that begins with the upstream’s', '/apix'],
    ['a name that begins with it, with a path', '/apix/y'],
    ['the upstream’s name in another case', '/API/x'],
    ['two slashes in front', '//api/x'],
  ])('is another address: %s', async (_, path) => {
    const { visitor, upstream } = await upstreamStage();
    const response = await fetchOwn(visitor, ORIGIN + path);
    expect(response.status).toBe(404);
    expect(await upstream.arrived()).toEqual([]);
  });
});

describe('a plain path', () => {
  it.each([
    ['the base itself', '/api', ''],
    ['the base with a slash', '/api/', ''],
    ['a trailing slash', '/api/x/', 'x/'],
    [
      'spaces and letters outside ASCII',
      '/api/Add%20User/%C2%A0/%E6%9D%8E.html',
      'Add%20User/%C2%A0/%E6%9D%8E.html',
    ],
    ['a percent sign', '/api/100%25', '100%25'],
    ['an @, a colon, parameters', '/api/@scope/a:b;v=1,2', '@scope/a:b;v=1,2'],
    ['dots within a name', '/api/..a/b../...', '..a/b../...'],
    ['encoded letters', '/api/%41', '%41'],
    [
      'a query with anything in it',
      '/api/x?q=%2f..%5c//&u=https://a.example',
      'x?q=%2f..%5c//&u=https://a.example',
    ],
    ['an empty query', '/api/?', '?'],
    ['a query as programs write it', "/api/x?a='b'|{c}", 'x?a=%27b%27|{c}'],
    ['a path that reads like a URL', '/api/https:x', 'https:x'],
  ])('arrives as it was sent: %s', async (_, path, rest) => {
    const { visitor, upstream } = await upstreamStage();
    expect((await fetchOwn(visitor, path)).status).toBe(204);
    const [request] = await upstream.arrived();
    expect(request?.line.split(' ')[1]).toBe(`/${upstream.id}/${rest}`);
  });

  it('may have an encoded slash where the upstream takes it, but nothing that becomes a dot segment', async () => {
    const { visitor, upstream } = await upstreamStage({ entry: { encoded_slash: true } });
    expect((await fetchOwn(visitor, '/api/projects/group%2Fproject')).status).toBe(204);
    const [request] = await upstream.arrived();
    expect(request?.line).toContain('/projects/group%2Fproject ');
    for (const path of ['a%2f..%2fb', '..%2fb', 'a%2f..', 'a%2f%2fb', '%2fb', 'a%2f', 'a%5cb', 'a%252fb']) {
      expect([path, (await fetchOwn(visitor, `/api/${path}`)).status]).toEqual([path, 400]);
    }
    expect(await upstream.arrived()).toHaveLength(1);
  });

  it('belongs to the upstream with the longest path', async () => {
    const { visitor, upstream } = await upstreamStage({
      others: { nested: { path: '/api/nested', target: 'http://localhost:9/' } },
    });
    expect((await fetchOwn(visitor, '/api/nestedx')).status).toBe(204);
    expect((await fetchOwn(visitor, '/api/nested/x')).status).toBe(502);
    expect(await upstream.arrived()).toHaveLength(1);
  });

  it('is not taken from the upstream that protects it by an encoded letter', async () => {
    const { visitor, upstream } = await upstreamStage({
      entry: { path: '/files/', session: 'optional' },
      others: { secret: { path: '/files/secret/', target: 'http://localhost:9/' } },
      isSignedIn: false,
    });
    for (const path of ['/files/%73ecret/x', '/files/secret%2fx', '/files/%73ecret', '/files/secre%74/']) {
      expect([path, (await fetchOwn(visitor, path)).status]).toEqual([path, 400]);
    }
    expect((await fetchOwn(visitor, '/files/secret/x')).status).toBe(401);
    expect(await upstream.arrived()).toEqual([]);
  });

  it.each([
    ['in another case', '/files/Secret/x'],
    ['with a path parameter', '/files/secret;v=1/x'],
    ['with an encoded path parameter', '/files/secret%3bv/x'],
    ['with a dot in the end', '/files/secret./x'],
    ['with a space in the end', '/files/secret%20/x'],
    ['in another case, and nothing below', '/files/SECRET'],
  ])('is not taken from one of the same server by a spelling it may ignore: %s', async (_, path) => {
    const { visitor, upstream } = await upstreamStage({
      entry: { path: '/files/', target: 'https://files.example/', session: 'optional' },
      others: {
        secret: { path: '/files/secret/', target: 'https://files.example/secret/', session: 'required' },
      },
      isSignedIn: false,
    });
    expect((await fetchOwn(visitor, path)).status).toBe(400);
    expect(await upstream.arrived()).toEqual([]);
  });

  it('may be spelled like that of another server', async () => {
    const { visitor, upstream } = await upstreamStage({
      others: { nested: { path: '/api/nested', target: 'http://localhost:9/' } },
    });
    expect((await fetchOwn(visitor, '/api/NESTED/x')).status).toBe(204);
    expect((await fetchOwn(visitor, '/api/nested;v=1/x')).status).toBe(204);
    expect(await upstream.arrived()).toHaveLength(2);
  });

  it('is compared with other upstreams at once, even with a million dots', () => {
    const target = { origin: 'https://files.example', path: '/' };
    const [secret, files] = ['/files/secret/', '/files/'].map((path) => ({ path, target }) as Upstream);
    const upstreams = [secret, files] as Upstream[];
    const found = matchUpstream(upstreams, `/files/;${'.'.repeat(1_000_000)}/${'.'.repeat(1_000_000)}x`, '');
    expect(found?.upstream).toBe(files);
  });
});

describe('the URL that is sent', () => {
  const upstream = {
    path: '/api/',
    target: { origin: 'https://api.example', path: '/v1/' },
  } as unknown as Upstream;

  it('is the rest of the path below the base, as it came', () => {
    expect(targetUrl({ upstream, rest: 'a%20b/', search: '?q=1' }, ORIGIN)).toBe(
      'https://api.example/v1/a%20b/?q=1',
    );
  });

  it('is for a binding the one that was asked for, with or without the slash of the base', () => {
    const bound = { path: '/robots.txt/', target: undefined } as unknown as Upstream;
    const asked = { upstream: bound, rest: '', search: '?q=1' };
    expect(targetUrl({ ...asked, isBare: true }, ORIGIN)).toBe(`${ORIGIN}/robots.txt?q=1`);
    expect(targetUrl(asked, ORIGIN)).toBe(`${ORIGIN}/robots.txt/?q=1`);
    expect(targetUrl({ ...asked, upstream, isBare: true }, ORIGIN)).toBe('https://api.example/v1/?q=1');
  });

  it.each(['../admin', 'a/%2e%2e/b', 'a\\b', 'a\tb'])(
    'is refused where a parser reads %j in another way',
    (rest) => {
      expect(() => targetUrl({ upstream, rest, search: '' }, ORIGIN)).toThrow('invalid_request');
    },
  );
});
