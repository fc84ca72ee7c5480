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

describe('where the browser goes to end the session at the provider', () => {
  const END = { end_session_endpoint: 'https://op.example/end?tenant=1' };

  async function sentTo(entry: Record<string, unknown>, idToken?: string) {
    const { op, visitor } = await stage({ ...END, ...entry }, { TOKENS, SESSION_KEEPER });
    if (idToken !== undefined) op.idTokenClaims = (right) => ({ ...right, long: idToken });
    await signIn(visitor, op);
    return locationOf(await visitor.post('/logout'));
  }

  it('names the client and the place to come back to (§2)', async () => {
    const { origin, pathname, searchParams } = await sentTo({});
    expect(origin + pathname).toBe('https://op.example/end');
    expect(Object.fromEntries(searchParams)).toMatchObject({
      tenant: '1',
      client_id: 'client-1',
      post_logout_redirect_uri: 'https://app.example/',
      id_token_hint: expect.stringMatching(/^eyJ/),
    });
  });

  it('is asked in the words of the provider', async () => {
    const { searchParams } = await sentTo({
      post_logout_redirect_uri_parameter: 'logout_uri',
      logout_params: { federated: true },
    });
    expect(searchParams.get('logout_uri')).toBe('https://app.example/');
    expect(searchParams.get('federated')).toBe('true');
    expect(searchParams.has('post_logout_redirect_uri')).toBe(false);
  });

  it('gets no hint that makes its URL too long', async () => {
    expect((await sentTo({}, 'x'.repeat(3000))).searchParams.has('id_token_hint')).toBe(true);
    const { href, searchParams } = await sentTo({}, 'x'.repeat(8000));
    expect(searchParams.has('id_token_hint')).toBe(false);
    expect(href.length).toBeLessThan(1000);
  });

  it('is nowhere if that is turned off', async () => {
    expect((await sentTo({ end_session: false })).origin).toBe('https://app.example');
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
