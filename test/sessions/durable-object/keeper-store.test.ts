import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Sealer } from '../../../src/crypto/seal.ts';
import type { SessionKeeper } from '../../../src/sessions/durable-object/keeper.ts';
import { KeeperStore } from '../../../src/sessions/durable-object/keeper-store.ts';
import { recordKey } from '../../../src/sessions/durable-object/kv-copy.ts';
import type { ServerBindings } from '../../../src/settings/platform-bindings.ts';
import { signIn, stage } from '../../flows/journey.ts';
import { OTHER_SECRET, SESSION_SECRET } from '../../support/settings.ts';
import type { Visitor } from '../../support/visitor.ts';
import { storeContract } from '../store-contract.ts';
import {
  keeperOf,
  later,
  listed,
  SESSION_KEEPER,
  sealedIn,
  spoilRecord,
  TOKENS,
  watchedBindings,
} from './keeper-stage.ts';

storeContract(
  'a Durable Object each',
  () => ({ TOKENS, SESSION_KEEPER }),
  (settings, jar) => new KeeperStore(settings, settings.server as ServerBindings, jar),
);

afterEach(() => {
  vi.useRealTimers();
});

async function signedIn(own: Record<string, unknown> = {}) {
  const watched = watchedBindings();
  const { op, visitor } = await stage({ scope: 'openid read' }, { INSPECT: true, ...watched.env, ...own });
  const response = await signIn(visitor, op);
  expect(response.status).toBe(200);
  return { op, visitor, ...watched, ...(await keeperOf(visitor)) };
}

const statusOf = async (visitor: Visitor) => (await visitor.getJson('/session')).status;
const inStorage = (stub: DurableObjectStub<SessionKeeper>) =>
  runInDurableObject(stub, (_, state) => [...state.storage.kv.list()]);

describe('the cost of sessions in Durable Objects', () => {
  it('a login is one object call, a read is one, with no KV operation', async () => {
    const { visitor, calls, operations, key } = await signedIn();
    expect(calls).toEqual(['create']);
    await vi.waitFor(async () => expect(await listed(key)).toBeDefined());
    calls.length = 0;
    operations.length = 0;
    expect(await statusOf(visitor)).toBe(200);
    expect((await visitor.get('/token')).status).toBe(200);
    expect(calls).toEqual(['read', 'read']);
    expect(operations).toEqual([]);
  });

  it('the cookie holds the id alone', async () => {
    const { visitor, id } = await signedIn();
    const cookie = visitor.cookies.get('__Host-Http-session') ?? '';
    expect(await new Sealer([SESSION_SECRET]).open('session', cookie)).toEqual({ id });
  });
});

