import { afterEach, describe, expect, it, vi } from 'vitest';
import { requireSession } from '../../src/lib.ts';
import { signIn } from '../flows/journey.ts';
import { SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { settings } from '../support/settings.ts';
import { errorOf, locationOf } from '../support/visitor.ts';
import { type App, appStage, bound, embedded } from './app-stage.ts';

const LOGIN = '/auth/login';
const JSON_REQUEST = { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };
const KINDS = [
  ['mounted in the app', embedded],
  ['over a service binding', bound],
] as const;
const STORES = [
  ['in cookies', {}],
  ['in objects', { TOKENS, SESSION_KEEPER }],
] as const;
const CASES = KINDS.flatMap(([how, kind]) => STORES.map(([where, store]) => ({ how, kind, where, store })));

const whoAmI = (app: App) => app.get('/me', (c) => c.json(c.var.session));
const token = (app: App) =>
  app.get('/access-token', async (c) =>
    c.json(await c.var.accessToken('op', { scope: c.req.query('scope') })),
  );
const later = (seconds: number) => vi.useFakeTimers({ now: Date.now() + seconds * 1000, toFake: ['Date'] });

afterEach(() => vi.useRealTimers());

describe.each(CASES)('Drawbridge $how, sessions $where', ({ kind, store }) => {
  const stage = (routes: (app: App) => unknown, more: Parameters<typeof appStage>[2] = {}) =>
    appStage(kind, routes, { ...more, env: { ...store, ...more.env } });

  it('has no session for a stranger, and one after a sign-in, without tokens', async () => {
    const { op, visitor } = await stage(whoAmI);
    expect(await (await visitor.getJson('/me')).json()).toBeNull();
    op.idTokenClaims = (right) => ({ ...right, name: 'Ada' });
    await signIn(visitor, op, LOGIN);
    const text = await (await visitor.getJson('/me')).text();
    expect(JSON.parse(text)).toMatchObject({
      provider: 'op',
      iss: op.issuer,
      sub: 'user-1',
      claims: { name: 'Ada' },
      grants: [{ provider: 'op', scope: 'openid', refreshable: true }],
    });
    expect(text).not.toMatch(/access-|refresh-|eyJ/);
  });

  it('gives each request a copy of its own, whatever the app does to it', async () => {
    const { op, visitor } = await stage((app) => {
      whoAmI(app);
      app.get('/spoil', (c) => {
        const { claims = {}, amr = [] } = c.var.session ?? {};
        Object.assign(claims, { name: 'Eve' });
        for (const list of [claims.groups, amr]) if (Array.isArray(list)) list.push('admins');
        return c.text('spoilt');
      });
    });
    op.idTokenClaims = (right) => ({ ...right, name: 'Ada', groups: ['users'], amr: ['pwd'] });
    await signIn(visitor, op, LOGIN);
    const before = await (await visitor.getJson('/me')).json();
    expect(before).toMatchObject({ claims: { name: 'Ada', groups: ['users'] }, amr: ['pwd'] });
    await visitor.get('/spoil');
    expect(await (await visitor.getJson('/me')).json()).toEqual(before);
  });

  it('leads a visit to the sign-in and back to the same URL', async () => {
    const { op, visitor } = await stage((app) =>
      app.get('/private', requireSession(), (c) => c.text(c.var.session.sub ?? '')),
    );
    const asked = await visitor.get('/private?x=1&y=%2F');
    expect(asked.status).toBe(302);
    expect(asked.headers.get('cache-control')).toBe('no-store');
    const login = locationOf(asked);
    expect(login.pathname).toBe(LOGIN);
    const back = await signIn(visitor, op, login.pathname + login.search);
    expect(back.headers.get('location')).toBe('/private?x=1&y=%2F');
    expect(await (await visitor.get('/private?x=1&y=%2F')).text()).toBe('user-1');
  });

  it('answers a program without a session with 401 and where to sign in', async () => {
    const { visitor } = await stage((app) => app.all('/private', requireSession(), (c) => c.text('in')));
    for (const method of ['GET', 'POST']) {
      const response = await visitor.send(method, '/private', { headers: JSON_REQUEST });
      expect(response.status).toBe(401);
      expect(response.headers.get('drawbridge-error')).toBe('not_signed_in');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toEqual({
        error: 'not_signed_in',
        error_description: expect.any(String),
        hint: expect.any(String),
        flow: expect.stringMatching(/^[0-9a-f]{16}$/),
        login_url: LOGIN,
      });
    }
  });

  it('sends the cookie of a lifetime that moves, also with a raw Response, beside the app’s own', async () => {
    const { op, visitor } = await stage((app) =>
      app.get(
        '/raw',
        () =>
          new Response('raw', {
            headers: { 'set-cookie': 'own=1; Path=/', 'cache-control': 'public, max-age=60' },
          }),
      ),
    );
    await signIn(visitor, op, LOGIN);
    later(40_000);
    const response = await visitor.get('/raw');
    const names = response.headers.getSetCookie().map((line) => line.split('=', 1)[0]);
    expect(names).toEqual(['own', '__Host-Http-session']);
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    later(80_000);
    expect((await visitor.get('/raw')).headers.getSetCookie()).toHaveLength(2);
  });

  it('stays signed out when a refresh was under way meanwhile', async () => {
    const { op, visitor } = await stage(
      (app) => {
        whoAmI(app);
        app.get('/leave', async (c) => {
          const [, left] = await Promise.all([
            c.var.accessToken('op'),
            c.var.signOut(),
            c.var.accessToken('op'),
          ]);
          return c.json(left);
        });
      },
      { policy: { raw_tokens: true } },
    );
    await signIn(visitor, op, LOGIN);
    later(1000);
    expect(await (await visitor.get('/leave')).json()).toMatchObject({ ok: true });
    expect(await (await visitor.getJson('/me')).json()).toBeNull();
  });

  it.each(['session', '__Host-session', 'login-hint', 'admin'])(
    'sends its cookie beside the app’s own that is called %s',
    async (name) => {
      const { op, visitor } = await stage((app) =>
        app.get('/own', () => new Response('own', { headers: { 'set-cookie': `${name}=1; Path=/` } })),
      );
      await signIn(visitor, op, LOGIN);
      later(40_000);
      const lines = (await visitor.get('/own')).headers.getSetCookie();
      expect(lines.map((line) => line.split('=', 1)[0])).toEqual([name, '__Host-Http-session']);
    },
  );

  it('gives a fresh access token, and stores what a refresh brings', async () => {
    const { op, visitor } = await stage(token, { policy: { raw_tokens: true } });
    await signIn(visitor, op, LOGIN);
    const ask = async () =>
      (await (await visitor.getJson('/access-token')).json()) as Record<string, unknown>;
    const first = await ask();
    expect(first).toMatchObject({
      ok: true,
      access_token: expect.stringMatching(/^access-/),
      token_type: expect.stringMatching(/^bearer$/i),
      scope: 'openid',
    });
    later(290);
    const second = await ask();
    expect(second.access_token).not.toBe(first.access_token);
    expect((await ask()).access_token).toBe(second.access_token);
  });

  it('gives no token that lacks a scope, but the sign-in that brings it', async () => {
    const { op, visitor } = await stage(token, { policy: { raw_tokens: true } });
    await signIn(visitor, op, LOGIN);
    expect(await (await visitor.getJson('/access-token?scope=calendar')).json()).toMatchObject({
      ok: false,
      code: 'insufficient_scope',
      status: 403,
      login_url: `${LOGIN}/op?scope=openid+calendar&connect=1`,
    });
  });

  it('gives no token of a provider that is not there', async () => {
    const { op, visitor } = await stage(
      (app) => app.get('/access-token', async (c) => c.json(await c.var.accessToken(c.req.query('of')))),
      { policy: { raw_tokens: true } },
    );
    await signIn(visitor, op, LOGIN);
    for (const id of ['nobody', '__proto__', 'constructor', '']) {
      const result = await (await visitor.getJson(`/access-token?of=${id}`)).json();
      expect(result).toMatchObject({ ok: false, code: 'unknown_provider' });
    }
  });

  it('says so when the provider has ended the grant', async () => {
    const { op, visitor } = await stage(token, { policy: { raw_tokens: true } });
    await signIn(visitor, op, LOGIN);
    op.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    later(290);
    expect(await (await visitor.getJson('/access-token')).json()).toMatchObject({
      ok: false,
      code: 'login_required',
    });
  });

  it('gives no raw token where the policy does not say so', async () => {
    const { op, visitor } = await stage(token, { policy: { raw_tokens: false } });
    await signIn(visitor, op, LOGIN);
    const text = await (await visitor.getJson('/access-token')).text();
    expect(JSON.parse(text)).toMatchObject({ ok: false, code: 'not_allowed', status: 403 });
    expect(text).not.toContain('access-');
  });

  it('signs out: the cookie is cleared, the tokens are revoked, and nothing works any more', async () => {
    const { op, visitor } = await stage(
      (app) =>
        app.post('/bye', async (c) => {
          const ended = await c.var.signOut();
          return c.json([ended.ok, await c.var.accessToken('op'), await c.var.signOut()]);
        }),
      { policy: { raw_tokens: true } },
    );
    await signIn(visitor, op, LOGIN);
    const [ended, tokenAfter, again] = (await (await visitor.post('/bye')).json()) as unknown[];
    expect(ended).toBe(true);
    expect(tokenAfter).toMatchObject({ ok: false, code: 'not_signed_in' });
    expect(again).toMatchObject({ ok: false, code: 'not_signed_in' });
    expect([...visitor.cookies.keys()]).toEqual([]);
    expect(op.paths.filter((path) => path === '/revoke')).toHaveLength(2);
  });

  it('is signed out by its own page, whatever cookie the middleware would have sent', async () => {
    const { op, visitor } = await stage(whoAmI);
    await signIn(visitor, op, LOGIN);
    later(40_000);
    expect((await visitor.post('/auth/logout')).status).toBe(303);
    expect([...visitor.cookies.keys()]).toEqual([]);
    expect(await (await visitor.getJson('/me')).json()).toBeNull();
  });

  it('clears a cookie that names no session', async () => {
    const { visitor } = await stage(whoAmI);
    visitor.cookies.set('__Host-Http-session', 'junk');
    expect(await (await visitor.getJson('/me')).json()).toBeNull();
    expect([...visitor.cookies.keys()]).toEqual([]);
  });

  it('keeps pages that the app’s script must not reach off the app’s origin', async () => {
    const { visitor } = await stage(whoAmI, {
      env: { ADMIN_TOKEN: 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ', CONTROL_ORIGIN: 'https://control.example' },
    });
    expect((await visitor.get('/auth/admin')).status).toBe(404);
  });

  it('has Drawbridge’s own pages below the path where it is mounted', async () => {
    const { visitor } = await stage(whoAmI);
    const page = await (await visitor.get('/auth')).text();
    expect(page).toContain('/auth/login/op');
    expect((await visitor.get('/auth/nowhere')).status).toBe(404);
    expect((await visitor.get('/login')).status).toBe(404);
    expect(await errorOf(await visitor.getJson('/auth/session'))).toBe('not_signed_in');
  });
});

describe('an app that is asked by its own tests', () => {
  const env = settings({
    PROVIDERS: { op: { issuer: 'https://op.example', client_id: 'client-1' } },
    OP_CLIENT_SECRET: 'secret of client 1',
  });

  it('has Drawbridge’s pages without an execution context', async () => {
    const { app } = embedded(env, {});
    const response = await app.request('/auth/healthz', {}, env);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('is told of a mistake in the settings as in every other error', async () => {
    const { app } = embedded({}, {});
    const headers = { ...JSON_REQUEST, cookie: 'a=b' };
    app.get('/', (c) => c.text('hi'));
    const response = await app.request('/', { headers }, settings({}));
    expect(response.status).toBe(503);
    expect(Object.keys((await response.json()) as object).sort()).toEqual([
      'error',
      'error_description',
      'flow',
      'hint',
    ]);
  });
});
