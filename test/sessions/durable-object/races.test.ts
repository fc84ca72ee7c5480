import fc from 'fast-check';
import { afterEach, describe, expect, vi } from 'vitest';
import { logoutToken } from '../../fakes/logout-token.ts';
import { ScriptedProvider } from '../../fakes/scripted-provider.ts';
import { signIn, stage } from '../../flows/journey.ts';
import { holds } from '../../properties/holds.ts';
import { locationOf, type Visitor } from '../../support/visitor.ts';
import { keeperOf, listed, SESSION_KEEPER, TOKENS } from './keeper-stage.ts';

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

/** The objects, with a pause before and after each call of one. */
function withPauses(pauses: Pauses) {
  return {
    getByName: (name: string) =>
      new Proxy(SESSION_KEEPER.getByName(name), {
        get: (stub, method) => {
          const call = Reflect.get(stub, method) as (...given: unknown[]) => Promise<unknown>;
          if (typeof method === 'symbol' || method === 'then') return call;
          return async (...given: unknown[]) => {
            await pauses.take();
            const result = await Reflect.apply(call, stub, given);
            await pauses.take();
            return result;
          };
        },
      }),
  };
}

afterEach(() => {
  vi.useRealTimers();
});

async function race(end: End, doing: Doing, lengths: readonly number[]): Promise<void> {
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
  const slow = () => visitor.at({ ...visitor.env, SESSION_KEEPER: withPauses(pauses) });
  const [doer, ender] = [slow(), slow()];
  for (const provider of [op, two]) {
    const { token } = provider;
    provider.token = async (seen) => {
      await pauses.take();
      const answer = await token.call(provider, seen);
      await pauses.take();
      return answer;
    };
  }
  const done = doing === 'connect' ? doer.get(back) : doer.post('/session/refresh');
  await pauses.take();
  const [, ended] = await Promise.all([done, endBy(end, ender, op, hash)]);
  expect(ended.status).toBeLessThan(400);
  const status = (await doer.at(visitor.env).getJson('/session')).status;
  // Whatever came first: where it was ended, nobody is signed in.
  expect(status).toBe(401);
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
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 5, maxLength: 17, size: 'max' }),
    ],
    race,
    { divisor: 4, most: 250 },
  );
});
