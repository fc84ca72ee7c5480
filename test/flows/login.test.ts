import { describe, expect, it } from 'vitest';
import { locationOf, Visitor } from '../support/visitor.ts';
import { signIn, stage, startLogin } from './journey.ts';

describe('the authorization request', () => {
  it('asks for a code with PKCE S256, state and nonce (RFC 6749 §4.1.1, RFC 7636 §4.3)', async () => {
    const { visitor } = await stage({ scope: 'openid email' });
    const url = await startLogin(visitor);
    expect(url.origin + url.pathname).toBe('https://op.example/authorize');
    const { state, nonce, code_challenge, ...rest } = Object.fromEntries(url.searchParams);
    expect(rest).toEqual({
      response_type: 'code',
      client_id: 'client-1',
      redirect_uri: 'https://app.example/callback',
      scope: 'openid email',
      code_challenge_method: 'S256',
    });
    for (const value of [state, nonce, code_challenge]) expect(value).toMatch(/^[\w-]{43}$/);
  });

  it('has no nonce without `openid`', async () => {
    const { visitor } = await stage({ scope: 'read' });
    expect((await startLogin(visitor)).searchParams.has('nonce')).toBe(false);
  });

  it('carries the wishes of OpenID Connect Core §3.1.2.1', async () => {
    const { visitor } = await stage({ optional_scope: 'profile' });
    const wishes = {
      scope: 'openid profile',
      prompt: 'login',
      login_hint: 'ada@op.example',
      max_age: '60',
      acr_values: 'mfa',
      ui_locales: 'de',
    };
    const url = await startLogin(visitor, `/login?${new URLSearchParams(wishes)}`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject(wishes);
  });

  it('takes further parameters in INSPECT alone, and never one that Drawbridge sets', async () => {
    const query = 'audience=api&redirect_uri=https://evil.example&state=known&client_id=other';
    const { visitor } = await stage();
    expect((await startLogin(visitor, `/login?${query}`)).searchParams.has('audience')).toBe(false);
    const inspecting = visitor.at({ ...visitor.env, INSPECT: true });
    const { searchParams } = await startLogin(inspecting, `/login?${query}`);
    expect(searchParams.get('audience')).toBe('api');
    expect(searchParams.get('redirect_uri')).toBe('https://app.example/callback');
    expect(searchParams.get('client_id')).toBe('client-1');
    expect(searchParams.get('state')).not.toBe('known');
  });

  it('adds what the settings add, and keeps the query of the endpoint (RFC 6749 §3.1)', async () => {
    const { visitor } = await stage({
      authorization_endpoint: 'https://op.example/authorize?tenant=7',
      authorization_params: { access_type: 'offline', state: 'fixed' },
      resource: ['https://api.example/a', 'https://api.example/b'],
    });
    const { searchParams } = await startLogin(visitor);
    expect(searchParams.get('tenant')).toBe('7');
    expect(searchParams.get('access_type')).toBe('offline');
    expect(searchParams.get('state')).not.toBe('fixed');
    expect(searchParams.getAll('resource')).toEqual(['https://api.example/a', 'https://api.example/b']);
  });
});

describe('GET /login', () => {
  it('keeps the attempt in one sealed cookie of its own', async () => {
    const { visitor } = await stage();
    const response = await visitor.get('/login');
    const [cookie, ...others] = response.headers.getSetCookie();
    expect(others).toEqual([]);
    expect(cookie).toMatch(/^__Host-Http-login-[\w-]{16}=eyJ/);
    expect(cookie?.split('; ').slice(1).sort()).toEqual([
      'HttpOnly',
      'Max-Age=3600',
      'Path=/',
      'SameSite=Lax',
      'Secure',
    ]);
    const url = locationOf(response);
    expect(cookie).toContain(`login-${url.searchParams.get('state')?.slice(0, 16)}=`);
    for (const value of url.searchParams.values()) expect(cookie).not.toContain(value);
  });

  it('refuses plain http, except on this machine itself', async () => {
    const { visitor } = await stage();
    const open = new Visitor(visitor.env, 'http://app.example');
    expect((await open.get('/login')).status).toBe(403);
    const local = new Visitor(visitor.env, 'http://localhost:8787');
    const response = await local.get('/login');
    expect(response.status).toBe(302);
    expect(response.headers.getSetCookie()[0]).toMatch(/^drawbridge-login-[\w-]{16}=/);
  });

  it('takes the origin from the settings, never from what a client says', async () => {
    const { visitor } = await stage({}, { PUBLIC_ORIGIN: 'https://www.example' });
    const forged = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil',
    };
    const url = locationOf(await visitor.getJson('/login', forged));
    expect(url.searchParams.get('redirect_uri')).toBe('https://www.example/callback');
  });
});

describe('what a login costs', () => {
  it('after warm-up, one request to the provider besides the redirect: the token request', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    op.requests.length = 0;
    await signIn(visitor, op);
    expect(op.paths).toEqual(['/token']);
  });

  it('one discovery for many first logins at once', async () => {
    const { op, visitor } = await stage();
    await Promise.all(Array.from({ length: 20 }, () => startLogin(visitor)));
    expect(op.paths).toEqual(['/.well-known/openid-configuration']);
  });
});
