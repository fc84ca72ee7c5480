import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPrivateKeys } from '../../src/crypto/private-keys.ts';

type Members = Readonly<Record<string, unknown>>;

const keys: Record<string, Members> = {};
beforeAll(async () => {
  for (const alg of ['ES256', 'EdDSA', 'RS256']) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    keys[alg] = { ...(await exportJWK(privateKey)) };
  }
});

describe('a private key', () => {
  it.each(['ES256', 'EdDSA', 'RS256'])('is read with all its members, in any layout: %s', (alg) => {
    for (const text of [JSON.stringify(keys[alg]), `${JSON.stringify([keys[alg]], null, 2)}\r\n`]) {
      expect(readPrivateKeys(text)).toMatchObject({ signing: [keys[alg]], decryption: [] });
    }
  });

  it.each([
    ['ES256', 'x'],
    ['ES256', 'y'],
    ['EdDSA', 'x'],
    ['RS256', 'e'],
    ['RS256', 'p'],
    ['RS256', 'qi'],
  ])(
    'that was cut is an error that names the member: %s without %s (RFC 7518 §6, RFC 8037 §2)',
    (alg, name) => {
      const { [name]: _, ...rest } = keys[alg] ?? {};
      expect(readPrivateKeys(JSON.stringify(rest))).toEqual({ fault: `contains a key without \`${name}\`` });
      expect(readPrivateKeys(JSON.stringify({ ...rest, [name]: 7 }))).toEqual({
        fault: `contains a key without \`${name}\``,
      });
    },
  );

  it.each([
    '-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n',
    '-----BEGIN PRIVATE KEY-----\\nMIGH\\n-----END PRIVATE KEY-----\\n',
    '"-----BEGIN EC PRIVATE KEY-----\\nMHcC\\n-----END EC PRIVATE KEY-----"',
    btoa('-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n'),
    btoa('-----BEGIN RSA PRIVATE KEY-----\nMIGH\n-----END RSA PRIVATE KEY-----\n'),
  ])('in PEM is an error that says how to convert it: %j', (text) => {
    expect(readPrivateKeys(text)).toEqual({ fault: expect.stringMatching(/PEM: `npm run key -- --from/) });
  });
});
