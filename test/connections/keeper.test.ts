import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionKeeper } from '../../src/connections/keeper.ts';
import { metadataOf } from '../../src/connections/kv-copy.ts';
import type { Row } from '../../src/objects/row.ts';
import { later, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { CONNECTION_KEEPER, connected, exchange, json, postForm, programStage, signIn } from './stage.ts';

afterEach(() => {
  vi.useRealTimers();
});

const copyOf = async (id: string) => (await TOKENS.getWithMetadata(`connection:${id}`)).metadata;

describe('the object of a connection', () => {
  it('keeps its grant when it is evicted in mid-refresh, and sends no refresh token twice', async () => {
    const { visitor, key, stub, families } = await connected();
    later(400);
    families.faults.push('slow');
    await Promise.all([exchange(visitor, key), evictDurableObject(stub).catch(() => undefined)]);
    expect((await exchange(visitor, key)).status).toBe(200);
    expect((await exchange(visitor, key)).status).toBe(200);
    expect(families.sent.length).toBeLessThanOrEqual(2);
  });

  it('revokes what a refresh brings after the connection has ended', async () => {
    const { visitor, op, key, id, families, stub } = await connected();
    const gate = op.hold('/token');
    later(400);
    const running = exchange(visitor, key);
    await vi.waitFor(() => expect(families.sent).toHaveLength(1));
    await postForm(visitor, `/connections/${id}/end`);
    gate.resolve();
    expect((await running).status).toBe(400);
    expect(await stub.inspect()).toBeUndefined();
    const newest = families.familyOf(families.sent[0] as string)?.current;
    await vi.waitFor(() => {
      const revoked = op.requests
        .filter(({ path }) => path === '/revoke')
        .map(({ form }) => form.get('token'));
      expect(revoked).toContain(newest);
    });
  });

  it('leaves nothing behind when it has ended', async () => {
    const { visitor, id, stub } = await connected();
    await vi.waitFor(async () => expect(await copyOf(id)).toBeTruthy());
    await postForm(visitor, `/connections/${id}/end`);
    await vi.waitFor(async () => {
      const left = await runInDurableObject(stub, async (_, { storage }) => [
        ...storage.kv.list(),
        await storage.getAlarm(),
      ]);
      expect(left).toEqual([null]);
      expect(await copyOf(id)).toBeNull();
    });
  });

  it('ends by its alarm, at the time that was set', async () => {
    const { id, stub } = await connected({}, {}, { expires_in_days: '1' });
    await vi.waitFor(async () => expect(await copyOf(id)).toBeTruthy());
    later(86_401);
    await runDurableObjectAlarm(stub);
    expect(await stub.inspect()).toBeUndefined();
  });

  it('refreshes by its alarm what is kept fresh', async () => {
    const { stub, families } = await connected({ keep_fresh: true });
    later(290);
    await runDurableObjectAlarm(stub);
    await vi.waitFor(() => expect(families.sent).toHaveLength(1));
  });

  it('writes KV only when what it shows has changed', async () => {
    // Early in an hour, so that the next one does not begin meanwhile.
    later(3660 - (Math.floor(Date.now() / 1000) % 3600));
    const { visitor, key, stub, id } = await connected();
    await exchange(visitor, key);
    later(5);
    await runDurableObjectAlarm(stub);
    await vi.waitFor(async () => expect(await copyOf(id)).toHaveProperty('last_used_at', expect.any(Number)));
    const put = vi.spyOn(TOKENS, 'put');
    for (let use = 0; use < 5; use++) await exchange(visitor, key);
    later(300);
    await exchange(visitor, key);
    expect(put).not.toHaveBeenCalled();
    put.mockRestore();
  });
});

describe('the storage of a connection', () => {
  it('is one row, whatever has changed, and nothing of it runs out by itself without an end', async () => {
    const { visitor, key, stub, id } = await connected();
    await exchange(visitor, key);
    later(400);
    await exchange(visitor, key);
    const entries = await runInDurableObject(stub, (_, { storage }) => [...storage.kv.list<Row>()]);
    expect(entries.map(([name]) => name)).toEqual(['record']);
    expect(entries[0]?.[1]).toMatchObject({ v: 1, name: id, ends_at: undefined });
    const { keys } = await TOKENS.list({ prefix: `connection:${id}` });
    expect(keys.map(({ expiration }) => expiration)).toEqual([undefined]);
  });

  it('ends the copy in KV with the connection', async () => {
    const { id } = await connected({}, {}, { expires_in_days: '1' });
    const end = Math.floor(Date.now() / 1000) + 86_400;
    await vi.waitFor(async () => {
      const { keys } = await TOKENS.list({ prefix: `connection:${id}` });
      expect(keys.map(({ expiration = 0 }) => Math.abs(expiration - end) < 60)).toEqual([true]);
    });
  });

  it('is not written to KV again after an eviction', async () => {
    const { id, stub } = await connected();
    await vi.waitFor(async () => expect(await copyOf(id)).toBeTruthy());
    await vi.waitFor(async () => {
      const at = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
      expect(at).toBeGreaterThan(Date.now() + 86_400_000);
    });
    const scheduledTime = await runInDurableObject(stub, async (_, { storage }) => {
      const at = await storage.getAlarm();
      await storage.deleteAlarm();
      return at ?? 0;
    });
    await evictDurableObject(stub);
    const put = vi.spyOn(TOKENS, 'put');
    await runInDurableObject(stub, (keeper: ConnectionKeeper) =>
      keeper.alarm({ scheduledTime, isRetry: false, retryCount: 0 }),
    );
    expect(put).not.toHaveBeenCalled();
    put.mockRestore();
  });
});

describe('a dump', () => {
  it('of KV, of the objects’ storage and of the log shows no key, no token, and no user but in metadata', async () => {
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line: unknown) => void lines.push(String(line)));
    const { visitor, op, key, id, stub } = await connected();
    await exchange(visitor, key);
    later(400);
    await json(await exchange(visitor, key));
    op.answers['/token'] = () => new Response('access-1 refresh-1', { status: 503 });
    later(400);
    await exchange(visitor, key);
    const entries = await runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()]);
    await vi.waitFor(async () => expect(await copyOf(id)).toBeTruthy());
    const { keys } = await TOKENS.list({ prefix: 'connection' });
    log.mockRestore();
    const dump = JSON.stringify([entries, keys, lines]);
    expect(dump).not.toMatch(/access-[\w-]{8}|refresh-[\w-]{8}/);
    expect(dump).not.toContain(key.slice(30, 82));
    expect(JSON.stringify([entries, lines])).not.toContain(op.sub);
    expect(JSON.stringify([entries, lines])).not.toContain('Nightly backup');
  });
});

describe('the metadata in KV', () => {
  it('fits, however long label, scope and subject are, and hides an e-mail address', async () => {
    const { visitor, op } = await programStage();
    await signIn(visitor, op);
    const metadata = await metadataOf({
      id: 'a'.repeat(26),
      owner: { iss: `https://op.example/${'界'.repeat(300)}`, sub: `${'ü'.repeat(100)}@op.example` },
      home: '',
      provider: 'op',
      label: '界'.repeat(100),
      scope: '界 '.repeat(500),
      grant: undefined,
      account: undefined,
      keys: [],
      created_at: 1,
      expires_at: undefined,
      last_used_at: undefined,
      state: 'active',
      since: 1,
      reason: undefined,
      retry: undefined,
      history: [],
    });
    const bytes = new TextEncoder().encode(JSON.stringify(metadata)).byteLength;
    expect(bytes).toBeLessThanOrEqual(1024);
    expect(metadata.owner?.sub).toMatch(/^sha256:/);
  });

  it('an object of another kind has none', async () => {
    expect(await CONNECTION_KEEPER.getByName('guesses').inspect()).toBeUndefined();
  });
});
