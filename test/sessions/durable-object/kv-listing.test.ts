import { describe, expect, it, vi } from 'vitest';
import { newestSessions } from '../../../src/sessions/durable-object/kv-listing.ts';
import { signIn, stage } from '../../flows/journey.ts';
import { keeperOf, listed, SESSION_KEEPER, TOKENS } from './keeper-stage.ts';

/** KV in which ten thousand other sessions come first. */
function behindTenThousand(): KVNamespace {
  const others = Array.from({ length: 1000 }, (_, index) => ({ name: `session:${index}`, metadata: {} }));
  return new Proxy(TOKENS, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...given: unknown[]) => unknown;
      return (...given: unknown[]) => {
        const [options] = given as [KVNamespaceListOptions | string];
        const isWhole = typeof options === 'object' && options.prefix === 'session:';
        return isWhole
          ? { keys: others, list_complete: false, cursor: 'more' }
          : Reflect.apply(method, target, given);
      };
    },
  });
}

describe('the newest sessions', () => {
  it('of a user are found by the index, wherever they are', async () => {
    const { op, visitor } = await stage({}, { TOKENS, SESSION_KEEPER });
    op.sub = crypto.randomUUID();
    await signIn(visitor, op);
    const { key, hash } = await keeperOf(visitor);
    await vi.waitFor(async () => expect(await listed(key)).toBeDefined());
    const search = { sub: op.sub, limit: 50 };
    const place = { offset: 0, providers: ['op'] };
    const { sessions, total, isPartial } = await newestSessions(behindTenThousand(), search, place);
    expect(sessions.map(({ id }) => id)).toEqual([hash]);
    expect({ total, isPartial }).toEqual({ total: 1, isPartial: false });
    const later = { ...place, offset: 1 };
    expect(await newestSessions(behindTenThousand(), search, later)).toMatchObject({
      sessions: [],
      total: 1,
    });
  });

  it('of everyone are those among the first ten thousand', async () => {
    const found = await newestSessions(behindTenThousand(), { limit: 50 }, { offset: 0, providers: ['op'] });
    expect(found).toMatchObject({ total: 10_000, isPartial: true });
    expect(found.sessions).toHaveLength(50);
  });
});
