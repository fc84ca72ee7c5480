import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sha256Hex } from '../../../src/crypto/hash.ts';
import { logoutToken } from '../../fakes/logout-token.ts';
import { ScriptedProvider } from '../../fakes/scripted-provider.ts';
import { signIn, stage } from '../../flows/journey.ts';
import { locationOf, type Visitor } from '../../support/visitor.ts';
import { keeperOf, later, listed, SESSION_KEEPER, TOKENS, watchedBindings } from './keeper-stage.ts';

afterEach(() => {
  vi.useRealTimers();
});

const ADMIN_TOKEN = 'pL7vQ2xW9zR4tY6uI8oA3sD5fG1hJ0kC';
const TENANTS = [1, 2].map((digit) => `${digit}0000000-0000-4000-8000-000000000000`);
const json = { accept: 'application/json' };

/** Two providers, and KV whose lists can be made to lag. */
async function twoProviders(own: object = {}) {
  const watched = watchedBindings();
  const { op, visitor } = await stage({}, { ...watched.env, ADMIN_TOKEN, ...own });
  const two = await ScriptedProvider.start('https://two.example');
  const both = visitor.at({
    ...visitor.env,
    PROVIDERS: { op: op.entry(), two: two.entry() },
    TWO_CLIENT_SECRET: two.clientSecret,
  });
  op.sub = crypto.randomUUID();
  two.sub = crypto.randomUUID();
  return { op, two, visitor: both, ...watched };
}

const connect = async (visitor: Visitor, two: ScriptedProvider) =>
  two.callback(locationOf(await visitor.follow('/login/two?connect=1')));
const statusOf = async (visitor: Visitor) => (await visitor.at(visitor.env).getJson('/session')).status;
const found = async (visitor: Visitor) => {
  const { key } = await keeperOf(visitor);
  await vi.waitFor(async () => expect(await listed(key)).toBeDefined(), 5000);
};
const revokeUser = (visitor: Visitor, query: Record<string, string>) =>
  visitor.at(visitor.env).send('POST', `/admin/sessions/revoke?${new URLSearchParams(query)}`, {
    headers: { ...json, authorization: `Bearer ${ADMIN_TOKEN}` },
  });
const sendLogoutToken = async (visitor: Visitor, provider: ScriptedProvider, id: string, claims: object) => {
  const body = new URLSearchParams({ logout_token: await logoutToken(provider, { ...claims }) });
  return visitor.at(visitor.env).send('POST', `/backchannel-logout/${id}`, { body });
};
const revoked = ({ requests }: ScriptedProvider) =>
  requests.filter(({ path }) => path === '/revoke').map(({ form }) => form.get('token'));

describe('a session', () => {
  it('is found by its founder when a connected grant has been refused for good', async () => {
    const { op, two, visitor } = await twoProviders();
    await signIn(visitor, op);
    await visitor.get(await connect(visitor, two));
    two.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    await visitor.post('/session/refresh?provider=two', json);
    await found(visitor);
    expect(await (await revokeUser(visitor, { provider: 'op', sub: op.sub })).json()).toMatchObject({
      sessions: 1,
    });
    expect(await statusOf(visitor)).toBe(401);
  });

  it('ends with its founding grant, and the grants that were connected to it are revoked', async () => {
    const { op, two, visitor } = await twoProviders();
    await signIn(visitor, op);
    await visitor.get(await connect(visitor, two));
    op.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    await visitor.post('/session/refresh?provider=op', json);
    expect(await statusOf(visitor)).toBe(401);
    await vi.waitFor(() => expect(revoked(two)).toHaveLength(2));
  });

  it('is ended by a logout token of any provider that it has a grant of', async () => {
    const { op, two, visitor } = await twoProviders();
    await signIn(visitor, op);
    await visitor.get(await connect(visitor, two));
    await found(visitor);
    expect((await sendLogoutToken(visitor, two, 'two', { sub: two.sub })).status).toBe(200);
    expect(await statusOf(visitor)).toBe(401);
  });

  it('of one tenant is not that of another with the same `sub`', async () => {
    const watched = watchedBindings();
    const template = 'https://op.example/{tid}/v2.0';
    const { op, visitor } = await stage({ issuer_template: template }, { ...watched.env, ADMIN_TOKEN });
    op.sub = crypto.randomUUID();
    const [one, other] = [visitor.at(visitor.env), visitor.at(visitor.env)];
    for (const [index, browser] of [one, other].entries()) {
      const tid = TENANTS[index] as string;
      op.idTokenClaims = (right) => ({ ...right, tid, iss: template.replace('{tid}', tid) });
      await signIn(browser, op);
      await found(browser);
    }
    const own = (await (await one.getJson('/sessions')).json()) as { sessions: object[] };
    expect(own.sessions).toHaveLength(1);
    const { hash } = await keeperOf(other);
    expect((await one.post(`/sessions/end?id=${hash}`, json)).status).toBe(404);
    expect((await revokeUser(one, { provider: 'op', sub: op.sub })).status).toBe(400);
    expect((await one.post('/logout?everywhere=1')).status).toBe(303);
    expect([await statusOf(one), await statusOf(other)]).toEqual([401, 200]);
    const iss = template.replace('{tid}', TENANTS[1] as string);
    expect((await revokeUser(one, { provider: 'op', iss, sub: op.sub })).status).toBe(200);
    expect(await statusOf(other)).toBe(401);
  });

  it('is not ended by an entry in KV that somebody made up', async () => {
    const { op, visitor } = await twoProviders();
    const victim = visitor.at(visitor.env);
    await signIn(victim, op);
    const { hash } = await keeperOf(victim);
    op.sub = crypto.randomUUID();
    await signIn(visitor, op);
    const [sub, iss] = [await sha256Hex(op.sub), await sha256Hex(op.issuer)];
    for (const name of [`by-user:${sub}:${iss}:${hash}`, `subject:op:${sub}:${hash}`])
      await TOKENS.put(name, '');
    expect((await visitor.post('/logout?everywhere=1')).status).toBe(303);
    expect(await statusOf(victim)).toBe(200);
  });

  it('that KV does not list yet is ended by a revocation 90 s later, one that began since is spared', async () => {
    const { op, visitor } = await twoProviders();
    const unlisted = visitor.at(visitor.env);
    await signIn(unlisted, op);
    await found(unlisted);
    const empty = new Proxy(TOKENS, {
      get: (kv, name) =>
        name === 'list' ? async () => ({ keys: [], list_complete: true }) : Reflect.get(kv, name).bind(kv),
    });
    const sweepers: string[] = [];
    const keepers = {
      getByName: (name: string) => {
        if (name.startsWith('sweep:')) sweepers.push(name);
        return SESSION_KEEPER.getByName(name);
      },
    };
    const lagging = visitor.at({ ...visitor.env, TOKENS: empty, SESSION_KEEPER: keepers });
    expect(await (await revokeUser(lagging, { iss: op.issuer, sub: op.sub })).json()).toMatchObject({
      sessions: 0,
    });
    const since = visitor.at(visitor.env);
    await signIn(since, op);
    await found(since);
    expect([await statusOf(unlisted), await statusOf(since)]).toEqual([200, 200]);
    later(91);
    await runDurableObjectAlarm(SESSION_KEEPER.getByName(sweepers[0] as string));
    expect([await statusOf(unlisted), await statusOf(since)]).toEqual([401, 200]);
  });
});

