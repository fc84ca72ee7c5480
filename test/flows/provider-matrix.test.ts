import { decodeJwt } from 'jose';
import { describe, expect, inject, it, vi } from 'vitest';
import type { Env } from '../../src/settings/env.ts';
import { ProviderUser } from '../fakes/sign-in-page.ts';
import { settings } from '../support/settings.ts';
import { errorOf, Visitor } from '../support/visitor.ts';
import { startLogin } from './journey.ts';

type Members = Record<string, unknown>;

const keys = inject('privateKeys');
const withKey = (...algorithms: string[]): Env => ({
  REAL_PRIVATE_KEY: JSON.stringify(algorithms.map((name) => keys[name])),
});

/** One way to set a provider up, and what a login by it looks like. */
interface Row {
  readonly name: string;
  readonly entry: Members;
  readonly env?: Env;
  /** Requests of the login once everything is known: the token request alone, and these. */
  readonly also?: readonly string[];
  /** How the provider's answer comes back. */
  readonly answer?: 'code' | 'response';
  readonly by?: 'GET' | 'POST';
  readonly tokenType?: 'bearer' | 'dpop';
  readonly strict?: boolean;
  /** The resource that the access token, a JWT, is for (RFC 9068 §2.2). */
  readonly audience?: string;
}

const PUSHED = '/request';
const RESOURCE = { resource: 'https://api.example', scope: 'openid email read offline_access' };
const OTHER_RESOURCE = 'https://files.example';
const SIGNED = { request_object_signing_alg: 'ES256' };
const PUSH = { require_pushed_authorization_requests: true };
const BOUND = { dpop_bound_access_tokens: true };

const secretAuthentication = (method: string, client_id: string): Row => ({
  name: method,
  entry: { client_id, token_endpoint_auth_method: method },
});
const keyAuthentication = (alg: string): Row => ({
  name: `private_key_jwt with ${alg}`,
  entry: { client_id: `key_${alg}`, token_endpoint_auth_method: 'private_key_jwt' },
  env: withKey(alg),
});
const jarm = (response_mode: string, by: 'GET' | 'POST'): Row => ({
  name: `JARM by ${response_mode}`,
  entry: { client_id: 'jarm', response_mode },
  answer: 'response',
  by,
});

const ROWS: readonly Row[] = [
  secretAuthentication('client_secret_basic', 'basic'),
  secretAuthentication('client_secret_post', 'post'),
  secretAuthentication('client_secret_jwt', 'secret_jwt'),
  secretAuthentication('none', 'public'),
  keyAuthentication('ES256'),
  keyAuthentication('PS256'),
  keyAuthentication('EdDSA'),
  { name: 'PAR (RFC 9126)', entry: { client_id: 'par', ...PUSH }, also: [PUSHED] },
  { name: 'a signed request (RFC 9101)', entry: { client_id: 'jar', ...SIGNED }, env: withKey('ES256') },
  {
    name: 'a signed request, pushed',
    entry: { client_id: 'jar_par', ...SIGNED, ...PUSH },
    env: withKey('ES256'),
    also: [PUSHED],
  },
  jarm('query.jwt', 'GET'),
  jarm('jwt', 'GET'),
  jarm('form_post.jwt', 'POST'),
  { name: 'form_post', entry: { client_id: 'basic', response_mode: 'form_post' }, by: 'POST' },
  {
    name: 'single claims (OpenID Connect Core §5.5)',
    entry: { client_id: 'basic', claims: { id_token: { email: { essential: true } } } },
  },
  {
    name: 'a resource (RFC 8707)',
    entry: { client_id: 'basic', ...RESOURCE },
    audience: RESOURCE.resource,
  },
  {
    name: 'two resources, with tokens for one of them',
    entry: {
      client_id: 'basic',
      ...RESOURCE,
      resource: [RESOURCE.resource, OTHER_RESOURCE],
      token_params: { resource: OTHER_RESOURCE },
    },
    audience: OTHER_RESOURCE,
  },
  {
    name: 'signed userinfo (OpenID Connect Core §5.3.2)',
    // No claim of the phone scope comes with the ID token, so userinfo is asked.
    entry: {
      client_id: 'signed_userinfo',
      scope: 'openid email phone offline_access',
      userinfo_signed_response_alg: 'ES256',
      id_token_signed_response_alg: 'RS256',
    },
    also: ['/me'],
  },
  {
    name: 'authorization_details (RFC 9396)',
    entry: { client_id: 'rar', ...RESOURCE, authorization_details: [{ type: 'payment' }] },
  },
  { name: 'DPoP (RFC 9449)', entry: { client_id: 'dpop', ...BOUND }, tokenType: 'dpop' },
  { name: 'an encrypted ID token', entry: { client_id: 'encrypted' }, env: withKey('enc') },
  {
    name: 'DPoP with nonces (RFC 9449 §8)',
    entry: { client_id: 'nonces', ...BOUND },
    tokenType: 'dpop',
    strict: true,
  },
  {
    name: 'FAPI 2.0',
    entry: { client_id: 'fapi2', profile: 'fapi2' },
    env: withKey('ES256'),
    also: [PUSHED],
    tokenType: 'dpop',
    strict: true,
  },
];

