import { runDurableObjectAlarm } from 'cloudflare:test';
import fc from 'fast-check';
import { afterEach, describe, expect, vi } from 'vitest';
import { Sealer } from '../../../src/crypto/seal.ts';
import { logoutToken } from '../../fakes/logout-token.ts';
import { ScriptedProvider } from '../../fakes/scripted-provider.ts';
import { signIn, stage } from '../../flows/journey.ts';
import { holds } from '../../properties/holds.ts';
import { locationOf, type Visitor } from '../../support/visitor.ts';
import { keeperOf, later, listed, SESSION_KEEPER, TOKENS } from './keeper-stage.ts';

const ADMIN_TOKEN = 'pL7vQ2xW9zR4tY6uI8oA3sD5fG1hJ0kC';

/** What ends a session while something else is done with it. */
type End = 'logout' | 'revocation' | 'revocation of the user' | 'back-channel logout';
type Doing = 'connect' | 'refresh';

/** A pause at every `await` between the two, as long as the case says: so they meet in any order. In milliseconds. */
class Pauses {
  readonly #pauses: readonly number[];
  #next = 0;

  constructor(pauses: readonly number[]) {
    this.#pauses = pauses;
  }

  take(): Promise<void> {
    const pause = this.#pauses[this.#next++ % this.#pauses.length] ?? 0;
    return new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** An object of a session, KV or what seals: with a pause before and after each call. */
function slowed<T extends object>(target: T, pauses: Pauses): T {
  return new Proxy(target, {
    get: (_, method) => {
      const call = Reflect.get(target, method) as (...given: unknown[]) => Promise<unknown>;
      if (typeof method === 'symbol' || method === 'then') return call;
      return async (...given: unknown[]) => {
        await pauses.take();
        const result = await Reflect.apply(call, target, given);
        await pauses.take();
        return result;
      };
    },
  });
}

/** Objects, told of which sweeps they are given, with pauses. */
function slowKeepers(pauses: Pauses, sweeps: string[]) {
  return {
    getByName: (name: string) => {
      if (name.startsWith('sweep:')) sweeps.push(name);
      return slowed(SESSION_KEEPER.getByName(name), pauses);
    },
  };
}

/**
 * A pause before whatever is sealed or opened, by the Worker and by the objects: between what they read and what they
 * store. Returns what ends that.
 */
function sealSlowly(pauses: Pauses): () => void {
  const { seal, open } = Sealer.prototype;
  const spies = [
    vi.spyOn(Sealer.prototype, 'seal').mockImplementation(async function (this: Sealer, ...given) {
      await pauses.take();
      return seal.apply(this, given);
    }),
    vi.spyOn(Sealer.prototype, 'open').mockImplementation(async function (this: Sealer, ...given) {
      await pauses.take();
      return open.apply(this, given);
    }),
  ];
  return () => {
    for (const spy of spies) spy.mockRestore();
  };
}

afterEach(() => {
  vi.useRealTimers();
});

async function race(
  end: End,
  doing: Doing,
  kv: 'prompt' | 'slow',
  lengths: readonly number[],
): Promise<void> {
  const { op, visitor: first } = await stage({}, { TOKENS, SESSION_KEEPER, ADMIN_TOKEN });
  const two = await ScriptedProvider.start('https://two.example');
  const visitor = first.at({
    ...first.env,
    PROVIDERS: { op: op.entry(), two: two.entry() },
    TWO_CLIENT_SECRET: two.clientSecret,
  });
  op.sub = crypto.randomUUID();
  await signIn(visitor, op);
  const { hash, key } = await keeperOf(visitor);
  await vi.waitFor(async () => expect(await listed(key)).toBeDefined(), 10_000);
  const back = two.callback(locationOf(await visitor.follow('/login/two?connect=1')));
  const pauses = new Pauses(lengths);
  const sweeps: string[] = [];
  const slow = {
    ...visitor.env,
    SESSION_KEEPER: slowKeepers(pauses, sweeps),
    TOKENS: kv === 'slow' ? slowed(TOKENS, pauses) : TOKENS,
  };
  const [doer, ender] = [visitor.at(slow), visitor.at(slow)];
  for (const provider of [op, two]) {
    const { token } = provider;
    provider.token = async (seen) => {
      await pauses.take();
      const answer = await token.call(provider, seen);
      await pauses.take();
      return answer;
    };
  }
  const atFullSpeed = sealSlowly(pauses);
  const done = doing === 'connect' ? doer.get(back) : doer.post('/session/refresh');
  await pauses.take();
  const [, ended] = await Promise.all([done, endBy(end, ender, op, hash)]);
  atFullSpeed();
  expect(ended.status).toBeLessThan(400);
  const status = async () => (await doer.at(visitor.env).getJson('/session')).status;
  if (kv === 'slow' && (await status()) === 200) {
    // A session that KV does not list yet is found by the second look, and by nothing but that.
    expect(sweeps).toHaveLength(1);
    later(91);
    for (const name of sweeps) await runDurableObjectAlarm(SESSION_KEEPER.getByName(name));
    vi.useRealTimers();
  }
  // Whatever came first: where it was ended, nobody is signed in.
  expect(await status()).toBe(401);
}

async function endBy(end: End, browser: Visitor, op: ScriptedProvider, hash: string): Promise<Response> {
  const operator = { accept: 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` };
  switch (end) {
    case 'logout':
      return browser.post('/logout');
    case 'revocation':
      return browser.send('POST', `/admin/sessions/${hash}/revoke`, { headers: operator });
    case 'revocation of the user': {
      const query = new URLSearchParams({ iss: op.issuer, sub: op.sub });
      return browser.send('POST', `/admin/sessions/revoke?${query}`, { headers: operator });
    }
    case 'back-channel logout': {
      const body = new URLSearchParams({ logout_token: await logoutToken(op, { sub: op.sub }) });
      return browser.send('POST', '/backchannel-logout/op', { body });
    }
    default:
      return end satisfies never;
  }
}

describe('a session that has ended', () => {
  holds(
    'is brought back by no connect and no refresh that a sign-out, a revocation or a logout token has met',
    [
      fc.constantFrom<End>('logout', 'revocation', 'revocation of the user', 'back-channel logout'),
      fc.constantFrom<Doing>('connect', 'connect', 'connect', 'refresh'),
      fc.constantFrom('prompt', 'slow'),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 5, maxLength: 17, size: 'max' }),
    ],
    race,
    { divisor: 4, most: 250 },
  );
});