describe('adding a provider', () => {
  it('that can’t be stored ends nothing, and the token that came is revoked', async () => {
    const { op, two, visitor } = await twoProviders();
    await signIn(visitor, op);
    const before = await keeperOf(visitor);
    const back = await connect(visitor, two);
    const failing = visitor.at({
      ...visitor.env,
      SESSION_KEEPER: {
        getByName: (name: string) => {
          const object = SESSION_KEEPER.getByName(name);
          return name === before.hash
            ? object
            : { ...object, create: () => Promise.reject(new Error('down')) };
        },
      },
    });
    expect((await failing.get(back, json)).status).toBe(500);
    expect(await statusOf(visitor)).toBe(200);
    expect(revoked(op)).toEqual([]);
    expect(revoked(two)).toHaveLength(2);
  });

  it('names the session that goes on, so that whatever ends the old one ends it', async () => {
    const { op, two, visitor } = await twoProviders();
    await signIn(visitor, op);
    const before = await keeperOf(visitor);
    await visitor.get(await connect(visitor, two));
    expect(await statusOf(visitor)).toBe(200);
    const response = await visitor.at(visitor.env).send('POST', `/admin/sessions/${before.hash}/revoke`, {
      headers: { ...json, authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(response.status).toBe(200);
    expect(await statusOf(visitor)).toBe(401);
    later(901);
    await runDurableObjectAlarm(before.stub);
    expect(await runInDurableObject(before.stub, (_, { storage }) => [...storage.kv.list()])).toEqual([]);
  });

  it('is followed by a revocation of the user, on whose list the old session is alone', async () => {
    const { op, two, visitor } = await twoProviders();
    await signIn(visitor, op);
    await found(visitor);
    const { hash } = await keeperOf(visitor);
    const listedBefore = (await TOKENS.list()).keys.filter(({ name }) => name.endsWith(hash));
    expect(listedBefore.length).toBeGreaterThan(1);
    await visitor.get(await connect(visitor, two));
    const list = async ({ prefix }: KVNamespaceListOptions) => ({
      keys: listedBefore.filter(({ name }) => name.startsWith(prefix ?? '')),
      list_complete: true,
    });
    const lagging = new Proxy(TOKENS, {
      get: (kv, name) => (name === 'list' ? list : Reflect.get(kv, name).bind(kv)),
    });
    const revocation = await revokeUser(visitor.at({ ...visitor.env, TOKENS: lagging }), {
      iss: op.issuer,
      sub: op.sub,
    });
    expect(await revocation.json()).toMatchObject({ sessions: 1 });
    expect(await statusOf(visitor)).toBe(401);
  });

  it('to a session that another login takes the place of revokes what the new one has not', async () => {
    const { op, two, visitor } = await twoProviders();
    await signIn(visitor, op);
    await visitor.get(await connect(visitor, two));
    await signIn(visitor, op, '/login/op');
    await vi.waitFor(() => expect(revoked(two)).toHaveLength(2));
    expect(revoked(op)).toEqual([]);
  });
});