/** Everything that is sent to a provider from now on: paths, in their order. */
function watchRequests(): string[] {
  const paths: string[] = [];
  const { fetch } = globalThis;
  vi.stubGlobal('fetch', (input: RequestInfo, init?: RequestInit) => {
    paths.push(new URL(input instanceof Request ? input.url : input).pathname);
    return fetch(input, init);
  });
  return paths;
}

async function signIn(visitor: Visitor, row: Row): Promise<Members> {
  const { url, form } = await new ProviderUser().visit(await startLogin(visitor));
  expect(form ? 'POST' : 'GET').toBe(row.by ?? 'GET');
  expect((form ?? url.searchParams).has(row.answer ?? 'code'), url.search).toBe(true);
  const accept = { accept: 'application/json' };
  const response = form
    ? await visitor.send('POST', url.pathname, { headers: accept, body: form })
    : await visitor.getJson(url.pathname + url.search);
  const body = (await response.json()) as Members;
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body;
}

describe('with oidc-provider, a login, a refresh and a sign-out by', () => {
  it.each(ROWS)('$name', async (row) => {
    const real = {
      issuer: inject(row.strict ? 'strictIssuer' : 'issuer'),
      scope: 'openid profile email offline_access',
      ...row.entry,
    };
    const visitor = new Visitor(
      settings({
        PROVIDERS: { real },
        REAL_CLIENT_SECRET: inject('clientSecret'),
        INSPECT: true,
        ...row.env,
      }),
    );
    await signIn(visitor, row);

    const paths = watchRequests();
    const tokens = await signIn(visitor, row);
    const own = paths.filter(
      (path) => ['/token', '/jwks', PUSHED, '/me'].includes(path) || path.startsWith('/.well'),
    );
    expect(own.toSorted()).toEqual(['/token', ...(row.also ?? [])].toSorted());
    expect(String(tokens.token_type).toLowerCase()).toBe(row.tokenType ?? 'bearer');

    if (row.audience) expect(decodeJwt(String(tokens.access_token)).aud).toBe(row.audience);

    const refreshed = await visitor.post('/session/refresh', { accept: 'application/json' });
    expect(refreshed.status).toBe(200);
    expect(await refreshed.json()).toMatchObject({ sub: 'ada', claims: { email: 'ada@demo.example' } });

    // Whoever has copied the cookies finds the refresh token revoked (RFC 7009 §2.1).
    const thief = visitor.at(visitor.env);
    const signedOut = await visitor.post('/logout');
    const end = new URL(signedOut.headers.get('location') ?? '');
    expect(end.origin + end.pathname).toBe(`${real.issuer}/session/end`);
    expect(end.searchParams.has('id_token_hint')).toBe(true);
    const late = await thief.post('/session/refresh', { accept: 'application/json' });
    expect(await errorOf(late)).toBe('login_required');
  });
});
