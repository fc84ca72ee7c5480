import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CookieJar } from '../../src/sessions/cookies/cookie-jar.ts';
import { grantOf, type Session } from '../../src/sessions/session.ts';
import type { SessionStore } from '../../src/sessions/store.ts';
import type { Env } from '../../src/settings/env.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { signIn, stage, startLogin } from '../flows/journey.ts';
import { errorOf, locationOf, type Visitor } from '../support/visitor.ts';

interface SessionBody {
  readonly provider: string;
  readonly sub: string;
  readonly grants: readonly { provider: string; scope: string; expires_at: number; refreshable: boolean }[];
  readonly created_at: number;
  readonly expires_at: number;
}

async function sessionOf(visitor: Visitor): Promise<SessionBody> {
  const response = await visitor.getJson('/session');
  expect(response.status).toBe(200);
  return (await response.json()) as SessionBody;
}

async function tokenOf(visitor: Visitor): Promise<string> {
  const response = await visitor.get('/token');
  expect(response.status).toBe(200);
  return ((await response.json()) as { access_token: string }).access_token;
}

const later = (seconds: number) => vi.useFakeTimers({ now: Date.now() + seconds * 1000, toFake: ['Date'] });

/** The jar of one more request of a browser. */
function jarOf({ cookies }: Visitor): CookieJar {
  const full = (name: string) => `__Host-Http-${name}`;
  return {
    get: (name) => cookies.get(full(name)),
    set: (name, value) => void cookies.set(full(name), value),
    clear: (name) => void cookies.delete(full(name)),
    isEmpty: false,
    isSecure: true,
    take: () => [],
    names: () => [],
  };
}

