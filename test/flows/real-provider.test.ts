import { beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { Env } from '../../src/settings/env.ts';
import { ProviderUser } from '../fakes/sign-in-page.ts';
import { keeperOf, listed, SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { settings } from '../support/settings.ts';
import { errorOf, Visitor } from '../support/visitor.ts';
import { startLogin } from './journey.ts';

const issuer = inject('issuer');
let user: ProviderUser;

beforeEach(() => {
  user = new ProviderUser();
});

function visitorOf(entry: Record<string, unknown>, env: Env = {}): Visitor {
  const real = { issuer, scope: 'openid profile email offline_access', ...entry };
  return new Visitor(
    settings({ PROVIDERS: { real }, REAL_CLIENT_SECRET: inject('clientSecret'), INSPECT: true, ...env }),
  );
}

async function finish(visitor: Visitor, back: URL, json = false): Promise<Response> {
  const path = back.pathname + back.search;
  return json ? visitor.getJson(path) : visitor.get(path);
}

describe('with oidc-provider', () => {
  it.each([
    ['client_secret_basic', { client_id: 'basic' }],
    ['client_secret_post', { client_id: 'post', token_endpoint_auth_method: 'client_secret_post' }],
    ['a public client', { client_id: 'public', token_endpoint_auth_method: 'none' }],
  ])('a login, the userinfo, a refresh and a logout as %s', async (_, entry) => {
    const visitor = visitorOf(entry);
    const back = await user.authorize(await startLogin(visitor));
    expect(back.searchParams.get('iss')).toBe(issuer);
    const response = await finish(visitor, back, true);
    expect(response.status).toBe(200);
    const { access_token, id_token } = (await response.json()) as Record<string, string>;
    expect(id_token).toMatch(/^eyJ/);

    const authorization = `Bearer ${access_token}`;
    const userinfo = () => fetch(`${issuer}/me`, { headers: { authorization } });
    expect(await (await userinfo()).json()).toMatchObject({ sub: 'ada', name: 'Ada' });

    const session = await visitor.getJson('/session');
    expect(await session.json()).toMatchObject({ sub: 'ada', claims: { email: 'ada@demo.example' } });

    const refreshed = await visitor.post('/session/refresh', { accept: 'application/json' });
    expect(refreshed.status).toBe(200);

    const logout = await visitor.post('/logout');
    const end = new URL(logout.headers.get('location') ?? '');
    expect(end.origin).toBe(issuer);
    expect(end.searchParams.get('id_token_hint')).toMatch(/^eyJ/);
    expect(end.searchParams.get('post_logout_redirect_uri')).toBe('https://app.example/');
    expect((await userinfo()).status).toBe(401);
  });

  it('consent that is denied', async () => {
    const visitor = visitorOf({ client_id: 'basic' });
    const back = await user.authorize(await startLogin(visitor), { deny: true });
    const response = await finish(visitor, back, true);
    expect(response.status).toBe(403);
    expect(await errorOf(response)).toBe('access_denied');
  });

  it('a code without its verifier is refused (RFC 7636 §4.6)', async () => {
    const visitor = visitorOf({ client_id: 'public', token_endpoint_auth_method: 'none' });
    const back = await user.authorize(await startLogin(visitor));
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: 'public',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: 'https://app.example/callback',
    });
    const stolen = await fetch(`${issuer}/token`, { method: 'POST', body });
    expect(stolen.status).toBe(400);
    expect(await errorOf(stolen)).toBe('invalid_grant');
  });

  it('a code of somebody else in one’s own login is refused by its verifier', async () => {
    const victim = visitorOf({ client_id: 'basic' });
    const attacker = victim.at(victim.env);
    const stolen = (await user.authorize(await startLogin(victim))).searchParams.get('code') ?? '';
    const back = await new ProviderUser().authorize(await startLogin(attacker));
    back.searchParams.set('code', stolen);
    const response = await finish(attacker, back, true);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({
      error: 'token_request_failed',
      provider_error: 'invalid_grant',
    });
  });

  it('an authorization request without PKCE is refused by the provider', async () => {
    const visitor = visitorOf({ client_id: 'basic', pkce: false });
    const url = await startLogin(visitor);
    expect(url.searchParams.has('code_challenge')).toBe(false);
    const back = await user.authorize(url);
    expect(back.searchParams.get('error')).toBe('invalid_request');
  });

  it('a wrong client secret is told apart from a wrong code', async () => {
    const visitor = visitorOf({ client_id: 'basic' }, { REAL_CLIENT_SECRET: 'not the secret' });
    const back = await user.authorize(await startLogin(visitor));
    const body = await (await finish(visitor, back, true)).json();
    expect(body).toMatchObject({ error: 'token_request_failed', provider_error: 'invalid_client' });
  });

  it('a JWT access token for a resource (RFC 8707)', async () => {
    const visitor = visitorOf({
      client_id: 'basic',
      resource: 'https://api.example',
      scope: 'openid read offline_access',
    });
    const back = await user.authorize(await startLogin(visitor));
    const { access_token } = (await (await finish(visitor, back, true)).json()) as { access_token: string };
    const claims = JSON.parse(
      atob((access_token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')),
    );
    expect(claims).toMatchObject({ iss: issuer, aud: 'https://api.example', scope: 'read' });
  });

  it('a sign-out there ends the session here: its logout token is taken, once (Back-Channel Logout §2.5)', async () => {
    const visitor = visitorOf({ client_id: 'backchannel' }, { TOKENS, SESSION_KEEPER });
    await finish(visitor, await user.authorize(await startLogin(visitor)));
    const { key } = await keeperOf(visitor);
    await vi.waitFor(async () => expect(await listed(key)).toBeDefined());
    await user.signOut(new URL('/session/end?client_id=backchannel', issuer));
    const body = await (await fetch(inject('logoutTokens'))).text();
    const take = () => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return visitor.send('POST', '/backchannel-logout/real', { headers, body });
    };
    expect((await take()).status).toBe(200);
    expect((await visitor.getJson('/session')).status).toBe(401);
    expect((await take()).status).toBe(400);
  });
});
