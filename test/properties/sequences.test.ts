import fc from 'fast-check';
import { afterEach, describe, expect, vi } from 'vitest';
import type { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { stage, startLogin } from '../flows/journey.ts';
import type { Visitor } from '../support/visitor.ts';
import { holds } from './holds.ts';

const LOGIN_SECONDS = 600;
const IDLE_SECONDS = 86_400;
/** So many logins are open in a browser at once. */
/** So many logins are kept open at least; the byte budget decides about more. */
const KEPT_OPEN = 10;

const step = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'start' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('finish' as const),
      which: fc.nat(),
      sub: fc.constantFrom('ada', 'grace'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deny' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'refresh' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'revoke' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'logout' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'attack' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      seconds: fc.constantFrom(30, 599, 601, 90_000),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A login as the browser sees it: where it was sent, when, and if it can still be finished. */
interface Attempt {
  readonly url: URL;
  readonly startedAt: number;
  open: boolean;
}

/** What should be so. */
interface Model {
  readonly attempts: Attempt[];
  session: { sub: string; state: string | null; usedAt: number } | undefined;
}

interface World {
  readonly op: ScriptedProvider;
  readonly visitor: Visitor;
  readonly model: Model;
}

/** Moves the clock on; it stands still otherwise. */
const pass = (ms: number) => vi.useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] });
const seconds = () => Math.floor(Date.now() / 1000);

async function start({ visitor, model }: World): Promise<void> {
  model.attempts.push({ url: await startLogin(visitor), startedAt: Date.now(), open: true });
  const open = model.attempts.filter((attempt) => attempt.open);
  const kept = open.filter(({ url }) => hasCookieOf(visitor, url.searchParams.get('state') ?? ''));
  expect(kept.length).toBeGreaterThanOrEqual(Math.min(open.length, KEPT_OPEN));
  // The oldest make room.
  for (const attempt of open.slice(0, open.length - kept.length)) attempt.open = false;
  expect(kept.every((attempt) => attempt.open)).toBe(true);
}

function hasCookieOf(visitor: Visitor, state: string): boolean {
  return visitor.cookies.has(`__Host-Http-login-${state.slice(0, 16)}`);
}

/** The provider's answer to any login of before, finished or not. */
async function comeBack(
  { op, visitor, model }: World,
  which: number,
  sub: string,
  isDenied: boolean,
): Promise<void> {
  const attempt = model.attempts[which % model.attempts.length];
  if (!attempt) return;
  op.sub = sub;
  const state = attempt.url.searchParams.get('state');
  const asked = op.requests.length;
  const path = op.callback(attempt.url, (right) => {
    if (isDenied) right.set('error', 'access_denied');
    if (isDenied) right.delete('code');
    return right;
  });
  const response = await visitor.get(path);
  const isInTime = attempt.open && attempt.startedAt + LOGIN_SECONDS * 1000 > Date.now();
  const isReload = !attempt.open && model.session?.state === state;
  attempt.open = false;
  if (isReload) expect(response.status).toBe(303);
  else if (!isInTime) expect(response.status).toBe(400);
  else if (isDenied) expect(response.status).toBe(403);
  else {
    expect(response.status).toBe(303);
    model.session = { sub, state, usedAt: seconds() };
    return;
  }
  expect(op.requests.slice(asked).map((request) => request.path)).not.toContain('/token');
}

async function run(world: World, now: Step): Promise<void> {
  const { op, visitor, model } = world;
  switch (now.kind) {
    case 'start':
      return start(world);
    case 'finish':
      return comeBack(world, now.which, now.sub, false);
    case 'deny':
      return comeBack(world, now.which, 'nobody', true);
    case 'refresh': {
      const { status } = await visitor.post('/session/refresh');
      expect(status).toBe(model.session ? 303 : 401);
      return;
    }
    case 'revoke':
      // The provider ends the grant that the session was founded with; the next refresh is told so, and ends it.
      op.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
      expect((await visitor.post('/session/refresh')).status).toBe(401);
      delete op.answers['/token'];
      model.session = undefined;
      return;
    case 'logout':
      expect((await visitor.post('/logout')).status).toBe(303);
      model.session = undefined;
      return;
    case 'attack':
      for (const path of ['/logout', '/session/refresh']) {
        const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
        expect((await visitor.post(path, headers)).status).toBe(403);
      }
      return;
    case 'wait':
      pass(now.seconds * 1000);
      if (model.session && model.session.usedAt + IDLE_SECONDS <= seconds()) model.session = undefined;
      return;
    default:
      now satisfies never;
  }
}

async function check({ op, visitor, model }: World): Promise<void> {
  const response = await visitor.getJson('/session');
  expect(response.status).toBe(model.session ? 200 : 401);
  if (!model.session) return;
  // Lifetimes are moved on when a tenth of them is gone; the waits above are well beside that.
  const { sub, grants } = (await response.json()) as { sub: string; grants: readonly unknown[] };
  expect(sub).toBe(model.session.sub);
  expect(grants).toHaveLength(1);
  expect(op.unexpected).toEqual([]);
}

describe('sessions in cookies', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  holds(
    'are what logins, refreshes, logouts, attacks and time have left, in any order',
    [fc.array(step, { minLength: 3, maxLength: 25, size: 'max' })],
    async (steps) => {
      vi.useRealTimers();
      const { op, visitor } = await stage();
      const world: World = { op, visitor, model: { attempts: [], session: undefined } };
      for (const each of steps) {
        pass(1);
        await run(world, each);
        await check(world);
      }
    },
    { divisor: 10 },
  );
});
