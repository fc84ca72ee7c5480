import { afterEach, describe, expect, it, vi } from 'vitest';
import { signIn, stage, startLogin } from './journey.ts';

afterEach(() => vi.useRealTimers());

const DISCOVERY = '/.well-known/openid-configuration';

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

  it.each([
    'https://op.example/realms/one',
    'https://op.example/realms/one/',
    'https://op.example/realms/one/.well-known/openid-configuration',
    'https://op.example/.well-known/oauth-authorization-server/realms/one',
  ])(
    'is of the issuer that the setting names, with a slash too many or as its own address: %s',
    async (issuer) => {
      const { op, visitor } = await stage({ issuer });
      const named = 'https://op.example/realms/one';
      op.metadata = (right) => ({
        ...right,
        issuer: named,
        authorization_response_iss_parameter_supported: false,
      });
      op.answers['/realms/one/.well-known/openid-configuration'] = () => {
        delete op.answers[DISCOVERY];
        return fetch(`${op.issuer}${DISCOVERY}`);
      };
      op.answers[DISCOVERY] = () => new Response('', { status: 404 });
      op.idTokenClaims = (right) => ({ ...right, iss: named });
      const withIssuer = (params: URLSearchParams) => {
        params.set('iss', named);
        return params;
      };
      expect((await signIn(visitor, op, '/login', withIssuer)).status).toBe(303);
      expect(await (await visitor.getJson('/session')).json()).toMatchObject({ iss: named });
    },
  );

  it.each(['https://elsewhere.example', 'http://op.example'])(
    'of another issuer is refused with words that say so: %s',
    async (named) => {
      const { op, visitor } = await stage();
      const log = vi.spyOn(console, 'log').mockImplementation(() => {});
      op.metadata = (right) => ({ ...right, issuer: named });
      const refused = (await (await visitor.getJson('/login')).json()) as { error_description: string };
      expect(refused.error_description).toMatch(/names a different issuer/);
      expect(log.mock.calls.flat().join()).toContain(named);
      log.mockRestore();
    },
  );

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

  it('is read anew after an hour, and the old one serves while the provider is down', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    vi.useFakeTimers({ now: Date.now() + 3_700_000, toFake: ['Date'] });
    op.answers[DISCOVERY] = () => new Response('', { status: 503 });
    op.requests.length = 0;
    expect((await visitor.get('/login')).status).toBe(302);
    expect(op.paths).toContain(DISCOVERY);
  });

  it('is asked for once in ten seconds while it can’t be read, so that not every login waits for it', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    op.answers[DISCOVERY] = () => new Response('', { status: 503 });
    const asked = () => op.paths.filter((path) => path === DISCOVERY).length;
    vi.useFakeTimers({ now: Date.now() + 3_700_000, toFake: ['Date'] });
    for (let round = 0; round < 3; round++) expect((await signIn(visitor, op)).status).toBe(303);
    expect(asked()).toBe(2);
    vi.useFakeTimers({ now: Date.now() + 11_000, toFake: ['Date'] });
    expect((await signIn(visitor, op)).status).toBe(303);
    expect(asked()).toBe(3);
  });

  it('is read anew by who comes a minute after a reading that never ended', async () => {
    const { op, visitor } = await stage();
    const asked = new Promise<void>((resolve) => {
      op.answers[DISCOVERY] = () => {
        resolve();
        return new Promise(() => {});
      };
    });
    void visitor.get('/login');
    await asked;
    delete op.answers[DISCOVERY];
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] });
    expect((await visitor.get('/login')).status).toBe(302);
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
