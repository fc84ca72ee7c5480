import { describe, expect, it, vi } from 'vitest';
import { signIn, stage } from '../flows/journey.ts';
import { SESSION_KEEPER, TOKENS, watchedBindings } from '../sessions/durable-object/keeper-stage.ts';
import { ORIGIN } from '../support/settings.ts';
import type { Visitor } from '../support/visitor.ts';
import { authBinding } from './app-stage.ts';

const SERVER = { TOKENS, SESSION_KEEPER };

/** The headers of a request that this browser sends to an app. */
function headersOf(visitor: Visitor): Headers {
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return new Headers({ cookie, host: new URL(ORIGIN).host });
}

/** A browser that is signed in, and the binding of an app to its Drawbridge. */
async function signedIn(props: unknown = { app: 'shop', raw_tokens: true }, env = {}) {
  const { op, visitor } = await stage({ scope: 'openid read' }, { ...SERVER, ...env });
  op.sub = crypto.randomUUID();
  await signIn(visitor, op);
  return { op, visitor, auth: authBinding(visitor.env, props) };
}

describe('the props of a binding to Auth', () => {
  const odd: readonly [string, unknown][] = [
    ['empty', {}],
    ['no app', { raw_tokens: true }],
    ['an app that is no name', { app: 'a b\n' }],
    ['raw_tokens as text', { app: 'shop', raw_tokens: 'true' }],
    ['raw_tokens as a number', { app: 'shop', raw_tokens: 1 }],
    ['providers as text', { app: 'shop', providers: 'op' }],
    ['providers with a wildcard', { app: 'shop', providers: ['*'] }],
    ['no provider that is set up', { app: 'shop', providers: ['__proto__'] }],
    ['upstreams as a table', { app: 'shop', upstreams: { api: true } }],
    ['a member that is unknown', { app: 'shop', upstream: ['api'] }],
    ['a list', [{ app: 'shop' }]],
    ['text', 'shop'],
    ['a number that JSON can’t say', { app: 'shop', raw_tokens: 1n }],
    ['a set of providers', { app: 'shop', providers: new Set(['op']) }],
    ['providers that hold nothing', { app: 'shop', providers: [undefined] }],
  ];

  it.each(odd)('that are wrong serve nothing: %s', async (_, props) => {
    const { visitor, auth } = await signedIn(props);
    const found = await auth.session(headersOf(visitor));
    expect(found).toMatchObject({
      ok: false,
      code: 'config_invalid',
      status: 503,
      session: null,
      setCookie: [],
    });
    const response = await auth.fetch(new Request(`${ORIGIN}/login`, { redirect: 'manual' }));
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('shop');
  });

  it('are the policy: two apps on one Drawbridge each see what theirs permits', async () => {
    const { op, visitor } = await signedIn();
    const second = {
      ...visitor.env,
      PROVIDERS: { op: op.entry(), other: { ...op.entry(), issuer: 'https://other.example' } },
      OTHER_CLIENT_SECRET: 'x',
      DEFAULT_PROVIDER: 'op',
    };
    const shop = authBinding(second, { app: 'shop', providers: ['op'] });
    const office = authBinding(second, { app: 'office', providers: ['other'], raw_tokens: true });
    const asked = headersOf(visitor);
    expect((await shop.session(asked)).info).toMatchObject({ provider: 'op', sub: op.sub });
    const target = (await shop.session(asked)).session;
    expect(await target?.accessToken('op')).toMatchObject({ ok: false, code: 'not_allowed' });
    // Its users sign in elsewhere: to it nobody is signed in, and the cookie of the other app is left alone.
    expect(await office.session(asked)).toMatchObject({ ok: true, session: null, info: null, setCookie: [] });
    const page = await (
      await office.fetch(new Request(`${ORIGIN}/`, { headers: { accept: 'text/html' } }))
    ).text();
    expect(page).toContain('/login/other');
    expect(page).not.toContain('/login/op');
    const forbidden = await office.fetch(new Request(`${ORIGIN}/login/op`, { redirect: 'manual' }));
    expect(forbidden.status).toBe(404);
  });
});

