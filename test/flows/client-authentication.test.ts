import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import { describe, expect, inject, it } from 'vitest';
import { signIn, stage, startLogin } from './journey.ts';

describe('client authentication', () => {
  it('client_secret_basic sends id and secret form-encoded (RFC 6749 §2.3.1), client_secret_post in the body', async () => {
    const basic = await stage();
    await signIn(basic.visitor, basic.op);
    const first = basic.op.requests.find(({ path }) => path === '/token');
    expect(atob(first?.headers.get('authorization')?.slice(6) ?? '')).toBe('client-1:secret+of+client+1');
    expect(first?.form.has('client_secret')).toBe(false);

    const post = await stage({ token_endpoint_auth_method: 'client_secret_post' });
    await signIn(post.visitor, post.op);
    const second = post.op.requests.find(({ path }) => path === '/token');
    expect(second?.headers.has('authorization')).toBe(false);
    expect(second?.form.get('client_secret')).toBe(post.op.clientSecret);
  });

  it('a public client sends its id and the verifier alone', async () => {
    const { op, visitor } = await stage({ token_endpoint_auth_method: 'none' });
    await signIn(visitor, op);
    const seen = op.requests.find(({ path }) => path === '/token');
    expect([...(seen?.form.keys() ?? [])].sort()).toEqual([
      'client_id',
      'code',
      'code_verifier',
      'grant_type',
      'redirect_uri',
    ]);
  });

  it('every request says who it is from', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    for (const { headers } of op.requests) expect(headers.get('user-agent')).toMatch(/^drawbridge/);
  });
});

describe('a client with a private key', () => {
  const OP_PRIVATE_KEY = JSON.stringify(inject('privateKeys').ES256);
  const listed =
    (...methods: string[]) =>
    (right: Record<string, unknown>) => ({ ...right, token_endpoint_auth_methods_supported: methods });

  async function sent(entry: Record<string, unknown>, methods: string[], own: Record<string, unknown> = {}) {
    const { op, visitor } = await stage(entry, { OP_PRIVATE_KEY, ...own });
    op.metadata = listed(...methods);
    op.knowsClient = () => true;
    expect((await signIn(visitor, op)).status).toBe(303);
    return op.requests.find(({ path }) => path === '/token');
  }

  it.each<[string, Record<string, unknown>, string[], Record<string, unknown>, boolean]>([
    ['signs where the provider takes that', {}, ['client_secret_basic', 'private_key_jwt'], {}, true],
    ['signs where it has no secret', {}, ['client_secret_basic'], { OP_CLIENT_SECRET: undefined }, true],
    ['sends its secret where the provider takes no key', {}, ['client_secret_post'], {}, false],
    [
      'does what is set',
      { token_endpoint_auth_method: 'client_secret_post' },
      ['private_key_jwt'],
      {},
      false,
    ],
    [
      'sends its secret where the key is there to sign requests',
      { request_object_signing_alg: 'ES256' },
      ['client_secret_basic', 'private_key_jwt'],
      {},
      false,
    ],
  ])('%s', async (_, entry, methods, own, signs) => {
    const seen = await sent(entry, methods, own);
    expect(seen?.form.has('client_assertion')).toBe(signs);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['the issuer', {}, 'https://op.example'],
    ['the issuer, by setting', { client_assertion_audience: 'issuer' }, 'https://op.example'],
    ['the token endpoint', { client_assertion_audience: 'token_endpoint' }, 'https://op.example/token'],
  ])('addresses its assertion to %s alone', async (_, entry, aud) => {
    const seen = await sent({ token_endpoint_auth_method: 'private_key_jwt', ...entry }, []);
    expect(decodeJwt(seen?.form.get('client_assertion') ?? '').aud).toBe(aud);
  });

  it.each(['private_key_jwt', 'client_secret_jwt'])(
    'is believed by a provider whose clock is some seconds behind: %s',
    async (token_endpoint_auth_method) => {
      const seen = await sent({ token_endpoint_auth_method }, []);
      const { iat = 0, nbf = 0, exp = 0 } = decodeJwt(seen?.form.get('client_assertion') ?? '');
      const theirs = Math.floor(Date.now() / 1000) - 4;
      expect(Math.max(iat, nbf)).toBeLessThanOrEqual(theirs);
      expect(exp).toBeGreaterThan(theirs + 50);
      expect(exp - iat).toBeLessThanOrEqual(70);
    },
  );

  it.each(['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512', 'EdDSA'])(
    'signs with any algorithm that a provider may want (RFC 7518 §3.1): %s',
    async (alg) => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      const own = { OP_PRIVATE_KEY: JSON.stringify({ ...(await exportJWK(privateKey)), alg }) };
      const seen = await sent({ token_endpoint_auth_method: 'private_key_jwt' }, [], own);
      const { protectedHeader } = await jwtVerify(seen?.form.get('client_assertion') ?? '', publicKey);
      expect(protectedHeader.alg).toBe(alg);
    },
  );

  it('names the certificate of its key, where the key has its thumbprint (RFC 7515 §4.1.8)', async () => {
    const thumbprints = { x5t: 'by-sha-1', 'x5t#S256': 'by-sha-256' };
    const own = { OP_PRIVATE_KEY: JSON.stringify({ ...inject('privateKeys').ES256, ...thumbprints }) };
    const seen = await sent({ token_endpoint_auth_method: 'private_key_jwt' }, [], own);
    const header = decodeProtectedHeader(seen?.form.get('client_assertion') ?? '');
    expect(header).toMatchObject({ alg: 'ES256', ...thumbprints });
  });

  it('signs requests that such a provider believes, too (RFC 9101 §6.2)', async () => {
    const { visitor } = await stage({ request_object_signing_alg: 'ES256' }, { OP_PRIVATE_KEY });
    const request = (await startLogin(visitor)).searchParams.get('request') ?? '';
    const { iat = 0, nbf = 0, exp = 0 } = decodeJwt(request);
    const theirs = Math.floor(Date.now() / 1000) - 4;
    expect(Math.max(iat, nbf)).toBeLessThanOrEqual(theirs);
    expect(exp).toBeGreaterThan(theirs + 50);
  });

  it('that is refused is told of the audience', async () => {
    const { op, visitor } = await stage(
      { token_endpoint_auth_method: 'private_key_jwt' },
      { OP_PRIVATE_KEY },
    );
    op.knowsClient = () => false;
    const refused = (await (await signIn(visitor, op)).json()) as Record<string, string>;
    expect(refused).toMatchObject({ error: 'token_request_failed', provider_error: 'invalid_client' });
    expect(refused.hint).toContain('client_assertion_audience = "token_endpoint"');
  });
});
