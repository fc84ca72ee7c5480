import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  findHash,
  formatKey,
  hashSecret,
  newConnectionId,
  newSecret,
  parseKey,
} from '../../src/connections/key.ts';
import { base32Number } from '../../src/crypto/base32.ts';
import { crc32 } from '../../src/crypto/crc32.ts';

const made = () => ({ connection: newConnectionId(), secret: newSecret() });

describe('a key', () => {
  it('is dbk_, 26 characters of id, 52 of secret, 7 of checksum', () => {
    const key = made();
    const text = formatKey(key);
    expect(text).toMatch(/^dbk_[a-z2-7]{85}$/);
    expect(text.slice(4, 30)).toBe(key.connection);
    expect(parseKey(text)).toEqual(key);
  });

  it('is another one each time', () => {
    const keys = Array.from({ length: 200 }, () => formatKey(made()));
    expect(new Set(keys).size).toBe(200);
  });

  it('ends in the CRC-32 of what is before it', () => {
    expect(crc32('123456789')).toBe(0xcbf43926);
    expect(base32Number(0)).toBe('aaaaaaa');
    expect(base32Number(0xffffffff)).toBe('d777777');
  });

  it.each<[string, (text: string) => string]>([
    ['a space before it', (text) => ` ${text}`],
    ['a space behind it', (text) => `${text} `],
    ['a line feed behind it', (text) => `${text}\n`],
    ['another case', (text) => text.toUpperCase()],
    ['a prefix in another case', (text) => text.replace('dbk_', 'DBK_')],
    ['one character less', (text) => text.slice(0, -1)],
    ['one character more', (text) => `${text}a`],
    ['a character of another alphabet', (text) => text.replace(/.(?=.{20}$)/, '1')],
    ['two characters swapped', (text) => swapped(text)],
    ['nothing but the prefix', () => 'dbk_'],
    ['nothing', () => ''],
  ])('with %s is none', (_, change) => {
    expect(parseKey(change(formatKey(made())))).toBeUndefined();
  });

  it('with any one character changed is none', () => {
    const text = formatKey(made());
    for (let index = 4; index < text.length; index++) {
      const other = text[index] === 'a' ? 'b' : 'a';
      expect(parseKey(text.slice(0, index) + other + text.slice(index + 1))).toBeUndefined();
    }
  });

  /** With the first two neighbours that differ in each other's place. */
  function swapped(text: string): string {
    const at = [...text].findIndex((character, index) => index > 4 && text[index + 1] !== character);
    return text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
  }
});

describe('a secret', () => {
  it('is found among the hashes, wherever it is', async () => {
    const secrets = [newSecret(), newSecret(), newSecret()];
    const hashes = await Promise.all(secrets.map(hashSecret));
    for (const [index, hash] of hashes.entries()) expect(findHash(hash, hashes)).toBe(index);
    expect(findHash(await hashSecret(newSecret()), hashes)).toBe(-1);
    expect(findHash(await hashSecret(newSecret()), [])).toBe(-1);
  });

  it('is compared with every hash, in constant time, whether it is right or not', async () => {
    const hashes = await Promise.all([newSecret(), newSecret(), newSecret()].map(hashSecret));
    const compare = vi.spyOn(crypto.subtle, 'timingSafeEqual');
    onTestFinished(() => compare.mockRestore());
    for (const presented of [hashes[0] as string, hashes[2] as string, await hashSecret(newSecret())]) {
      compare.mockClear();
      findHash(presented, hashes);
      expect(compare).toHaveBeenCalledTimes(3);
    }
  });
});
