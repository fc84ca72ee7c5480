import { describe, expect, inject, it, vi } from 'vitest';
import type { Env } from '../../src/config.ts';
import { ProviderUser } from '../provider/sign-in-page.ts';
import { settings } from '../settings.ts';
import { errorOf, Visitor } from '../visitor.ts';
import { startLogin } from './journey.ts';

type Members = Record<string, unknown>;

const keys = inject('privateKeys');
const withKey = (...algorithms: string[]): Env => ({
  REAL_PRIVATE_KEY: JSON.stringify(algorithms.map((name) => keys[name])),
});
const keyAuthentication = (alg: string) =>
  [
    `private_key_jwt with ${alg}`,
    { client_id: `key_${alg}`, token_endpoint_auth_method: 'private_key_jwt' },
    withKey(alg),
  ] as const;

interface Row {
  /** Requests of the login after everything is known: the token request alone unless more is named here. */
  readonly also?: readonly string[];
  /** How the provider's answer comes back. */
  readonly answer?: 'code' | 'response';
  readonly by?: 'GET' | 'POST';
  readonly tokenType?: 'bearer' | 'dpop';
  readonly strict?: boolean;
}

const PUSHED = '/request';
const RESOURCE = { resource: 'https://api.example', scope: 'openid email read offline_access' };

/** What a login looks like, settings by settings; each is signed in, refreshed, signed out. */
const ROWS: readonly (readonly [string, Members, Env?, Row?])[] = [
  ['client_secret_basic', { client_id: 'basic' }],
  ['client_secret_post', { client_id: 'post', token_endpoint_auth_method: 'client_secret_post' }],
  ['client_secret_jwt', { client_id: 'secret_jwt', token_endpoint_auth_method: 'client_secret_jwt' }],
  ['a public client', { client_id: 'public', token_endpoint_auth_method: 'none' }],
  keyAuthentication('ES256'),
  keyAuthentication('PS256'),
  keyAuthentication('EdDSA'),
  [
    'PAR (RFC 9126)',
    { client_id: 'par', require_pushed_authorization_requests: true },
    {},
    { also: [PUSHED] },
  ],
  [
    'a signed request (RFC 9101)',
    { client_id: 'jar', request_object_signing_alg: 'ES256' },
    withKey('ES256'),
  ],
  [
    'a signed request, pushed',
    {
      client_id: 'jar_par',
      request_object_signing_alg: 'ES256',
      require_pushed_authorization_requests: true,
    },
    withKey('ES256'),
    { also: [PUSHED] },
  ],
  ['JARM by query.jwt', { client_id: 'jarm', response_mode: 'query.jwt' }, {}, { answer: 'response' }],
  ['JARM by jwt', { client_id: 'jarm', response_mode: 'jwt' }, {}, { answer: 'response' }],
  [
    'JARM by form_post.jwt',
    { client_id: 'jarm', response_mode: 'form_post.jwt' },
    {},
    { answer: 'response', by: 'POST' },
  ],
  ['form_post', { client_id: 'basic', response_mode: 'form_post' }, {}, { by: 'POST' }],
  [
    'single claims (OpenID Connect Core §5.5)',
    { client_id: 'basic', claims: { id_token: { email: { essential: true } } } },
  ],
  ['a resource (RFC 8707)', { client_id: 'basic', ...RESOURCE }],
  [
    'authorization_details (RFC 9396)',
    { client_id: 'rar', ...RESOURCE, authorization_details: [{ type: 'payment' }] },
  ],
  ['DPoP (RFC 9449)', { client_id: 'dpop', dpop_bound_access_tokens: true }, {}, { tokenType: 'dpop' }],
  ['an encrypted ID token', { client_id: 'encrypted' }, withKey('enc')],
  [
    'DPoP with nonces (RFC 9449 §8)',
    { client_id: 'nonces', dpop_bound_access_tokens: true },
    {},
    // The first token request learns the nonce and is sent again.
    { tokenType: 'dpop', strict: true, also: ['/token'] },
  ],
  [
    'FAPI 2.0',
    { client_id: 'fapi2', profile: 'fapi2' },
    withKey('ES256'),
    { tokenType: 'dpop', strict: true, also: [PUSHED, '/token'] },
  ],
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

async function signIn(visitor: Visitor, row: Row = {}): Promise<Members> {
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
  it.each(ROWS)('%s', async (_, entry, env = {}, row = {}) => {
    const real = {
      issuer: inject(row.strict ? 'strictIssuer' : 'issuer'),
      scope: 'openid profile email offline_access',
      ...entry,
    };
    const visitor = new Visitor(
      settings({ PROVIDERS: { real }, REAL_CLIENT_SECRET: inject('clientSecret'), INSPECT: true, ...env }),
    );
    await signIn(visitor, row);

    const paths = watchRequests();
    const tokens = await signIn(visitor, row);
    const own = paths.filter(
      (path) => ['/token', '/jwks', PUSHED, '/me'].includes(path) || path.startsWith('/.well'),
    );
    expect(own.toSorted()).toEqual(['/token', ...(row.also ?? [])].toSorted());
    expect(String(tokens.token_type).toLowerCase()).toBe(row.tokenType ?? 'bearer');

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
