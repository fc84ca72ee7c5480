import { evictDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Reading } from '../../../src/sessions/durable-object/session-object.ts';
import { REMEMBERED_BYTES, SessionVersions } from '../../../src/sessions/durable-object/versions.ts';
import type { Session } from '../../../src/sessions/session.ts';
import { signIn, stage } from '../../flows/journey.ts';
import { keeperOf, later, SESSION_KEEPER, TOKENS } from './keeper-stage.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A session in an object, and the readings that the Worker got, each as `pass` lets it through. */
async function signedIn(pass: (reading: Reading) => Reading = (reading) => reading) {
  const readings: Reading[] = [];
  const keepers = {
    getByName(name: string) {
      const stub = SESSION_KEEPER.getByName(name);
      return new Proxy(stub, {
        get: (_, method) => {
          if (method !== 'read') return Reflect.get(stub, method) as unknown;
          return async (...given: Parameters<typeof stub.read>) => {
            const reading = pass((await stub.read(...given)) as Reading);
            readings.push(reading);
            return reading;
          };
        },
      });
    },
  };
  const { op, visitor } = await stage({ scope: 'openid read' }, { TOKENS, SESSION_KEEPER: keepers });
  expect((await signIn(visitor, op)).status).toBe(303);
  const { stub } = await keeperOf(visitor);
  const infoNow = async () => (await visitor.getJson('/session')).json();
  await infoNow();
  readings.length = 0;
  return { op, visitor, readings, infoNow, stub };
}

describe('a session that an isolate has seen', () => {
  it('is sent once, and then only confirmed by its object', async () => {
    const { infoNow, readings } = await signedIn();
    const first = await infoNow();
    expect(await infoNow()).toEqual(first);
    expect(readings).toEqual([
      { session: undefined, extended: false, unchanged: true },
      { session: undefined, extended: false, unchanged: true },
    ]);
  });

  it('is sent again after a refresh, after an extension of its lifetime, and by an object that has been evicted', async () => {
    const { visitor, infoNow, readings, stub } = await signedIn();
    expect((await visitor.post('/session/refresh', { accept: 'application/json' })).status).toBe(200);
    await infoNow();
    expect(readings.at(-1)?.session?.grants[0]?.refresh_count).toBe(1);
    await evictDurableObject(stub);
    await infoNow();
    expect(readings.at(-1)?.session?.grants[0]?.refresh_count).toBe(1);
    later(12 * 3600);
    await infoNow();
    expect(readings.at(-1)).toMatchObject({ extended: true, session: { grants: [{ refresh_count: 1 }] } });
  });

  it('is gone with the first request after a logout elsewhere', async () => {
    const { visitor, stub } = await signedIn();
    await stub.end({ revoke: false });
    expect((await visitor.getJson('/session')).status).toBe(401);
  });

  it('is sent each time by an object of an earlier version, which names none', async () => {
    const { infoNow, readings } = await signedIn(({ version: _, ...reading }) => reading);
    const first = await infoNow();
    expect(await infoNow()).toEqual(first);
    expect(readings.map(({ session }) => session?.provider)).toEqual(['op', 'op']);
  });

  it('is sent whole to a Worker of an earlier version, which asks for none', async () => {
    const { stub } = await signedIn();
    const reading = (await stub.read()) as Reading;
    expect(reading.session?.provider).toBe('op');
    expect(reading.unchanged).toBeUndefined();
  });
});

describe('SessionVersions', () => {
  const session = { id: 'a' } as Session;
  const reading = { session, extended: false };

  it('names each state of a session by a text of its own', () => {
    const versions = new SessionVersions();
    const { version } = versions.reading(reading, 1, undefined);
    expect(versions.reading(reading, 1, undefined).version).toBe(version);
    expect(versions.reading({ ...reading, session: { ...session } }, 1, version).version).not.toBe(version);
    expect(new SessionVersions().reading(reading, 1, version)).toMatchObject({ session });
  });

  it('names none that is too large to be remembered', () => {
    expect(new SessionVersions().reading(reading, REMEMBERED_BYTES + 1, undefined)).toBe(reading);
  });
});
