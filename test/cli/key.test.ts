import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'key-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;

function fileOf(key: KeyObject, type: 'pkcs8' | 'sec1' | 'pkcs1', passphrase?: string): string {
  const file = join(folder, `${crypto.randomUUID()}.pem`);
  const lock = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  writeFileSync(file, key.export({ format: 'pem', type, ...lock }));
  return file;
}

describe('npm run key -- --from', () => {
  it.each([
    ['PKCS #8', 'ES256', () => fileOf(ec, 'pkcs8'), ec],
    ['SEC 1, as `openssl ecparam` writes it', 'ES256', () => fileOf(ec, 'sec1'), ec],
    ['PKCS #1, as `openssl genrsa` wrote it', 'RS256', () => fileOf(rsa, 'pkcs1'), rsa],
  ] as const)('prints a key in %s as a JWK', (_, algorithm, file, key) => {
    const printed = execFileSync('node', ['scripts/key.mjs', algorithm, '--from', file()], {
      encoding: 'utf8',
    });
    expect(JSON.parse(printed)).toMatchObject({
      alg: algorithm,
      use: 'sig',
      ...key.export({ format: 'jwk' }),
    });
  });

  it.each([
    ['a key with a passphrase', () => fileOf(ec, 'pkcs8', 'secret'), /without a passphrase/],
    ['a key for another algorithm', () => fileOf(p384, 'pkcs8'), /a private key for ES256/],
    ['no file', () => join(folder, 'none.pem'), /ENOENT/],
  ])('says what is wrong with %s', (_, file, words) => {
    const { status, stderr, stdout } = spawnSync('node', ['scripts/key.mjs', '--from', file()], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(words);
  });
});
