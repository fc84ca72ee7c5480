import {
  createLocalJWKSet,
  decodeProtectedHeader,
  errors,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose';
import { describe, expect, it } from 'vitest';
import { ORIGIN } from '../support/settings.ts';
import type { Visitor } from '../support/visitor.ts';
import type { RawUpstream } from './raw-upstream.ts';
import { fetchOwn, upstreamStage } from './stage.ts';

async function newKey(kid: string) {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: 'ES256' };
}

async function assertingStage(options: Parameters<typeof upstreamStage>[0] = {}) {
  const key = await newKey('assertion-1');
  const staged = await upstreamStage({
    ...options,
    entry: { assertion: ['name', 'groups', 'email', 'iss', 'nothing'], ...options.entry },
    env: { PUBLIC_ORIGIN: ORIGIN, ASSERTION_PRIVATE_KEY: JSON.stringify(key), ...options.env },
  });
  return { ...staged, key };
}

/** As an upstream verifies it. */
async function verified(visitor: Visitor, assertion: string, audience: string, currentDate = new Date()) {
  const keys = (await (await visitor.getJson('/jwks')).json()) as JSONWebKeySet;
  return jwtVerify(assertion, createLocalJWKSet(keys), {
    issuer: ORIGIN,
    audience,
    typ: 'drawbridge-assertion+jwt',
    algorithms: ['ES256'],
    maxTokenAge: '60s',
    currentDate,
  });
}

async function assertionAt(upstream: RawUpstream, index = 0): Promise<string> {
  return (await upstream.arrived())[index]?.headers.get('drawbridge-assertion')?.[0] ?? '';
}

const claims = { name: 'Ada', groups: ['ops'], email: 'a@example.com', email_verified: true };

describe('Drawbridge-Assertion', () => {
  it('says who asks, with the claims that the upstream names, verified with /jwks', async () => {
    const { visitor, upstream } = await assertingStage({ idTokenClaims: claims });
    await fetchOwn(visitor, '/api/x', {
      headers: { 'Drawbridge-Assertion': 'forged', drawbridge_assertion: 'forged' },
    });
    const assertion = await assertionAt(upstream);
    const { payload, protectedHeader } = await verified(visitor, assertion, upstream.target);
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'assertion-1', typ: 'drawbridge-assertion+jwt' });
    expect(payload).toEqual({
      iss: ORIGIN,
      aud: upstream.target,
      sub: 'user-1',
      idp: 'https://op.example',
      name: 'Ada',
      groups: ['ops'],
      email: 'a@example.com',
      iat: expect.any(Number),
      exp: (payload.iat ?? 0) + 60,
      jti: expect.any(String),
    });
    expect((await upstream.arrived())[0]?.head).not.toContain('forged');
  });

  it('says nothing but the user where no claims are named', async () => {
    const { visitor, upstream } = await assertingStage({ entry: { assertion: true }, idTokenClaims: claims });
    await fetchOwn(visitor, '/api/x');
    const { payload } = await verified(visitor, await assertionAt(upstream), upstream.target);
    expect(Object.keys(payload).toSorted()).toEqual(['aud', 'exp', 'iat', 'idp', 'iss', 'jti', 'sub']);
  });

  it('names no e-mail that nobody has verified', async () => {
    const { visitor, upstream } = await assertingStage({
      idTokenClaims: { ...claims, email_verified: false },
    });
    await fetchOwn(visitor, '/api/x');
    const { payload } = await verified(visitor, await assertionAt(upstream), upstream.target);
    expect(payload).not.toHaveProperty('email');
  });

  it('is refused by another upstream on the same origin', async () => {
    const { visitor, upstream } = await assertingStage();
    await fetchOwn(visitor, '/api/x');
    const other = `${new URL(upstream.target).origin}/other/`;
    await expect(verified(visitor, await assertionAt(upstream), other)).rejects.toBeInstanceOf(
      errors.JWTClaimValidationFailed,
    );
  });

  it('is refused after a minute', async () => {
    const { visitor, upstream } = await assertingStage();
    await fetchOwn(visitor, '/api/x');
    const later = new Date(Date.now() + 61_000);
    await expect(
      verified(visitor, await assertionAt(upstream), upstream.target, later),
    ).rejects.toBeInstanceOf(errors.JWTExpired);
  });

  it('goes on while its key is rotated: the first signs, all are published', async () => {
    const { visitor, upstream, key } = await assertingStage();
    await fetchOwn(visitor, '/api/x');
    const next = await newKey('assertion-2');
    const rotated = visitor.at({ ...visitor.env, ASSERTION_PRIVATE_KEY: JSON.stringify([next, key]) });
    await fetchOwn(rotated, '/api/x');
    const [old, fresh] = [await assertionAt(upstream), await assertionAt(upstream, 1)];
    expect(decodeProtectedHeader(fresh).kid).toBe('assertion-2');
    await verified(rotated, old, upstream.target);
    await verified(rotated, fresh, upstream.target);
    const published = await (await rotated.getJson('/jwks')).text();
    expect(published).not.toMatch(/"d"/);
  });

  it('is not sent for nobody', async () => {
    const { visitor, upstream } = await assertingStage({ entry: { session: 'optional' }, isSignedIn: false });
    await fetchOwn(visitor, '/api/x', { headers: { 'drawbridge-assertion': 'forged' } });
    expect((await upstream.arrived())[0]?.headers.has('drawbridge-assertion')).toBe(false);
  });

  it('names a binding by a name that only it has', async () => {
    const seen: Request[] = [];
    const APP = {
      fetch: (request: Request) => {
        seen.push(request);
        return Promise.resolve(new Response('ok'));
      },
    };
    const { visitor } = await assertingStage({
      entry: { target: undefined, binding: 'APP', path: '/shop/', kind: 'app' },
      env: { APP },
    });
    expect((await fetchOwn(visitor, '/shop/a%20b?c=1')).status).toBe(200);
    const [request] = seen;
    expect(request?.url).toBe(`${ORIGIN}/shop/a%20b?c=1`);
    await verified(
      visitor,
      request?.headers.get('drawbridge-assertion') ?? '',
      'urn:drawbridge:upstream:api',
    );
  });
});
