import { afterEach, describe, expect, it, vi } from 'vitest';
import { Sealer } from '../../src/crypto/seal.ts';
import {
  attemptCookie,
  type LoginAttempt,
  storeAttempt,
  takeAttempt,
  wasTaken,
} from '../../src/login/attempt.ts';
import type { CookieJar } from '../../src/sessions/cookies/cookie-jar.ts';
import { SingleFlight } from '../../src/single-flight.ts';
import { HeaderVerdicts } from '../../src/upstreams/header-verdicts.ts';
import { Guesses } from '../../src/web/middleware/limits.ts';
import { SESSION_SECRET } from '../support/settings.ts';

const BOUND = 1000;
const sealer = new Sealer([SESSION_SECRET]);

/** A browser that a login comes back from. */
async function finishedLogin(state: string): Promise<void> {
  const cookies = new Map<string, string>();
  const jar: CookieJar = {
    get: (name) => cookies.get(name),
    set: (name, value) => cookies.set(name, value),
    clear: (name) => cookies.delete(name),
    isEmpty: false,
    isSecure: true,
    take: () => [],
    names: (start) => [...cookies.keys()].filter((name) => name.startsWith(start)),
  };
  const attempt = { state, provider: 'acme', expires_at: Date.now() / 1000 + 600 } as LoginAttempt;
  await storeAttempt(jar, sealer, attempt, { sameSiteNone: false });
  await takeAttempt(jar, sealer, state, attemptCookie(jar, state) ?? '');
}

describe('what an isolate remembers has an end', () => {
  afterEach(() => vi.useRealTimers());

  it(`the last ${BOUND} sessions that were opened`, async () => {
    const first = await sealer.seal('session', { id: 'first' });
    const opened = await sealer.open('session', first);
    expect(await sealer.open('session', first)).toBe(opened);
    for (let index = 0; index < BOUND; index++) {
      await sealer.open('session', await sealer.seal('session', { id: index }));
    }
    const anew = await sealer.open('session', first);
    expect(anew).toEqual(opened);
    expect(anew).not.toBe(opened);
  });

  it('no session that is larger than most', async () => {
    const large = await sealer.seal('session', { id: 'x'.repeat(8192) });
    expect(await sealer.open('session', large)).not.toBe(await sealer.open('session', large));
  });

  it(`the last ${BOUND} logins that came back`, async () => {
    await finishedLogin('first');
    expect(wasTaken('first')).toBe(true);
    for (let index = 0; index < BOUND; index++) await finishedLogin(`state-${index}`);
    expect(wasTaken('first')).toBe(false);
    expect(wasTaken('state-0')).toBe(true);
  });

  it(`the last ${BOUND} addresses that guessed wrong`, () => {
    const guesses = new Guesses({ perSeconds: 60 });
    const now = Date.now();
    guesses.count('192.0.2.1', now);
    expect(guesses.areSpent('192.0.2.1', 1, now)).toBe(true);
    for (let index = 0; index < BOUND; index++) guesses.count(`address-${index}`, now);
    expect(guesses.areSpent('192.0.2.1', 1, now)).toBe(false);
    expect(guesses.areSpent('address-0', 1, now)).toBe(true);
  });

  it('no header that a client makes up', () => {
    const verdicts = new HeaderVerdicts((key) => key === 'x-a');
    for (let index = 0; index < 2 * BOUND; index++) verdicts.of(`x-${index}`);
    verdicts.of('x'.repeat(1000));
    expect(verdicts.size).toBeLessThanOrEqual(300);
    expect([verdicts.of('x-a'), verdicts.of('X_A'), verdicts.of('x-a'), verdicts.of('x-b')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('no work that the platform broke off, once its time is over', async () => {
    vi.useFakeTimers({ now: 0, toFake: ['Date'] });
    const flights = new SingleFlight<string, string>();
    void flights.share('broken off', () => new Promise(() => {}));
    vi.setSystemTime(30_000);
    let answer = (_: string) => {};
    const shared = flights.share('under way', () => new Promise((resolve) => (answer = resolve)));
    vi.setSystemTime(60_000);
    expect(flights.has('broken off')).toBe(false);
    expect(flights.has('under way')).toBe(true);
    answer('done');
    await flights.settled();
    expect(await shared).toBe('done');
  });
});
