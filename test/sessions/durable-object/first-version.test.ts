import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Row } from '../../../src/objects/row.ts';
import { logoutToken } from '../../fakes/logout-token.ts';
import { stage } from '../../flows/journey.ts';
import type { Visitor } from '../../support/visitor.ts';
import { signInAtFirstVersion } from './first-version-stage.ts';
import { later, listed, SESSION_KEEPER, TOKENS } from './keeper-stage.ts';

const ADMIN_TOKEN = 'pL7vQ2xW9zR4tY6uI8oA3sD5fG1hJ0kC';

afterEach(() => {
  vi.useRealTimers();
});

/** A session as version 0.1 stored it, of a user of its own. */
async function oldSession() {
  const { op, visitor } = await stage({}, { INSPECT: true, TOKENS, SESSION_KEEPER });
  op.sub = crypto.randomUUID();
  return { op, visitor, ...(await signInAtFirstVersion(visitor, op)) };
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
        goneAt: Math.floor(Date.now() / 1000) + 2_592_000,
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

describe('a hundred sessions that version 0.1 has stored', () => {
  const json = { accept: 'application/json' };
  type Act = 'read' | 'refresh' | 'end' | 'reseal' | 'alarm';
  /** What the first requests after the update do, at once for all sessions, and with several for each. */
  const ACTS: readonly (readonly Act[])[] = [
    ['read', 'read'],
    ['refresh', 'read'],
    ['reseal', 'refresh'],
    ['alarm', 'read', 'refresh'],
    ['end', 'refresh'],
    ['read', 'end', 'reseal'],
    ['alarm', 'end'],
  ];

  it('are updated under load: none is lost, no row of old is left, and KV follows', {
    timeout: 120_000,
  }, async () => {
    const { op, visitor: first } = await stage({}, { INSPECT: true, TOKENS, SESSION_KEEPER, ADMIN_TOKEN });
    op.sub = crypto.randomUUID();
    const sessions: (Awaited<ReturnType<typeof signInAtFirstVersion>> & {
      visitor: Visitor;
      acts: readonly Act[];
    })[] = [];
    for (let index = 0; index < 100; index++) {
      const visitor = first.at(first.env);
      const acts = ACTS[index % ACTS.length] ?? [];
      sessions.push({ visitor, acts, ...(await signInAtFirstVersion(visitor, op)) });
    }
    const act = async ({ visitor, stub }: (typeof sessions)[number], what: Act): Promise<unknown> => {
      const browser = visitor.at({ ...visitor.env });
      if (what === 'reseal') return stub.reseal();
      if (what === 'alarm') return runDurableObjectAlarm(stub);
      if (what === 'read') return (await browser.get('/token', json)).status;
      return (await browser.post(what === 'end' ? '/logout' : '/session/refresh', json)).status;
    };
    const isEnded = ({ acts }: { acts: readonly Act[] }) => acts.includes('end');
    await Promise.all(
      sessions.flatMap((old) =>
        old.acts.map(async (what) => {
          const result = await act(old, what);
          // Signed out meanwhile, or served.
          const right = isEnded(old) ? [200, 401, true, false, 'unchanged'] : [200, true, false, 'unchanged'];
          expect(right, `${what} of ${old.acts}`).toContain(result);
        }),
      ),
    );
    const ended = sessions.filter(isEnded);
    const living = sessions.filter((old) => !isEnded(old));
    for (const { statusOf, rows, key } of living) {
      expect(await statusOf()).toBe(200);
      expect(await rows()).toEqual(['record']);
      await vi.waitFor(async () => expect(await listed(key)).toMatchObject({ iss: op.issuer }), 10_000);
    }
    for (const { statusOf, rows, key, index } of ended) {
      expect(await statusOf()).toBe(401);
      expect(await rows()).toEqual(['record']);
      await vi.waitFor(async () => expect(await listed(key)).toBeUndefined(), 10_000);
      for (const name of index) expect(await TOKENS.get(name)).toBeNull();
    }
    const user = new URLSearchParams({ iss: op.issuer, sub: op.sub });
    const revoked = await first.send('POST', `/admin/sessions/revoke?${user}`, {
      headers: { ...json, authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(await revoked.json()).toMatchObject({ sessions: living.length });
    for (const { statusOf } of living) expect(await statusOf()).toBe(401);
  });
});
