import { describe, expect, it } from 'vitest';
import { encryptedFor } from '../fakes/encrypted-for.ts';
import { SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { locationOf, type Visitor } from '../support/visitor.ts';
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

  it('gets the signed content of an encrypted ID token, or no hint without the key (Core §3.1.2.1)', async () => {
    const { settings, encrypt } = await encryptedFor();
    const { op, visitor } = await stage(END, { TOKENS, SESSION_KEEPER, ...settings });
    let signed = '';
    op.idToken = (right) => {
      signed = right;
      return encrypt(right);
    };
    const hintAt = async (browser: Visitor) =>
      locationOf(await browser.post('/logout')).searchParams.get('id_token_hint');
    await signIn(visitor, op);
    expect(await hintAt(visitor)).toBe(signed);
    await signIn(visitor, op);
    expect(await hintAt(visitor.at({ ...visitor.env, OP_PRIVATE_KEY: undefined }))).toBeNull();
  });

  it('is nowhere if that is turned off', async () => {
    expect((await sentTo({ end_session: false })).origin).toBe('https://app.example');
  });
});

describe('a logout that a program asks for', () => {
  async function left(idToken = 'short') {
    const { op, visitor } = await stage(
      { end_session_endpoint: 'https://op.example/end' },
      { TOKENS, SESSION_KEEPER },
    );
    op.idTokenClaims = (right) => ({ ...right, long: idToken });
    await signIn(visitor, op);
    const answer = await visitor.post('/logout', { accept: 'application/json' });
    const text = await answer.text();
    const { end_session_url } = JSON.parse(text) as { end_session_url: string };
    return { visitor, text, url: new URL(end_session_url) };
  }

  it('is told a URL of ours, without the ID token, that leads to the provider once', async () => {
    const { visitor, text, url } = await left();
    expect(url.origin).toBe('https://app.example');
    expect(text).not.toMatch(/eyJ|id_token/);
    const next = await visitor.get(url.pathname + url.search);
    expect(next.status).toBe(303);
    const { origin, searchParams } = locationOf(next);
    expect(origin).toBe('https://op.example');
    expect(searchParams.get('id_token_hint')).toMatch(/^eyJ/);
    expect(await (await visitor.get(`/?state=${searchParams.get('state')}`)).text()).toContain(BACK);
    expect((await visitor.get(url.pathname + url.search)).headers.get('location')).toBe('/');
  });

  it.each([
    ['any content', '*/*', 200],
    ['JSON', 'application/json, text/plain, */*', 200],
    ['a page', 'text/html, application/xhtml+xml', 303],
  ])('by a fetch for %s is answered with what it can use', async (_, accept, status) => {
    const { op, visitor } = await stage({ end_session_endpoint: 'https://op.example/end' });
    await signIn(visitor, op);
    const headers = { accept, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };
    expect((await visitor.post('/logout', headers)).status).toBe(status);
  });

  it.each([
    ['a fetch of a page', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }, 403],
    ['a frame', { 'sec-fetch-dest': 'iframe' }, 403],
    ['a page loaded ahead of a visit', { 'sec-purpose': 'prefetch' }, 403],
  ])('is not led on by %s', async (_, headers, status) => {
    const { visitor, url } = await left();
    expect((await visitor.get(url.pathname + url.search, headers)).status).toBe(status);
    expect((await visitor.get(url.pathname + url.search)).status).toBe(303);
  });

  it('is led nowhere in another browser, or with another state', async () => {
    const { visitor, url } = await left();
    const stranger = visitor.at(visitor.env);
    stranger.cookies.clear();
    expect((await stranger.get(url.pathname + url.search)).headers.get('location')).toBe('/');
    expect((await visitor.get('/logout/provider?state=AAAAAAAAAAAAAAAAAAAAAA')).headers.get('location')).toBe(
      '/',
    );
  });

  it('leaves out a hint that no cookie can hold', async () => {
    const { visitor, url } = await left('x'.repeat(4000));
    const { origin, searchParams } = locationOf(await visitor.get(url.pathname + url.search));
    expect(origin).toBe('https://op.example');
    expect(searchParams.has('id_token_hint')).toBe(false);
  });

  it('is told nothing where the provider’s logout is turned off', async () => {
    const { op, visitor } = await stage({
      end_session_endpoint: 'https://op.example/end',
      end_session: false,
    });
    await signIn(visitor, op);
    const answer = await visitor.post('/logout', { accept: 'application/json' });
    expect(await answer.json()).toEqual({ signed_out: true });
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
