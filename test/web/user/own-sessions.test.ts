import { describe, expect, it } from 'vitest';
import { signIn, stage } from '../../flows/journey.ts';
import { SESSION_KEEPER, TOKENS } from '../../sessions/durable-object/keeper-stage.ts';

/** KV that has more keys than it was asked for. */
const CROWDED = new Proxy(TOKENS, {
  get: (kv, name) => {
    if (name !== 'list') return Reflect.get(kv, name).bind(kv);
    return async (options: KVNamespaceListOptions) => ({ ...(await kv.list(options)), list_complete: false });
  },
});

describe('the list of a user’s own sessions', () => {
  it.each([
    ['says so where there are more than it shows', CROWDED, true],
    ['says nothing of it where there are not', TOKENS, false],
  ])('%s', async (_, kv, more) => {
    const { op, visitor } = await stage({}, { TOKENS: kv, SESSION_KEEPER });
    op.sub = crypto.randomUUID();
    await signIn(visitor, op);
    expect(await (await visitor.getJson('/sessions')).json()).toMatchObject({ more });
    const page = await (await visitor.get('/sessions')).text();
    expect(page.includes('You have more sessions')).toBe(more);
  });

  it('leads back to the session where there is none, as sessions live in cookies', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    const response = await visitor.get('/sessions');
    expect(response.status).toBe(404);
    expect(await response.text()).toContain(
      '<a class="button primary" href="/session">Back to the session</a>',
    );
  });
});