describe('a session over the binding', () => {
  it('says who is signed in, without an id or a token', async () => {
    const { op, visitor, auth } = await signedIn();
    const found = await auth.session(headersOf(visitor));
    const info = await found.session?.info();
    expect(info).toMatchObject({ ok: true, iss: op.issuer, sub: op.sub, provider: 'op' });
    expect({ ok: true, ...found.info }).toEqual(info);
    expect(JSON.stringify(info)).not.toMatch(/access-|refresh-|eyJ/);
  });

  it.each([[5], ['app.example'], ['']])(
    'refuses %j as the origin that the browser requested',
    async (origin) => {
      const { visitor, auth } = await signedIn();
      const found = await Reflect.apply(auth.session, auth, [headersOf(visitor), { origin }]);
      expect(found).toMatchObject({
        ok: false,
        code: 'invalid_request',
        hint: expect.stringContaining('origin'),
      });
    },
  );

  it('takes options that are null for none', async () => {
    const { op, visitor, auth } = await signedIn();
    const found = await Reflect.apply(auth.session, auth, [headersOf(visitor), null]);
    expect(found).toMatchObject({ ok: true, info: { sub: op.sub } });
  });

  it('has no more methods than it should', async () => {
    const { visitor, auth } = await signedIn();
    const target = (await auth.session(headersOf(visitor))).session;
    for (const name of ['visit', 'session', 'store', 'failure', 'result']) {
      const method: unknown = target && Reflect.get(target, name);
      const call = async () =>
        typeof method === 'function' ? await method() : Promise.reject(new Error('no method'));
      await expect(call()).rejects.toThrow();
    }
  });

  it('is of no use once it has ended elsewhere', async () => {
    const { visitor, auth } = await signedIn();
    const target = (await auth.session(headersOf(visitor))).session;
    expect(await target?.accessToken('op')).toMatchObject({ ok: true });
    await visitor.post('/logout');
    for (const result of [await target?.accessToken('op'), await target?.info(), await target?.end()]) {
      expect(result).toMatchObject({ ok: false, code: 'not_signed_in' });
    }
    const response = await target?.fetch('api', '/');
    expect(response?.status).toBe(401);
    expect(response?.headers.get('drawbridge-error')).toBe('not_signed_in');
  });

  it('ends: the cookie is cleared and the session is gone for every browser', async () => {
    const { op, visitor, auth } = await signedIn();
    const target = (await auth.session(headersOf(visitor))).session;
    const ended = await target?.end();
    expect(ended).toMatchObject({ ok: true, setCookie: [expect.stringContaining('Max-Age=0')] });
    expect(op.paths.filter((path) => path === '/revoke')).not.toEqual([]);
    expect((await visitor.getJson('/session')).status).toBe(401);
  });

  it('is found by the origin that the browser asked, else by the Host header', async () => {
    const { op, visitor } = await stage({}, SERVER);
    const local = visitor.at(visitor.env);
    await signIn(local, op);
    const auth = authBinding(visitor.env, { app: 'shop' });
    const cookie = headersOf(local).get('cookie') ?? '';
    const found = async (headers: HeadersInit, options?: { origin: string }) =>
      (await auth.session(new Headers(headers), options)).session !== null;
    expect(await found({ cookie })).toBe(true);
    expect(await found({ cookie }, { origin: ORIGIN })).toBe(true);
    expect(await found({ cookie, host: 'app.example:8443' })).toBe(true);
    // Over http on this machine cookies have other names.
    expect(await found({ cookie }, { origin: 'http://localhost:8787' })).toBe(false);
    const plain = cookie.replaceAll('__Host-Http-', 'drawbridge-');
    expect(await found({ cookie: plain, host: 'localhost:8787' })).toBe(true);
    // The same host over https, where nobody else's cookies are taken.
    expect(await found({ cookie, host: 'localhost:8787' })).toBe(true);
    expect(await found({ cookie: plain, host: 'localhost:8787' })).toBe(true);
    expect(await found({ cookie: plain, host: new URL(ORIGIN).host })).toBe(false);
  });

  it('costs one call of its object and none of KV', async () => {
    const watched = watchedBindings();
    const { visitor, auth } = await signedIn({ app: 'shop' }, watched.env);
    watched.calls.length = 0;
    watched.operations.length = 0;
    expect((await auth.session(headersOf(visitor))).session).not.toBeNull();
    expect(watched.calls).toEqual(['read']);
    expect(watched.operations).toEqual([]);
  });

  it('tells nothing of what broke inside', async () => {
    const secret = 'tok_5up3rS3cretValueOfAProvider';
    const broken = { getByName: () => ({ read: () => Promise.reject(new Error(`lost: ${secret}`)) }) };
    const { visitor } = await signedIn();
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line) => lines.push(String(line)));
    const auth = authBinding({ ...visitor.env, SESSION_KEEPER: broken }, { app: 'shop' });
    const found = await auth.session(headersOf(visitor));
    expect(found).toMatchObject({ ok: false, code: 'internal', session: null });
    expect(JSON.stringify(found)).not.toContain(secret);
    expect(lines.join('\n')).toContain('"error":"internal"');
    expect(lines.join('\n')).not.toContain(secret);
  });

  it('is refused in words for anything but headers', async () => {
    const { auth } = await signedIn();
    const session = auth.session as (headers: unknown) => Promise<unknown>;
    for (const headers of [undefined, { cookie: 'a=b' }, 'a=b']) {
      expect(await session(headers)).toMatchObject({ ok: false, code: 'invalid_request', session: null });
    }
  });

  it.each([
    ['headers that are none', 42],
    ['a cookie that is junk', new Headers({ cookie: '__Host-Http-session=%ff; =; ;;' })],
  ])('is not there for %s', async (_, headers) => {
    const { auth } = await signedIn();
    const session = auth.session as (headers: unknown) => Promise<{ session: unknown }>;
    expect(await session(headers)).toMatchObject({ session: null });
  });
});

describe('loginUrl', () => {
  it.each([
    [undefined, '/auth/login'],
    [{ provider: 'op' }, '/auth/login/op'],
    [{ provider: '../admin?x#y' }, '/auth/login/..%2Fadmin%3Fx%23y'],
    [{ return_to: '/a?b=c#d' }, '/auth/login?return_to=%2Fa%3Fb%3Dc%23d'],
    [
      { provider: 'op', scope: 'openid read', max_age: 300, connect: true, return_to: '/' },
      '/auth/login/op?scope=openid+read&max_age=300&connect=1&return_to=%2F',
    ],
    [{ provider: 7, scope: [], max_age: -1, connect: 'yes', return_to: {} }, '/auth/login'],
  ])('%j is %s', async (options, url) => {
    const { visitor } = await signedIn();
    const auth = authBinding({ ...visitor.env, BASE_PATH: '/auth' }, { app: 'shop' });
    const loginUrl = auth.loginUrl as (options: unknown) => Promise<string>;
    expect(await loginUrl(options)).toBe(url);
  });
});
