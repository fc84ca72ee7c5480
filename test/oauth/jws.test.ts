import { CompactSign, exportJWK, type GenerateKeyPairResult, generateKeyPair, importJWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifySignature } from '../../src/oauth/jws.ts';
import { withFittingKey } from '../../src/oauth/provider-keys.ts';

const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const ALGORITHMS = [...RSA, 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
const PAYLOAD = new TextEncoder().encode('{"sub":"ada"}');

const pairs = new Map<string, GenerateKeyPairResult>();
beforeAll(async () => {
  for (const alg of ALGORITHMS) pairs.set(alg, await generateKeyPair(alg, { extractable: true }));
});

function pairOf(alg: string): GenerateKeyPairResult {
  const pair = pairs.get(alg);
  if (!pair) throw new Error(`no key for ${alg}`);
  return pair;
}

function signed(alg: string, payload = PAYLOAD): Promise<string> {
  return new CompactSign(payload).setProtectedHeader({ alg }).sign(pairOf(alg).privateKey);
}

describe.each(ALGORITHMS)('a JWS signed with %s', (alg) => {
  it('is accepted with its key', async () => {
    await verifySignature(await signed(alg), { alg }, pairOf(alg).publicKey);
  });

  it.each<[string, (jws: string[], other: string[]) => unknown[]]>([
    ['signature of another payload', ([header, payload], [, , signature]) => [header, payload, signature]],
    ['signature that is cut off', ([header, payload, text]) => [header, payload, text?.slice(0, -8)]],
    ['signature that is empty', ([header, payload]) => [header, payload, '']],
    ['payload that was replaced', ([header, , signature], [, payload]) => [header, payload, signature]],
    ['header that was replaced', ([, payload, signature]) => ['e30', payload, signature]],
  ])('is refused with a %s', async (_, altered) => {
    const jws = (await signed(alg)).split('.');
    const other = (await signed(alg, new TextEncoder().encode('{"sub":"bob"}'))).split('.');
    const check = verifySignature(altered(jws, other).join('.'), { alg }, pairOf(alg).publicKey);
    await expect(check).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
  });

  it('is refused with another key of the same kind', async () => {
    const { publicKey } = await generateKeyPair(alg);
    await expect(verifySignature(await signed(alg), { alg }, publicKey)).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
  });

  it('is refused with a key for another algorithm (RFC 8725 §3.1)', async () => {
    const jws = await signed(alg);
    const isSame = (other: string) => other === alg || (other.startsWith('Ed') && alg.startsWith('Ed'));
    for (const other of ALGORITHMS.filter((each) => !isSame(each))) {
      const check = verifySignature(jws, { alg }, pairOf(other).publicKey);
      await expect(check, other).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
    }
  });
});

describe('a JWS', () => {
  it.each(['none', 'HS256', 'RS1', 'toString', '', undefined])('with alg %s is refused', async (alg) => {
    const check = verifySignature(await signed('RS256'), { alg }, pairOf('RS256').publicKey);
    await expect(check).rejects.toMatchObject({ code: 'ERR_JOSE_NOT_SUPPORTED' });
  });

  it.each([[['b64']], [['exp']], [[]], [null]])(
    'with crit %j is refused (RFC 7515 §4.1.11)',
    async (crit) => {
      const check = verifySignature(await signed('RS256'), { alg: 'RS256', crit }, pairOf('RS256').publicKey);
      await expect(check).rejects.toMatchObject({ code: 'ERR_JOSE_NOT_SUPPORTED' });
    },
  );

  it.each(['a.b', 'a.b.c.d', ''])('of the form %j is refused', async (jws) => {
    const check = verifySignature(jws, { alg: 'RS256' }, pairOf('RS256').publicKey);
    await expect(check).rejects.toMatchObject({ code: 'ERR_JWS_INVALID' });
  });

  it('whose signature is not base64url is refused', async () => {
    const jws = `${(await signed('RS256')).split('.').slice(0, 2).join('.')}.%%%%`;
    const check = verifySignature(jws, { alg: 'RS256' }, pairOf('RS256').publicKey);
    await expect(check).rejects.toMatchObject({ code: 'ERR_JWS_INVALID' });
  });
});

describe('the keys of a provider', () => {
  async function check(jwk: object, alg: string, jws: string) {
    const keys = [{ jwk, imported: new Map<string, Promise<CryptoKey>>() }];
    await withFittingKey(keys, { alg }, (key) => verifySignature(jws, { alg }, key));
  }

  it.each(ALGORITHMS)('check %s', async (alg) => {
    await check(await exportJWK(pairOf(alg).publicKey), alg, await signed(alg));
  });

  it('do not check with a hash that the header alone names', async () => {
    const jwk = await exportJWK(pairOf('ES384').publicKey);
    await expect(check(jwk, 'ES256', await signed('ES384'))).rejects.toMatchObject({
      code: 'ERR_JWKS_NO_MATCHING_KEY',
    });
  });

  it('are not used if they are RSA keys under 2048 bits, however they are written (RFC 7518 §3.3)', async () => {
    const usages = ['sign', 'verify'] as const;
    const parameters = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 1024 };
    const pair = (await crypto.subtle.generateKey(
      { ...parameters, publicExponent: new Uint8Array([1, 0, 1]) },
      true,
      [...usages],
    )) as CryptoKeyPair;
    const { n = '', ...jwk } = await exportJWK(pair.publicKey);
    const jws = `${btoa('{"alg":"RS256"}').replace(/=+$/, '')}.e30`;
    const signature = await crypto.subtle.sign(
      parameters.name,
      pair.privateKey,
      new TextEncoder().encode(jws),
    );
    const text = new Uint8Array(signature).toBase64({ alphabet: 'base64url', omitPadding: true });
    const padded = 'A'.repeat(172) + n;
    for (const modulus of [n, padded]) {
      await expect(check({ ...jwk, n: modulus }, 'RS256', `${jws}.${text}`)).rejects.toThrow();
    }
    await expect(importJWK({ ...jwk, n, alg: 'RS256' }, 'RS256')).resolves.toBeDefined();
  });
});
