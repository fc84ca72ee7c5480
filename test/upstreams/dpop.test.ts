import { base64url, calculateJwkThumbprint, decodeProtectedHeader, type JWK, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { signIn as signInAt } from '../flows/journey.ts';
import { type Arrived, answer } from './raw-upstream.ts';
import { fetchOwn, upstreamStage } from './stage.ts';

async function boundStage() {
  const staged = await upstreamStage({
    entry: { provider: 'op' },
    provider: { dpop_bound_access_tokens: true },
    isSignedIn: false,
  });
  staged.op.tokenType = 'DPoP';
  return staged;
}

/** The proof of a request, its signature checked with the key that it carries. */
async function proofOf(request: Arrived | undefined) {
  const proof = request?.headers.get('dpop')?.[0] ?? '';
  const { jwk } = decodeProtectedHeader(proof);
  const { payload, protectedHeader } = await jwtVerify(proof, jwk as JWK, { typ: 'dpop+jwt' });
  return { payload, jwk: protectedHeader.jwk as JWK };
}

describe('a token that is bound to a key (RFC 9449 §7)', () => {
  it('goes with a proof of its own for every request: method, URL, token hash, and no query', async () => {
    const { op, visitor, upstream } = await boundStage();
    await signInAt(visitor, op);
    await upstream.answers(answer('200 OK'));
    await fetchOwn(visitor, '/api/a?q=1');
    await fetchOwn(visitor, '/api/b', {
      method: 'POST',
      body: 'x',
      headers: { dpop: 'x', authorization: 'DPoP x' },
    });
    const [first, second] = await upstream.arrived();
    const token = first?.headers.get('authorization')?.[0]?.replace('DPoP ', '') ?? '';
    expect(token).toMatch(/^access-/);
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
    const [one, two] = [await proofOf(first), await proofOf(second)];
    expect(one.payload).toMatchObject({
      htm: 'GET',
      htu: `${upstream.target}a`,
      ath: base64url.encode(new Uint8Array(digest)),
    });
    expect(two.payload).toMatchObject({ htm: 'POST', htu: `${upstream.target}b` });
    expect(one.payload.jti).not.toBe(two.payload.jti);
    expect(await calculateJwkThumbprint(one.jwk)).toBe(await calculateJwkThumbprint(two.jwk));
    expect(one.jwk).not.toHaveProperty('d');
  });

  it('is sent once more with the nonce that the upstream wants, which then serves the next request (§9)', async () => {
    const { op, visitor, upstream } = await boundStage();
    await signInAt(visitor, op);
    const wanting = answer('401 Unauthorized', {
      'WWW-Authenticate': 'DPoP error="use_dpop_nonce"',
      'DPoP-Nonce': 'nonce-1',
    });
    await upstream.answers(wanting, answer('200 OK', { 'DPoP-Nonce': 'nonce-2' }));
    const response = await fetchOwn(visitor, '/api/x', { method: 'POST', body: 'a=1' });
    expect(response.status).toBe(200);
    expect(response.headers.has('dpop-nonce')).toBe(false);
    await fetchOwn(visitor, '/api/x');
    const proofs = await Promise.all((await upstream.arrived()).map(proofOf));
    expect(proofs.map(({ payload }) => payload.nonce)).toEqual([undefined, 'nonce-1', 'nonce-2']);
    expect((await upstream.arrived()).map(({ body }) => body)).toEqual(['a=1', 'a=1', '']);
    expect(op.paths.filter((path) => path === '/token')).toHaveLength(1);
  });

  it('is not asked for a nonce again and again', async () => {
    const { op, visitor, upstream } = await boundStage();
    await signInAt(visitor, op);
    await upstream.answers(
      answer('401 Unauthorized', { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': 'n' }),
    );
    expect((await fetchOwn(visitor, '/api/x')).status).toBe(401);
    expect((await upstream.arrived()).length).toBeLessThanOrEqual(4);
  });
});
