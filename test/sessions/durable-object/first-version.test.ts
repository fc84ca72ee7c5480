import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sha256Hex } from '../../../src/crypto/hash.ts';
import { Sealer } from '../../../src/crypto/seal.ts';
import type { Row } from '../../../src/objects/row.ts';
import { logoutToken } from '../../fakes/logout-token.ts';
import { signIn, stage } from '../../flows/journey.ts';
import { SESSION_SECRET } from '../../support/settings.ts';
import { keeperOf, later, listed, SESSION_KEEPER, sealedIn, TOKENS } from './keeper-stage.ts';

afterEach(() => {
  vi.useRealTimers();
});

type Old = Record<string, unknown>;

/** A session as version 0.1 stored it: rows of its own for everything, a copy in KV, an index without issuers. */
async function oldSession() {
  const { op, visitor } = await stage({}, { INSPECT: true, TOKENS, SESSION_KEEPER });
  op.sub = crypto.randomUUID();
  op.idTokenClaims = (right) => ({ ...right, sid: `sid-of-${op.sub}` });
  await signIn(visitor, op);
  const { hash, key, stub } = await keeperOf(visitor);
  await vi.waitFor(async () => expect(await listed(key)).toBeDefined(), 10_000);
  const sealer = new Sealer([SESSION_SECRET]);
  const { session } = (await sealer.open('record', await sealedIn(stub), key)) as { session: Old };
  const { iss: _, began_ms: __, ...old } = session;
  const grants = (old.grants as Old[]).map(({ iss: _, ...grant }) => grant);
  const sealed = await sealer.seal('record', { ...old, grants }, key);
  for (const { name } of (await TOKENS.list()).keys) if (name.endsWith(hash)) await TOKENS.delete(name);
  const index = [
    `subject:op:${await sha256Hex(op.sub)}:${hash}`,
    `sid:op:${await sha256Hex(`sid-of-${op.sub}`)}:${hash}`,
  ];
  await TOKENS.put(key, sealed, { metadata: { sub: op.sub } });
  for (const name of index) await TOKENS.put(name, '');
  await runInDurableObject(stub, async (_, { storage }) => {
    await storage.deleteAll();
    storage.kv.put('name', hash);
    storage.kv.put('record', sealed);
    storage.kv.put('ends_at', session.expires_at);
    storage.kv.put('history', [{ event: 'refreshed', provider: 'op', at: 1 }]);
    storage.kv.put('retry:op', {
      failures: 1,
      at: Date.now() / 1000 + 60,
      error: { code: 'provider_unreachable' },
    });
    storage.kv.put('copy', {
      changes: 2,
      followed: 2,
      failures: 0,
      retryAt: 0,
      keys: [key, ...index],
      goneAt: 4e9,
    });
    await storage.setAlarm((session.expires_at as number) * 1000);
  });
  await evictDurableObject(stub);
  const rows = () =>
    runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()].map(([name]) => name));
  const statusOf = async () => (await visitor.at(visitor.env).getJson('/session')).status;
  return { op, visitor, hash, key, stub, index, rows, statusOf };
}

describe('a session that version 0.1 has stored', () => {
  it('lives on, in one row', async () => {
    const { visitor, op, rows, key, index } = await oldSession();
    const response = await visitor.getJson('/session');
    expect(await response.json()).toMatchObject({ provider: 'op', iss: op.issuer, sub: op.sub });
    expect(await rows()).toEqual(['record']);
    expect((await visitor.get('/token')).status).toBe(200);
    expect((await visitor.post('/session/refresh', { accept: 'application/json' })).status).toBe(200);
    await vi.waitFor(async () => expect(await listed(key)).toMatchObject({ iss: op.issuer }), 5000);
    for (const name of index) expect(await TOKENS.get(name)).toBe('');
  });

  it('keeps its history and its retries', async () => {
    const { stub, visitor, op } = await oldSession();
    const history = () => runInDurableObject(stub, async (object) => (await object.inspect())?.history);
    expect(await history()).toEqual([{ event: 'refreshed', provider: 'op', at: 1 }]);
    later(250);
    op.requests.length = 0;
    expect((await visitor.get('/token')).status).toBe(200);
    await evictDurableObject(stub);
    // The provider is asked again only when the stored wait is over.
    expect(await history()).toHaveLength(2);
  });

  it.each<[string, (old: Awaited<ReturnType<typeof oldSession>>) => Promise<Response>]>([
    ['its user', ({ visitor }) => visitor.at(visitor.env).post('/logout')],
    ['its user, everywhere', ({ visitor }) => visitor.at(visitor.env).post('/logout?everywhere=1')],
    [
      'its provider, by `sub`',
      async ({ op, visitor }) => {
        const body = new URLSearchParams({ logout_token: await logoutToken(op, { sub: op.sub }) });
        return visitor.at(visitor.env).send('POST', '/backchannel-logout/op', { body });
      },
    ],
    [
      'its provider, by `sid`',
      async ({ op, visitor }) => {
        const body = new URLSearchParams({
          logout_token: await logoutToken(op, { sid: `sid-of-${op.sub}` }),
        });
        return visitor.at(visitor.env).send('POST', '/backchannel-logout/op', { body });
      },
    ],
  ])('is found and ended by %s, before it was used', async (_, end) => {
    const old = await oldSession();
    expect((await end(old)).status).toBeLessThan(400);
    expect(await old.statusOf()).toBe(401);
    await vi.waitFor(async () => expect(await listed(old.key)).toBeUndefined());
    for (const name of old.index) expect(await TOKENS.get(name)).toBeNull();
  });

  it('ends in time, and leaves nothing behind', async () => {
    const { stub, key, rows } = await oldSession();
    later(86_401);
    await runDurableObjectAlarm(stub);
    expect(await rows()).toEqual([]);
    expect(await listed(key)).toBeUndefined();
  });

  it('that had ended, while KV lagged, is still taken out of KV', async () => {
    const { stub, key, index, rows } = await oldSession();
    await runInDurableObject(stub, (_, { storage }) => {
      for (const name of ['record', 'ends_at', 'history', 'retry:op']) storage.kv.delete(name);
      storage.kv.put('copy', {
        changes: 3,
        followed: 2,
        failures: 1,
        retryAt: 0,
        keys: [key, ...index],
        goneAt: 4e9,
      });
    });
    await evictDurableObject(stub);
    await runDurableObjectAlarm(stub);
    expect(await TOKENS.get(key)).toBeNull();
    for (const name of index) expect(await TOKENS.get(name)).toBeNull();
    expect(await rows()).toEqual([]);
  });

  it('is stored in the new form by `reseal` as well', async () => {
    const { stub } = await oldSession();
    await stub.reseal();
    const row = await runInDurableObject(stub, (_, { storage }) => storage.kv.get<Row>('record'));
    expect(row).toMatchObject({ v: 1, sealed: expect.any(String) });
  });
});
