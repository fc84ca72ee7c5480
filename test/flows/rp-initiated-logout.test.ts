import { describe, expect, it } from 'vitest';
import { SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { locationOf } from '../support/visitor.ts';
import { signIn, stage } from './journey.ts';

const COOKIE = '__Host-Http-logout';
const BACK = 'You’re signed out';

async function leaving(env = {}) {
  const { op, visitor } = await stage({ end_session_endpoint: 'https://op.example/end' }, env);
  await signIn(visitor, op);
  const state = locationOf(await visitor.post('/logout')).searchParams.get('state') ?? '';
  return { op, visitor, state };
}

describe('a logout at the provider (OpenID Connect RP-Initiated Logout §2, §3)', () => {
  it('is asked for with a fresh state, which the return must bring, and once', async () => {
    const { visitor, state } = await leaving();
    expect(state).toMatch(/^[\w-]{22}$/);
    expect((await leaving()).state).not.toBe(state);
    expect(await (await visitor.get(`/?state=${state}`)).text()).toContain(BACK);
    expect(visitor.cookies.has(COOKIE)).toBe(false);
    expect(await (await visitor.get(`/?state=${state}`)).text()).not.toContain(BACK);
  });

  it.each([
    ['no state', ''],
    ['another state', '?state=AAAAAAAAAAAAAAAAAAAAAA'],
    ['an empty state', '?state='],
  ])('that comes back with %s is the login page as ever, and the state waits on', async (_, query) => {
    const { visitor, state } = await leaving();
    const response = await visitor.get(`/${query}`);
    expect(response.status).toBe(200);
    expect(await response.text()).not.toContain(BACK);
    expect(await (await visitor.get(`/?state=${state}`)).text()).toContain(BACK);
  });

  it('is not believed from a browser that did not leave', async () => {
    const { visitor, state } = await leaving();
    const stranger = visitor.at(visitor.env);
    stranger.cookies.clear();
    expect(await (await stranger.get(`/?state=${state}`)).text()).not.toContain(BACK);
  });
});

describe('the button to sign out everywhere', () => {
  it.each([
    ['is there with sessions on the server', { TOKENS, SESSION_KEEPER }, true],
    ['is not there with sessions in cookies', {}, false],
  ])('%s', async (_, env, expected) => {
    const { op, visitor } = await stage({}, env);
    await signIn(visitor, op);
    const page = await (await visitor.get('/session')).text();
    expect(page.includes('formaction="/logout?everywhere=1"')).toBe(expected);
  });
});
