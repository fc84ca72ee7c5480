import { afterEach, describe, expect, it, vi } from 'vitest';
import { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { settings } from '../support/settings.ts';
import { locationOf, Visitor } from '../support/visitor.ts';
import { signIn, stage, startLogin } from './journey.ts';

afterEach(() => vi.useRealTimers());

describe('a finished login', () => {
  it('leads to /session and clears the login cookie', async () => {
    const { op, visitor } = await stage();
    const response = await visitor.get(op.callback(await startLogin(visitor)));
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/session');
    expect([...visitor.cookies.keys()]).toEqual(['__Host-Http-session']);
    const session = await visitor.getJson('/session');
    expect(await session.json()).toMatchObject({
      provider: 'op',
      sub: 'user-1',
      grants: [{ provider: 'op', scope: 'openid', token_type: 'bearer', refreshable: true }],
    });
  });

  it('leads to return_to', async () => {
    const { op, visitor } = await stage();
    const response = await signIn(visitor, op, '/login?return_to=%2Freports%3Fyear%3D1%23top');
    expect(response.headers.get('location')).toBe('/reports?year=1#top');
  });

  it('answers with the token response as JSON, in INSPECT alone', async () => {
    const { op, visitor } = await stage({}, { INSPECT: true });
    const response = await signIn(visitor, op);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      access_token: expect.stringMatching(/^access-/),
      token_type: 'bearer',
      expires_in: 300,
      refresh_token: expect.stringMatching(/^refresh-/),
      id_token: expect.stringMatching(/^eyJ/),
    });
    const production = await stage();
    expect((await signIn(production.visitor, production.op)).status).toBe(303);
  });

  it('shows no secret, verifier or token in what it redirects to or sets', async () => {
    const { op, visitor } = await stage();
    const response = await visitor.get(op.callback(await startLogin(visitor)));
    const { form } = op.requests.find(({ path }) => path === '/token') ?? {};
    const shown = JSON.stringify([...response.headers]);
    for (const secret of [form?.get('code_verifier'), form?.get('code'), op.clientSecret]) {
      expect(secret).toBeTruthy();
      expect(shown).not.toContain(secret);
    }
    expect(form?.get('code_verifier')).toMatch(/^[\w.~-]{43,128}$/);
  });

  it('makes a new session each time, so that nobody can fix one', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    const before = visitor.cookies.get('__Host-Http-session');
    await signIn(visitor, op);
    expect(visitor.cookies.get('__Host-Http-session')).not.toBe(before);
  });
});

describe('a callback', () => {
  it('that is reloaded when finished leads on to the session, without a second token request', async () => {
    const { op, visitor } = await stage();
    const path = op.callback(await startLogin(visitor));
    await visitor.get(path);
    const reload = await visitor.get(path);
    expect(reload.status).toBe(303);
    expect(reload.headers.get('location')).toBe('/session');
    expect(op.paths.filter((seen) => seen === '/token')).toHaveLength(1);
  });

  it.each([
    ['HEAD', () => ({}), 405],
    ['GET', () => ({ 'sec-purpose': 'prefetch' }), 403],
    ['GET', () => ({ purpose: 'prefetch' }), 403],
  ] as const)('%s ahead of the visit consumes nothing', async (method, headers, status) => {
    const { op, visitor } = await stage();
    const path = op.callback(await startLogin(visitor));
    const ahead = await visitor.send(method, path, { headers: headers() });
    expect(ahead.status).toBe(status);
    expect((await visitor.get(path)).status).toBe(303);
  });
});

describe('grants', () => {
  async function twoProviders() {
    const [first, second] = [
      await ScriptedProvider.start('https://one.example'),
      await ScriptedProvider.start('https://two.example'),
    ];
    const visitor = new Visitor(
      settings({
        PROVIDERS: { one: first.entry(), two: second.entry() },
        ONE_CLIENT_SECRET: first.clientSecret,
        TWO_CLIENT_SECRET: second.clientSecret,
      }),
    );
    return { first, second, visitor };
  }

  async function grantsOf(visitor: Visitor): Promise<string[]> {
    const session = (await (await visitor.getJson('/session')).json()) as { grants: { provider: string }[] };
    return session.grants.map(({ provider }) => provider);
  }

  it('connect=1 adds a second provider’s to the session that is there', async () => {
    const { first, second, visitor } = await twoProviders();
    await signIn(visitor, first, '/login/one');
    const started = await visitor.follow('/login/two?connect=1');
    await visitor.get(second.callback(locationOf(started)));
    expect(await grantsOf(visitor)).toEqual(['one', 'two']);
    expect(await (await visitor.getJson('/session')).json()).toMatchObject({ provider: 'one' });
  });

  it('a plain login starts afresh: nobody inherits another person’s grants', async () => {
    const { first, second, visitor } = await twoProviders();
    await signIn(visitor, first, '/login/one');
    await signIn(visitor, second, '/login/two');
    expect(await grantsOf(visitor)).toEqual(['two']);
  });
});