describe('the copy in KV', () => {
  it('says who, which provider, which scope, until when', async () => {
    const { op, visitor, key } = await signedIn();
    await vi.waitFor(async () => expect(await listed(key)).toBeDefined());
    const body = (await (await visitor.getJson('/session')).json()) as Record<string, unknown>;
    expect(await listed(key)).toEqual({
      provider: 'op',
      iss: op.issuer,
      sub: op.sub,
      created_at: body.created_at,
      expires_at: (body.created_at as number) + 2_592_000,
      kid: await new Sealer([SESSION_SECRET]).currentKid('record'),
      grants: [
        {
          provider: 'op',
          scope: 'openid read',
          flow: expect.stringMatching(/^[0-9a-f]{16}$/),
          issued_at: body.created_at,
          expires_at: expect.any(Number),
          refreshable: true,
          refreshed_at: null,
          refresh_count: 0,
        },
      ],
    });
  });

  it('has an index by sub and sid, and follows a refresh and a logout', async () => {
    const watched = watchedBindings();
    const { op, visitor } = await stage({}, watched.env);
    op.idTokenClaims = (right) => ({ ...right, sid: 'sid-1' });
    await signIn(visitor, op);
    const { hash, key, stub } = await keeperOf(visitor);
    const names = async () => {
      const { keys } = await TOKENS.list();
      return keys.map(({ name }) => name).filter((name) => name.endsWith(hash));
    };
    await vi.waitFor(async () => expect(await names()).toHaveLength(3));
    expect((await names()).map((name) => name.replace(/[0-9a-f]{64}/g, '#'))).toEqual([
      'by-sid:#:#:#',
      'by-user:#:#:#',
      'session:#',
    ]);
    await visitor.post('/session/refresh');
    await runDurableObjectAlarm(stub);
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(stub);
      expect((await listed(key))?.grants[0]).toMatchObject({ refresh_count: 1 });
    }, 5000);
    await visitor.post('/logout');
    await vi.waitFor(async () => expect(await names()).toEqual([]));
    later(901);
    await runDurableObjectAlarm(stub);
    expect(await inStorage(stub)).toEqual([]);
  });

  it('that refuses costs nothing: the login succeeds, and the copy follows', async () => {
    const watched = watchedBindings();
    watched.kv.refuses = true;
    const { op, visitor } = await stage({}, watched.env);
    expect((await signIn(visitor, op)).status).toBe(303);
    const { key, stub } = await keeperOf(visitor);
    expect(await statusOf(visitor)).toBe(200);
    await vi.waitFor(() => expect(watched.operations).toContain('put'));
    expect(await listed(key)).toBeUndefined();
    await evictDurableObject(stub);
    watched.kv.refuses = false;
    later(10);
    await runDurableObjectAlarm(stub);
    expect(await listed(key)).toMatchObject({ sub: op.sub });
  });

  it('is removed by the alarm when the session has ended', async () => {
    const { visitor, key, stub } = await signedIn({ SESSION_IDLE_SECONDS: 1000 });
    await vi.waitFor(async () => expect(await listed(key)).toBeDefined());
    later(1001);
    await runDurableObjectAlarm(stub);
    expect(await listed(key)).toBeUndefined();
    expect(await inStorage(stub)).toEqual([]);
    expect(await statusOf(visitor)).toBe(401);
  });

  it('opens under its own key alone, and only as it was written', async () => {
    const { key } = await signedIn();
    await vi.waitFor(async () => expect(await listed(key)).toBeDefined());
    const sealed = (await TOKENS.get(key)) as string;
    const sealer = new Sealer([SESSION_SECRET]);
    expect(await sealer.open('record', sealed, key)).toMatchObject({ session: { provider: 'op' } });
    expect(await sealer.open('record', sealed, recordKey('0'.repeat(64)))).toBeUndefined();
    expect(await sealer.open('session', sealed, key)).toBeUndefined();
  });
});

describe('a record in the storage of the object', () => {
  it('that can’t be opened goes when its time is over', async () => {
    const { stub } = await signedIn({ SESSION_IDLE_SECONDS: 1000 });
    await spoilRecord(stub, 'junk');
    await evictDurableObject(stub);
    later(900);
    await runDurableObjectAlarm(stub);
    expect(await sealedIn(stub)).toBe('junk');
    later(101);
    await runDurableObjectAlarm(stub);
    expect(await inStorage(stub)).toEqual([]);
  });

  it('outlives the object’s memory', async () => {
    const { visitor, stub } = await signedIn();
    await evictDurableObject(stub);
    expect(await statusOf(visitor)).toBe(200);
  });
});

describe('a new session secret', () => {
  it('signs nobody out: records and cookies are sealed anew when they are used', async () => {
    const { visitor, stub, key } = await signedIn();
    await evictDurableObject(stub);
    const rotating = visitor.at({ ...visitor.env, SESSION_SECRET: `${OTHER_SECRET},${SESSION_SECRET}` });
    expect(await statusOf(rotating)).toBe(200);
    await evictDurableObject(stub);
    const rotated = rotating.at({ ...visitor.env, SESSION_SECRET: OTHER_SECRET });
    expect(await statusOf(rotated)).toBe(200);
    const kid = await new Sealer([OTHER_SECRET]).currentKid('record');
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(stub);
      expect((await listed(key))?.kid).toBe(kid);
    }, 5000);
    await evictDurableObject(stub);
    const without = visitor.at({ ...visitor.env, SESSION_SECRET });
    expect(await statusOf(without)).toBe(401);
  });
});
