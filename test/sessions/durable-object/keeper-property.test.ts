import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Fault, TokenFamilies } from '../../fakes/token-families.ts';
import { signIn, stage } from '../../flows/journey.ts';
import { holds } from '../../properties/holds.ts';
import type { Visitor } from '../../support/visitor.ts';
import { keeperOf, later, watchedBindings } from './keeper-stage.ts';

/** One user: what the browser holds, and what the model knows of the session. */
interface User {
  readonly visitor: Visitor;
  /** An access token of the session’s family; undefined while signed out. */
  token: string | undefined;
}

interface World {
  readonly users: readonly User[];
  readonly families: TokenFamilies;
  readonly kv: { refuses: boolean };
  readonly login: (user: User) => Promise<unknown>;
}

/** What can happen. `fault`s hit the refresh requests that come next, whoever makes them. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('login' as const), user: fc.nat(2) }),
  fc.record({ kind: fc.constant('use' as const), user: fc.nat(2), times: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('use' as const), user: fc.nat(2), times: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant('refresh' as const),
    user: fc.nat(2),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant('logout' as const), user: fc.nat(2), refreshing: fc.boolean() }),
  fc.record({ kind: fc.constant('evict' as const), user: fc.nat(2) }),
  fc.record({ kind: fc.constant('crash' as const), user: fc.nat(2), times: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('alarm' as const), user: fc.nat(2) }),
  fc.record({ kind: fc.constant('kv' as const), refuses: fc.boolean() }),
  fc.record({
    kind: fc.constant('fault' as const),
    fault: fc.constantFrom<Fault>('slow', 'down', 'lost', 'reset'),
  }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(1, 5, 30, 250, 400) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

beforeEach(() => {
  const { setTimeout } = globalThis;
  // Pauses between the tries of a refresh take no time; their length is tested elsewhere.
  vi.stubGlobal('setTimeout', (work: () => void, ms = 0) => setTimeout(work, ms < 1000 ? ms / 100 : ms));
});

afterEach(() => {
  vi.useRealTimers();
});

async function world(grace: boolean): Promise<World> {
  const watched = watchedBindings();
  const { op, visitor } = await stage({ scope: 'openid' }, { INSPECT: true, ...watched.env });
  const families = new TokenFamilies(op, { grace });
  const users = [0, 1, 2].map(() => ({ visitor: visitor.at(visitor.env), token: undefined }));
  const login = async (user: User) => {
    const response = await signIn(user.visitor, op);
    expect(response.status).toBe(200);
    user.token = ((await response.json()) as { access_token: string }).access_token;
  };
  return { users, families, kv: watched.kv, login };
}

async function run({ users, families, kv, login }: World, now: Step): Promise<unknown> {
  if (now.kind === 'kv') return Object.assign(kv, { refuses: now.refuses });
  if (now.kind === 'fault') return families.faults.push(now.fault);
  if (now.kind === 'wait') return later(now.seconds);
  const user = users[now.user] as User;
  if (now.kind === 'login') return login(user);
  if (user.token === undefined) return undefined;
  const again = () => user.visitor.at(user.visitor.env);
  if (now.kind === 'logout') {
    user.token = undefined;
    const refreshing = now.refreshing ? again().post('/session/refresh') : undefined;
    return Promise.all([user.visitor.post('/logout'), refreshing]);
  }
  if (now.kind === 'evict') return evict(user.visitor);
  if (now.kind === 'alarm') return runDurableObjectAlarm((await keeperOf(user.visitor)).stub);
  if (now.kind === 'crash') return crash(families, again, now.times);
  const ask = () => (now.kind === 'use' ? again().get('/token') : again().post('/session/refresh'));
  const responses = await Promise.all(Array.from({ length: now.times }, ask));
  for (const { status } of responses) expect([200, 303, 401, 502]).toContain(status);
  return undefined;
}

/** All objects lose their memory in the middle of a refresh, wherever it is by then. */
async function crash(families: TokenFamilies, again: () => Visitor, after: number): Promise<void> {
  const refreshing = again().post('/session/refresh');
  for (let turn = 0; turn < after * 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  await abortAllDurableObjects();
  const { status } = await refreshing;
  expect([200, 303, 401, 500, 502]).toContain(status);
  families.clientCrashed();
}

/** Takes the object out of memory, if it is there. */
async function evict(visitor: Visitor): Promise<void> {
  const { stub } = await keeperOf(visitor);
  await evictDurableObject(stub).catch((error: unknown) =>
    expect(String(error)).toContain('not currently running'),
  );
}

/** Once all is well again, every session is there unless the user or the provider has ended it. */
async function check({ users, families, kv }: World): Promise<void> {
  families.faults.length = 0;
  kv.refuses = false;
  later(400);
  for (const { visitor, token } of users) {
    const family = token === undefined ? undefined : families.familyOf(token);
    const body = (await (await visitor.get('/token')).json()) as { access_token?: string; error?: string };
    if (family?.revoked === false) expect(body.access_token).toBe(family.accessToken);
    else expect(body.error).toMatch(/^(?:login_required|not_signed_in)$/);
    const session = await visitor.getJson('/session');
    expect(session.status).toBe(family?.revoked === false ? 200 : 401);
  }
  expect(families.sentTwice).toEqual([]);
}

let refreshes = 0;
let cases = 0;

holds(
  'no session is lost that neither the user nor the provider ended, and no rotated token is sent twice',
  [fc.boolean(), fc.array(step, { minLength: 10, maxLength: 40, size: 'max' })],
  async (grace, steps) => {
    vi.useRealTimers();
    const here = await world(grace);
    for (const user of here.users) await here.login(user);
    for (const each of steps) await run(here, each);
    refreshes += here.families.sent.length;
    cases++;
    await check(here);
  },
  { divisor: 4, most: 80 },
);

it('refreshes tokens in these histories, more often than once each', () => {
  expect(refreshes).toBeGreaterThan(1.25 * cases);
});