/** What every store of sessions does, seen from outside. `env` turns the store on. */
export function storeContract(
  name: string,
  env: () => Env,
  storeFor: (settings: Settings, jar: CookieJar) => SessionStore,
): void {
  const inspecting = () => stage({ scope: 'openid read' }, { INSPECT: true, ...env() });

  /** The store of one more request of a browser, as a route gets it. */
  const storeOf = (visitor: Visitor) => storeFor(loadSettings(visitor.env), jarOf(visitor));
  /** A browser that is signed in, its session, and a resource server's refusal of its access token. */
  const rejecting = async () => {
    const { op, visitor } = await stage({}, env());
    await signIn(visitor, op);
    op.requests.length = 0;
    const provider = loadSettings(visitor.env).defaultProvider;
    const read = async () => (await storeOf(visitor).read()) as Session;
    const reject = (session: Session, browser = visitor) =>
      storeOf(browser).refresh(session, provider, { force: 'rejected' });
    const accessToken = (session: Session) => grantOf(session, 'op')?.access_token;
    return { op, visitor, read, reject, accessToken };
  };

  describe(`sessions in ${name}`, () => {
    afterEach(() => vi.useRealTimers());

    it('are there after a login, and nobody else’s', async () => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      expect(await sessionOf(visitor)).toMatchObject({ provider: 'op', sub: 'user-1' });
      const stranger = visitor.at(visitor.env);
      stranger.cookies.clear();
      const response = await stranger.getJson('/session');
      expect(response.status).toBe(401);
      expect(await errorOf(response)).toBe('not_signed_in');
    });

    it('end on logout, and the tokens are revoked', async () => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      const access = await tokenOf(visitor);
      const response = await visitor.post('/logout');
      expect(response.status).toBe(303);
      expect([...visitor.cookies.keys()]).toEqual([]);
      expect((await visitor.getJson('/session')).status).toBe(401);
      const revoked = op.requests
        .filter(({ path }) => path === '/revoke')
        .map(({ form }) => form.get('token'));
      expect(revoked).toEqual([expect.stringMatching(/^refresh-/), access]);
    });

    it('end by a form whose origin our referrer policy hides', async () => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      expect((await visitor.post('/logout', { origin: 'null' })).status).toBe(303);
      expect((await visitor.getJson('/session')).status).toBe(401);
    });

    it('end here also when the provider can’t revoke', async () => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      op.answers['/revoke'] = () => new Response('', { status: 503 });
      expect((await visitor.post('/logout')).status).toBe(303);
      expect((await visitor.getJson('/session')).status).toBe(401);
    });

    it.each([
      ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
      ['another origin of the site', { 'sec-fetch-site': 'same-site', origin: 'https://www.example' }],
      ['an unknown place', { 'sec-fetch-site': 'none', origin: 'null' }],
      ['a frame in a sandbox', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
    ])('are not ended, refreshed or read by %s', async (_, headers) => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      for (const path of ['/logout', '/session/refresh']) {
        expect((await visitor.post(path, headers)).status).toBe(403);
      }
      expect((await visitor.get('/token', headers)).status).toBe(403);
      await sessionOf(visitor);
    });

    it('are refreshed on demand, and the new refresh token replaces the old one', async () => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      const before = await tokenOf(visitor);
      for (let round = 0; round < 3; round++) {
        expect((await visitor.post('/session/refresh', { accept: 'application/json' })).status).toBe(200);
      }
      expect(await tokenOf(visitor)).not.toBe(before);
      const sent = op.requests.map(({ form }) => form.get('refresh_token')).filter(Boolean);
      expect(new Set(sent).size).toBe(3);
    });

    it('keep the old refresh token if none comes (RFC 6749 §6), and the scope', async () => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      op.answers['/token'] = () =>
        Response.json({ access_token: 'new', token_type: 'Bearer', expires_in: 300 });
      for (let round = 0; round < 2; round++) await visitor.post('/session/refresh');
      const sent = op.requests.map(({ form }) => form.get('refresh_token')).filter(Boolean);
      expect(new Set(sent).size).toBe(1);
      expect((await sessionOf(visitor)).grants[0]).toMatchObject({ scope: 'openid read', refreshable: true });
    });

    it('refresh an access token that is about to end before it is handed out', async () => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      const before = await tokenOf(visitor);
      expect(await tokenOf(visitor)).toBe(before);
      later(280);
      expect(await tokenOf(visitor)).not.toBe(before);
    });

    it('refresh once for many requests at once', async () => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      later(400);
      op.requests.length = 0;
      const tokens = await Promise.all(Array.from({ length: 100 }, () => tokenOf(visitor.at(visitor.env))));
      expect(new Set(tokens).size).toBe(1);
      expect(op.paths).toEqual(['/token']);
    });

    it('don’t refresh at every use what lives for a second', async () => {
      const { op, visitor } = await inspecting();
      op.tokenResponse = (right) => ({ ...right, expires_in: 1 });
      await signIn(visitor, op);
      op.requests.length = 0;
      for (let round = 0; round < 10; round++) await tokenOf(visitor);
      expect(op.paths).toEqual([]);
    });

    it('end with the grant that they were founded with, and the provider is asked once', async () => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      op.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
      const response = await visitor.post('/session/refresh', { accept: 'application/json' });
      expect(response.status).toBe(401);
      expect(await errorOf(response)).toBe('login_required');
      op.requests.length = 0;
      expect((await visitor.get('/token')).status).toBe(401);
      expect(op.paths).toEqual([]);
    });

    it('refresh a live access token that a resource server has rejected, once in five minutes', async () => {
      const { op, read, reject, accessToken } = await rejecting();
      const before = await read();
      const after = await reject(before);
      expect(accessToken(after)).not.toBe(accessToken(before));
      expect(accessToken(await reject(after))).toBe(accessToken(after));
      expect(op.paths).toEqual(['/token']);
      later(299);
      const renewed = await reject(await read());
      op.requests.length = 0;
      later(301);
      expect(accessToken(await reject(renewed))).not.toBe(accessToken(renewed));
      expect(op.paths).toEqual(['/token']);
    });

    it('answer a rejected access token with the newer one that there is', async () => {
      const { op, visitor, read, reject, accessToken } = await rejecting();
      const before = await read();
      expect((await visitor.post('/session/refresh')).status).toBe(303);
      op.requests.length = 0;
      const newer = await read();
      expect(accessToken(await reject(before))).toBe(accessToken(newer));
      expect(op.paths).toEqual([]);
    });

    it('refresh once for 100 rejections of one access token, at once and after', async () => {
      const { op, visitor, read, reject, accessToken } = await rejecting();
      const before = await read();
      const browsers = Array.from({ length: 100 }, () => visitor.at(visitor.env));
      const renewed = await Promise.all(browsers.map((browser) => reject(before, browser)));
      renewed.push(await reject(before, visitor.at(visitor.env)));
      expect(new Set(renewed.map(accessToken)).size).toBe(1);
      expect(op.paths).toEqual(['/token']);
    });

    it('wait as long as a provider asks that answers 429, also those that a user forces', async () => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      op.answers['/token'] = () => new Response('', { status: 429, headers: { 'retry-after': '600' } });
      const refresh = () => visitor.at(visitor.env).post('/session/refresh', { accept: 'application/json' });
      op.requests.length = 0;
      expect((await refresh()).ok).toBe(false);
      later(590);
      expect((await refresh()).ok).toBe(false);
      expect(op.paths).toEqual(['/token']);
      op.answers['/token'] = undefined;
      later(11);
      expect((await refresh()).status).toBe(200);
    });

    it('are alive until they end, and are not extended by the question', async () => {
      const { op, visitor } = await stage({}, { ...env(), SESSION_IDLE_SECONDS: 1000 });
      await signIn(visitor, op);
      const session = (await storeOf(visitor).read()) as Session;
      later(900);
      expect(await storeOf(visitor).isAlive(session)).toBe(true);
      later(101);
      expect(await storeOf(visitor).isAlive(session)).toBe(false);
    });

    it('have an end that is known beforehand only where nothing else can end them', async () => {
      const { op, visitor } = await stage({}, env());
      await signIn(visitor, op);
      const session = (await storeOf(visitor).read()) as Session;
      const until = storeOf(visitor).aliveUntil(session);
      await storeOf(visitor.at(visitor.env)).end({ revoke: false });
      expect(await storeOf(visitor).isAlive(session)).toBe(until !== undefined);
    });

    it('are continued with one more grant, and stay the founder’s (connect=1)', async () => {
      const { op, visitor } = await stage({}, env());
      await signIn(visitor, op);
      const other = await ScriptedProvider.start('https://other.example');
      other.knowsClient = () => true;
      const two = visitor.at({
        ...visitor.env,
        PROVIDERS: { op: op.entry(), other: other.entry() },
        DEFAULT_PROVIDER: 'op',
        OTHER_CLIENT_SECRET: other.clientSecret,
      });
      await two.getJson(other.callback(locationOf(await two.follow('/login/other?connect=1'))));
      const { provider, grants } = await sessionOf(two);
      expect([provider, ...grants.map((grant) => grant.provider)]).toEqual(['op', 'op', 'other']);
    });

    it('are not continued once they have ended, and what was to be added is revoked', async () => {
      const { op, visitor } = await stage({}, env());
      await signIn(visitor, op);
      const session = (await storeOf(visitor).read()) as Session;
      await storeOf(visitor).end({ revoke: false });
      op.requests.length = 0;
      const continuing = storeOf(visitor).start({ ...session, id: 'another' }, { continues: session.id });
      await expect(continuing).rejects.toMatchObject({ code: 'not_signed_in' });
      expect(new Set(op.paths)).toEqual(new Set(['/revoke']));
    });

    it('end where a new sign-in of the same browser takes their place', async () => {
      const { op, visitor } = await stage({}, env());
      await signIn(visitor, op);
      const store = storeOf(visitor);
      const before = (await store.read()) as Session;
      await signIn(visitor, op);
      const after = (await storeOf(visitor).read()) as Session;
      expect(after.id).not.toBe(before.id);
      expect(await store.isAlive(before)).toBe(store.aliveUntil(before) !== undefined);
    });

    it('ask for a new sign-in when their provider’s id is pointed at another issuer, which gets no token', async () => {
      const { op, visitor } = await stage({}, env());
      await signIn(visitor, op);
      const other = await ScriptedProvider.start('https://other.example');
      const moved = visitor.at({ ...visitor.env, PROVIDERS: { op: other.entry() } });
      expect((await moved.getJson('/session')).status).toBe(401);
      const left = visitor.at({ ...visitor.env, PROVIDERS: { op: other.entry() } });
      expect((await left.post('/logout', { accept: 'application/json' })).status).toBe(200);
      expect(other.requests.filter(({ path }) => path === '/revoke')).toEqual([]);
    });

    it('keep the last known life of an access token when a refresh does not say it', async () => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      op.answers['/token'] = () => Response.json({ access_token: 'new', token_type: 'Bearer' });
      const before = Math.floor(Date.now() / 1000);
      expect((await visitor.post('/session/refresh')).status).toBe(303);
      const { expires_at = 0 } = (await sessionOf(visitor)).grants[0] ?? {};
      expect(expires_at - before).toBeGreaterThanOrEqual(300);
      expect(expires_at - before).toBeLessThanOrEqual(310);
    });

    it('keep the grant when the provider is down, and serve the live token', async () => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      const before = await tokenOf(visitor);
      op.answers['/token'] = () => new Response('', { status: 503 });
      later(250);
      expect(await tokenOf(visitor)).toBe(before);
      op.answers['/token'] = undefined;
      later(60);
      expect(await tokenOf(visitor)).not.toBe(before);
    });

    it('end when they are not used, live on when they are, and end for good in time', async () => {
      const lifetimes = { SESSION_IDLE_SECONDS: 1000, SESSION_MAX_SECONDS: 2500 };
      const { op, visitor } = await stage({}, { ...env(), ...lifetimes });
      await signIn(visitor, op);
      const created = (await sessionOf(visitor)).created_at;
      for (const seconds of [900, 900]) {
        later(seconds);
        await sessionOf(visitor);
      }
      expect((await sessionOf(visitor)).expires_at).toBe(created + 2500);
      later(800);
      expect((await visitor.getJson('/session')).status).toBe(401);
    });

    it('end sooner when the settings become shorter, from the next use on', async () => {
      const { op, visitor } = await stage({}, env());
      await signIn(visitor, op);
      const shorter = visitor.at({ ...visitor.env, SESSION_IDLE_SECONDS: 1000 });
      await sessionOf(shorter);
      later(1001);
      expect((await shorter.getJson('/session')).status).toBe(401);
    });

    it.each([0.5, 3600.9, 1e12, 1e300])('take an expires_in of %d as it can be meant', async (expires_in) => {
      const { op, visitor } = await inspecting();
      op.tokenResponse = (right) => ({ ...right, expires_in });
      await signIn(visitor, op);
      const { grants, created_at } = await sessionOf(visitor);
      const life = (grants[0]?.expires_at ?? 0) - created_at;
      expect(life).toBe(Math.min(Math.floor(expires_in), 315_360_000));
      expect((await visitor.get('/session')).status).toBe(200);
      expect((await visitor.post('/session/refresh', { accept: 'application/json' })).status).toBe(200);
    });

    it('take an expires_in of 0 as a token that does not say when it ends', async () => {
      const { op, visitor } = await inspecting();
      op.tokenResponse = (right) => ({ ...right, expires_in: 0 });
      await signIn(visitor, op);
      expect((await sessionOf(visitor)).grants[0]?.expires_at ?? null).toBeNull();
      expect((await visitor.get('/token')).status).toBe(200);
    });

    it('have no id, token or claim that a reader of the cookie could see', async () => {
      const { op, visitor } = await inspecting();
      op.idTokenClaims = (right) => ({ ...right, email: 'ada@op.example' });
      await signIn(visitor, op);
      const jar = [...visitor.cookies.values()].join('');
      const readable = jar + jar.split('.').map(decodeAnyway).join('');
      for (const secret of ['access-', 'refresh-', 'user-1', 'ada@op.example']) {
        expect(readable).not.toContain(secret);
      }
    });

    it('never hand out a token outside INSPECT', async () => {
      const { op, visitor } = await stage({}, env());
      await signIn(visitor, op);
      expect((await visitor.get('/token')).status).toBe(404);
      const page = await (await visitor.get('/session')).text();
      expect(page).not.toMatch(/access-|refresh-|eyJ/);
    });

    it('a callback that fails leaves the session that is there alone', async () => {
      const { op, visitor } = await inspecting();
      await signIn(visitor, op);
      await visitor.get(
        `/callback?error=access_denied&iss=${op.issuer}&state=${(await startLogin(visitor)).searchParams.get('state')}`,
      );
      expect(await sessionOf(visitor)).toMatchObject({ sub: 'user-1' });
    });
  });
}

function decodeAnyway(part: string): string {
  try {
    return atob(part.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
}
