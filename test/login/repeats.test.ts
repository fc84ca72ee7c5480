import { afterEach, describe, expect, it, vi } from 'vitest';
import { KEPT_ANSWERS, Repeats } from '../../src/login/repeats.ts';
import { signIn, stage, startLogin } from '../flows/journey.ts';
import { SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { errorOf, locationOf, type Visitor } from '../support/visitor.ts';

afterEach(() => vi.useRealTimers());

const later = (ms: number) => vi.useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] });
const sessionOf = ({ cookies }: Visitor) => cookies.get('__Host-Http-session');

describe.each([
  ['in cookies', {}],
  ['on the server', { TOKENS, SESSION_KEEPER }],
])('a callback asked for again, with sessions %s', (_, env) => {
  it('while the first is at the token endpoint gets the first answer', async () => {
    const { op, visitor } = await stage({}, env);
    const path = op.callback(await startLogin(visitor, '/login?return_to=/inbox'));
    const again = visitor.at(visitor.env);
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    op.answers['/token'] = async (request) => {
      reached.resolve();
      await released.promise;
      return op.token(request);
    };
    const first = visitor.get(path);
    await reached.promise;
    const second = again.get(path);
    released.resolve();
    for (const answer of [await first, await second]) {
      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toBe('/inbox');
    }
    expect(sessionOf(again)).toBe(sessionOf(visitor));
    expect((await again.getJson('/session')).status).toBe(200);
    expect(op.paths.filter((seen) => seen === '/token')).toHaveLength(1);
  });

  it('within ten seconds gets the first answer, a refusal too', async () => {
    const { op, visitor } = await stage({}, env);
    const url = await startLogin(visitor);
    const path = op.callback(url, (right) => {
      right.delete('code');
      right.set('error', 'access_denied');
      return right;
    });
    const again = visitor.at(visitor.env);
    const first = (await (await visitor.getJson(path)).json()) as { flow: string };
    later(9000);
    const second = (await (await again.getJson(path)).json()) as { flow: string; error: string };
    expect(second).toEqual(first);
    expect([...again.cookies.keys()]).toEqual([]);
  });

  it('later leads to return_to, if the session was made by it', async () => {
    const { op, visitor } = await stage({}, env);
    const path = op.callback(await startLogin(visitor, '/login?return_to=/inbox%3Fpage=2'));
    await visitor.get(path);
    later(60_000);
    const again = await visitor.get(path);
    expect(again.status).toBe(303);
    expect(again.headers.get('location')).toBe('/inbox?page=2');
    expect(op.paths.filter((seen) => seen === '/token')).toHaveLength(1);
  });

  it('later is refused with the old cookie alone', async () => {
    const { op, visitor } = await stage({}, env);
    const path = op.callback(await startLogin(visitor));
    const copy = visitor.at(visitor.env);
    await visitor.get(path);
    later(11_000);
    expect(await errorOf(await copy.getJson(path))).toBe('state_mismatch');
  });

  it('is refused with another code, or without the login’s cookie', async () => {
    const { op, visitor } = await stage({}, env);
    const path = op.callback(await startLogin(visitor));
    const copy = visitor.at(visitor.env);
    const stranger = visitor.at(visitor.env);
    stranger.cookies.clear();
    await visitor.get(path);
    expect(await errorOf(await copy.getJson(path.replace(/code=[^&]+/, 'code=other')))).toBe(
      'state_mismatch',
    );
    expect(await errorOf(await stranger.getJson(path))).toBe('state_mismatch');
    expect(op.paths.filter((seen) => seen === '/token')).toHaveLength(1);
  });

  it('after another login of that browser is refused', async () => {
    const { op, visitor } = await stage({}, env);
    const path = op.callback(await startLogin(visitor));
    await visitor.get(path);
    await signIn(visitor, op);
    expect(await errorOf(await visitor.getJson(path))).toBe('state_mismatch');
  });
});

describe('a posted answer (form_post)', () => {
  it('sent twice gets one session', async () => {
    const { op, visitor } = await stage({ response_mode: 'form_post' });
    const url = locationOf(await visitor.get('/login?return_to=/inbox'));
    const post = { body: op.authorize(url), headers: { 'sec-fetch-site': 'cross-site' } };
    const again = visitor.at(visitor.env);
    const answers = await Promise.all([
      visitor.send('POST', '/callback', post),
      again.send('POST', '/callback', post),
    ]);
    for (const answer of answers) expect(answer.headers.get('location')).toBe('/inbox');
    expect(sessionOf(again)).toBe(sessionOf(visitor));
  });
});

describe('answers that are kept', () => {
  it('are bounded in number', async () => {
    const repeats = new Repeats<number>();
    for (let n = 0; n < KEPT_ANSWERS + 20; n++) await repeats.share(String(n), async () => n);
    expect(repeats.size).toBe(KEPT_ANSWERS);
  });

  it('are not waited for without end', async () => {
    const repeats = new Repeats<number>();
    void repeats.share('a', () => new Promise(() => {}));
    later(61_000);
    expect(await repeats.share('a', async () => 2)).toBe(2);
  });
});
