import { afterEach, describe, expect, it, vi } from 'vitest';
import { errorOf } from '../visitor.ts';
import { signIn, stage, startLogin } from './journey.ts';

afterEach(() => vi.useRealTimers());

const DISCOVERY = '/.well-known/openid-configuration';

async function expectUnreachable(change: (right: Record<string, unknown>) => Record<string, unknown>) {
  const { op, visitor } = await stage();
  op.metadata = change;
  const response = await visitor.getJson('/login');
  expect(response.status).toBe(502);
  expect(await errorOf(response)).toBe('provider_unreachable');
  expect(response.headers.getSetCookie()).toEqual([]);
  return op;
}

describe('metadata is refused', () => {
  it.each([
    ['of another issuer', { issuer: 'https://evil.example' }],
    ['of an issuer with another path', { issuer: 'https://op.example/other' }],
    ['with a token endpoint over plain http', { token_endpoint: 'http://op.example/token' }],
    ['with a loopback host', { jwks_uri: 'https://127.0.0.1/jwks' }],
    ['with localhost', { token_endpoint: 'http://localhost:9000/token' }],
    ['with a private host', { jwks_uri: 'https://10.0.0.7/jwks' }],
    ['with a link-local host', { token_endpoint: 'https://169.254.169.254/latest/meta-data' }],
    ['with a private IPv6 host', { userinfo_endpoint: 'https://[fd00::1]/userinfo' }],
    ['with an IPv4 address as IPv6', { jwks_uri: 'https://[::ffff:10.0.0.1]/jwks' }],
    ['with a name of the inner network', { token_endpoint: 'https://vault.internal/token' }],
    ['with a number for a host', { token_endpoint: 'https://2130706433/token' }],
    ['with a user in the URL', { token_endpoint: 'https://op.example:x@evil.example/token' }],
  ])('%s', async (_, wrong) => {
    const op = await expectUnreachable((right) => ({ ...right, ...wrong }));
    expect(op.unexpected).toEqual([]);
  });

  it.each<[string, () => Response]>([
    ['HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['a redirect', () => Response.redirect('https://evil.example/', 302)],
    ['500', () => new Response('', { status: 500 })],
    ['2 MB', () => Response.json({ issuer: 'https://op.example', padding: 'x'.repeat(2_000_000) })],
  ])('that comes as %s', async (_, answer) => {
    const { op, visitor } = await stage();
    op.answers[DISCOVERY] = answer;
    expect(await errorOf(await visitor.getJson('/login'))).toBe('provider_unreachable');
    expect(op.unexpected).toEqual([]);
  });
});

describe('metadata', () => {
  it('decides whether the issuer ends in a slash, which users leave out', async () => {
    const { op, visitor } = await stage();
    op.metadata = (right) => ({ ...right, issuer: 'https://op.example/' });
    op.idTokenClaims = (right) => ({ ...right, iss: 'https://op.example/' });
    const withSlash = (params: URLSearchParams) => {
      params.set('iss', 'https://op.example/');
      return params;
    };
    expect((await signIn(visitor, op, '/login', withSlash)).status).toBe(303);
  });

  it('is found where RFC 8414 §3 puts it, if OpenID’s place is empty', async () => {
    const { op, visitor } = await stage({ scope: 'read' });
    op.answers[DISCOVERY] = () => new Response('', { status: 404 });
    op.answers['/.well-known/oauth-authorization-server'] = () =>
      Response.json({
        issuer: op.issuer,
        authorization_endpoint: `${op.issuer}/authorize`,
        token_endpoint: `${op.issuer}/token`,
        response_types_supported: ['code'],
      });
    expect((await startLogin(visitor)).pathname).toBe('/authorize');
  });

  it('that can’t be read is asked for again at the next login', async () => {
    const { op, visitor } = await stage();
    const broken = () => new Response('', { status: 503 });
    op.answers[DISCOVERY] = broken;
    expect((await visitor.get('/login')).status).toBe(502);
    op.answers[DISCOVERY] = undefined;
    expect((await visitor.get('/login')).status).toBe(302);
  });

  it('is read anew after an hour, and the old one serves while the provider is down', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    vi.useFakeTimers({ now: Date.now() + 3_700_000, toFake: ['Date'] });
    op.answers[DISCOVERY] = () => new Response('', { status: 503 });
    op.requests.length = 0;
    expect((await visitor.get('/login')).status).toBe(302);
    expect(op.paths).toContain(DISCOVERY);
  });

  it('is not asked for when the settings hold every endpoint', async () => {
    const { op, visitor } = await stage({
      authorization_endpoint: 'https://op.example/authorize',
      token_endpoint: 'https://op.example/token',
      jwks_uri: 'https://op.example/jwks',
    });
    await signIn(visitor, op);
    expect(op.paths).toEqual(['/token', '/jwks']);
  });
});
