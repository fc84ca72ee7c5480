import { afterEach, describe, expect, it, vi } from 'vitest';
import { signIn } from '../flows/journey.ts';
import { errorOf } from '../support/visitor.ts';
import { answer, RawUpstream } from '../upstreams/raw-upstream.ts';
import { type App, appStage, bound, embedded } from './app-stage.ts';

const LOGIN = '/auth/login';

afterEach(() => vi.useRealTimers());

/** `/call` of the app sends what its own request says to the upstream that the query names. */
const calls = (app: App) =>
  app.all('/call', async (c) => {
    const body = c.req.method === 'GET' ? null : await c.req.arrayBuffer();
    const type = c.req.header('content-type');
    const headers = {
      cookie: 'a=b',
      authorization: 'Bearer own',
      ...(type !== undefined && { 'content-type': type }),
    };
    const init = { method: c.req.method, headers, body };
    return c.var.fetch(c.req.query('upstream') ?? 'api', c.req.query('path') ?? '/', init);
  });

describe.each([
  ['mounted in the app', embedded],
  ['over a service binding', bound],
])('c.var.fetch, Drawbridge %s', (_, kind) => {
  async function stage({ entry = {}, others = {}, policy = {}, routes = calls } = {}) {
    const upstream = new RawUpstream();
    const api = { path: '/api/', target: upstream.target, provider: 'op', ...entry };
    const { op, visitor } = await appStage(kind, routes, { policy, env: { UPSTREAMS: { api, ...others } } });
    upstream.letThrough();
    return { op, visitor, upstream };
  }

  it('sends a request with the user’s token, which the app never has', async () => {
    const { op, visitor, upstream } = await stage();
    await signIn(visitor, op, LOGIN);
    await upstream.answers(
      answer(
        '201 Created',
        { 'Content-Type': 'application/json', 'Set-Cookie': 'session=theirs' },
        '{"id":1}',
      ),
    );
    const response = await visitor.send('POST', '/call?path=%2Fitems%3Fq%3D1', {
      headers: { 'content-type': 'application/json' },
      body: '{"name":"Ω"}',
    });
    expect([response.status, await response.text()]).toEqual([201, '{"id":1}']);
    expect(response.headers.getSetCookie()).toEqual([]);
    const [arrived] = await upstream.arrived(1);
    expect(arrived?.line).toBe(`POST /${upstream.id}/items?q=1 HTTP/1.1`);
    expect(arrived?.headers.get('authorization')).toEqual([expect.stringMatching(/^Bearer access-/)]);
    expect(arrived?.headers.get('content-type')).toEqual(['application/json']);
    expect(arrived?.headers.has('cookie')).toBe(false);
  });

  it('takes every kind of body that fetch takes', async () => {
    const form = new FormData();
    form.set('file', new Blob(['content'], { type: 'text/plain' }), 'a.txt');
    const bodies = [new URLSearchParams({ a: '1' }), form, new Blob(['blob']), new Uint8Array([104, 105])];
    const routes = (app: App) =>
      app.get('/send', async (c) => {
        for (const body of bodies) await c.var.fetch('api', '/', { method: 'POST', body });
        return c.text('sent');
      });
    const { op, visitor, upstream } = await stage({ routes });
    await signIn(visitor, op, LOGIN);
    expect(await (await visitor.get('/send')).text()).toBe('sent');
    const seen = (await upstream.arrived(4)).map(({ body }) => body);
    expect(seen[0]).toBe('a=1');
    expect(seen[1]).toContain('filename="a.txt"');
    expect(seen.slice(2)).toEqual(['blob', 'hi']);
  });

  it('takes a signal as fetch does: open, aborted before, and in between', async () => {
    const open = new AbortController();
    const signals = [open.signal, AbortSignal.abort(new Error('changed my mind'))];
    const { op, visitor, upstream } = await stage({
      routes: (app: App) =>
        app.get('/call/:index', (c) => {
          const signal = signals[Number(c.req.param('index'))] ?? null;
          return c.var.fetch('api', '/x', { signal }).catch((error: Error) => c.text(error.message));
        }),
    });
    await signIn(visitor, op, LOGIN);
    expect((await visitor.get('/call/0')).status).toBe(204);
    expect(await (await visitor.get('/call/1')).text()).toBe('changed my mind');
    expect(await upstream.arrived()).toHaveLength(1);
    await upstream.answers([{ wait: true }, { end: true }]);
    const pending = visitor.get('/call/0');
    await upstream.arrived(2);
    open.abort(new Error('left'));
    expect(await (await pending).text()).toBe('left');
    await upstream.release();
  });

  it('refreshes a token that is over, and the browser gets the cookie that this changes', async () => {
    const { op, visitor, upstream } = await stage();
    await signIn(visitor, op, LOGIN);
    const before = visitor.cookies.get('__Host-Http-session');
    vi.useFakeTimers({ now: Date.now() + 400_000, toFake: ['Date'] });
    await visitor.get('/call');
    await visitor.get('/call');
    expect(visitor.cookies.get('__Host-Http-session')).not.toBe(before);
    const tokens = (await upstream.arrived(2)).map(({ headers }) => headers.get('authorization')?.[0]);
    expect(new Set(tokens).size).toBe(1);
    expect(op.requests.filter(({ form }) => form.has('refresh_token'))).toHaveLength(1);
  });

  it('says in the log that the cookie of a refresh came too late to be sent', async () => {
    const begun = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const { op, visitor } = await stage({
      routes: (app: App) =>
        app.get('/stream', (c) => {
          begun.promise.then(() => c.var.fetch('api', '/x')).then(() => done.resolve());
          return c.text('begun');
        }),
    });
    await signIn(visitor, op, LOGIN);
    vi.useFakeTimers({ now: Date.now() + 400_000, toFake: ['Date'] });
    expect((await visitor.get('/stream')).headers.getSetCookie()).toEqual([]);
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
    begun.resolve();
    await done.promise;
    log.mockRestore();
    expect(lines.map((line) => JSON.parse(line).event)).toContain('cookie_lost');
  });

  it('passes a stream on as it comes', async () => {
    const { op, visitor, upstream } = await stage();
    await signIn(visitor, op, LOGIN);
    await upstream.answers([
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: 1\n\n',
      { wait: true },
      'data: 2\n\n',
      { end: true },
    ]);
    const response = await visitor.get('/call');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('data: 1\n\n');
    await upstream.release();
    expect((await reader?.read())?.value).toBe('data: 2\n\n');
    await reader?.cancel();
  });

  it.each([
    ['no session', 'not_signed_in', 401, '', false],
    ['an upstream that is not there', 'not_found', 404, 'upstream=__proto__', true],
    ['an upstream that the policy leaves out', 'not_found', 404, 'upstream=hidden', true],
    ['a grant that is not there', 'login_required', 401, 'upstream=other', true],
    ['a method that the upstream does not take', 'method_not_allowed', 405, 'upstream=read', true],
    ['what only others may', 'not_allowed', 403, 'upstream=closed', true],
  ])('answers with an error of ours for %s: %s', async (_case, code, status, query, isSignedIn) => {
    const target = 'https://api.example/';
    const { op, visitor, upstream } = await stage({
      policy: { upstreams: ['api', 'other', 'read', 'closed'] },
      others: {
        hidden: { path: '/hidden/', target },
        other: { path: '/other/', target, provider: 'other' },
        read: { path: '/read/', target, methods: ['GET'] },
        closed: { path: '/closed/', target, allow: { sub: 'somebody else' } },
      },
      routes: calls,
    });
    if (isSignedIn) await signIn(visitor, op, LOGIN);
    const response = await visitor.send('POST', `/call?${query}`, { body: 'x' });
    expect([response.status, response.headers.get('drawbridge-error')]).toEqual([status, code]);
    const body = (await response.json()) as Record<string, unknown>;
    expect(body.error).toBe(code);
    if (status === 401)
      expect(body.login_url).toMatch(isSignedIn ? /^\/auth\/login\/other\?connect=1$/ : /^\/auth\/login$/);
    expect(await upstream.arrived()).toEqual([]);
  });

  it.each([
    '/../admin',
    '/%2e%2e/admin',
    '//evil.example/',
    'https://evil.example/',
    '/a%2fb',
    '/a\\b',
    '/a%5cb',
    '/a%00',
    '/a%252e',
    '/#fragment',
    '/..;/a',
    `/${'a'.repeat(20_000)}`,
  ])('sends nothing for the path %s', async (path) => {
    const { op, visitor, upstream } = await stage();
    await signIn(visitor, op, LOGIN);
    const response = await visitor.get(`/call?${new URLSearchParams({ path })}`);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toBe('invalid_request');
    expect(await upstream.arrived()).toEqual([]);
  });

  it('says that a URL is no path', async () => {
    const { op, visitor, upstream } = await stage();
    await signIn(visitor, op, LOGIN);
    const path = 'https://api.example/users';
    const response = await visitor.get(`/call?${new URLSearchParams({ path })}`);
    expect(await response.json()).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringContaining('not a path below the upstream'),
      hint: expect.stringContaining("fetch('api', '/users"),
    });
    expect(await upstream.arrived()).toEqual([]);
  });

  it('maps a redirect inside the target to a path below the upstream, and follows none', async () => {
    const { op, visitor, upstream } = await stage();
    await signIn(visitor, op, LOGIN);
    await upstream.answers(answer('302 Found', { Location: `/${upstream.id}/next?a=b` }));
    const inside = await visitor.get('/call');
    expect([inside.status, inside.headers.get('location')]).toEqual([302, '/next?a=b']);
    await upstream.answers(answer('302 Found', { Location: 'https://evil.example/' }));
    expect((await visitor.get('/call')).status).toBe(502);
    await upstream.answers(answer('200 OK', { Link: `<${upstream.target}x?page=2>; rel="next"` }));
    expect((await visitor.get('/call')).headers.get('link')).toBe('</x?page=2>; rel="next"');
  });
});

it('c.var.fetch opens no WebSocket over a service binding, and says where one can be opened', async () => {
  const upgrade = { upgrade: 'websocket', connection: 'upgrade' };
  const api = { path: '/api/', target: 'https://api.example/', provider: 'op', websocket: true };
  const { op, visitor } = await appStage(
    bound,
    (app) => app.get('/call', (c) => c.var.fetch('api', '/socket', { headers: upgrade })),
    { env: { UPSTREAMS: { api } } },
  );
  await signIn(visitor, op, LOGIN);
  const answer = await visitor.get('/call');
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: 'invalid_request',
    hint: expect.stringContaining('env.AUTH.fetch(request)'),
  });
});
