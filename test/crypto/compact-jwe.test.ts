import fc from 'fast-check';
import { base64url, CompactEncrypt, compactDecrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { decryptJwe, encodedHeader, encryptJwe, jweHeader } from '../../src/crypto/compact-jwe.ts';
import { holds } from '../properties/holds.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const RAW_KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const key = await crypto.subtle.importKey('raw', RAW_KEY, 'AES-GCM', false, ['encrypt', 'decrypt']);

/** Made with jose 6.2.18, under the key of the bytes 0 to 31. */
const VECTOR =
  'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoidmVjdG9yIiwiYm91bmRfdG8iOiJzZXNzaW9uOjEifQ..SHBoDWxiVAKDXyCS.KJx0upOwixXreGcAwouCvgMeXQ.RL8b_8Lw9UhjMuR1FQJIoA';

const content = fc.uint8Array({ maxLength: 400 });
const kid = fc.stringMatching(/^[\w-]{1,12}$/);
const boundTo = fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }), { nil: undefined });

/** The header's members, without one that has no value. */
function members(id: string, place: string | undefined) {
  return { kid: id, ...(place !== undefined && { bound_to: place }) };
}

describe('a compact JWE (RFC 7516 §7.1)', () => {
  holds('that we make opens with jose', [content, kid, boundTo], async (bytes, id, place) => {
    const jwe = await encryptJwe(key, encodedHeader(members(id, place)), new Uint8Array(bytes));
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, key);
    expect(plaintext).toEqual(new Uint8Array(bytes));
    expect(protectedHeader).toEqual({ alg: 'dir', enc: 'A256GCM', ...members(id, place) });
  });

  holds('that jose makes opens here', [content, kid, boundTo], async (bytes, id, place) => {
    const jwe = await new CompactEncrypt(new Uint8Array(bytes))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ...members(id, place) })
      .encrypt(key);
    expect(jweHeader(jwe)).toEqual(members(id, place));
    expect(await decryptJwe(key, jwe)).toEqual(new Uint8Array(bytes));
  });

  it('of before opens still', async () => {
    expect(jweHeader(VECTOR)).toEqual({ kid: 'vector', bound_to: 'session:1' });
    expect(decoder.decode(await decryptJwe(key, VECTOR))).toBe('{"a":1,"text":"ü"}');
  });

  it.each([
    ['another algorithm', { alg: 'A256KW' }],
    ['another encryption', { enc: 'A128GCM' }],
    ['a compression', { zip: 'DEF' }],
    ['an extension', { crit: ['exp'], exp: 1 }],
    ['no key id', { kid: undefined }],
    ['a key id that is no text', { kid: 1 }],
    ['a place that is no text', { bound_to: 1 }],
  ])('with %s is none of ours', (_, changed) => {
    const header = { alg: 'dir', enc: 'A256GCM', kid: 'vector', ...changed };
    expect(jweHeader(`${base64url.encode(JSON.stringify(header))}....`)).toBeUndefined();
  });

  it.each([
    ['an encrypted key', (parts: string[]) => parts.with(1, 'AAAA')],
    ['a shorter tag', (parts: string[]) => parts.with(4, (parts[4] ?? '').slice(0, 16))],
    ['a longer tag', (parts: string[]) => parts.with(4, `${parts[4]}AAAA`)],
    ['a longer vector', (parts: string[]) => parts.with(2, `${parts[2]}AAAA`)],
    ['another header', (parts: string[]) => parts.with(0, encodedHeader({ kid: 'another' }).text)],
    ['four parts', (parts: string[]) => parts.slice(0, 4)],
    ['six parts', (parts: string[]) => [...parts, '']],
  ])('with %s does not open', async (_, change) => {
    const jwe = await encryptJwe(key, encodedHeader({ kid: 'vector' }), encoder.encode('{}'));
    expect(decoder.decode(await decryptJwe(key, jwe))).toBe('{}');
    await expect(decryptJwe(key, change(jwe.split('.')).join('.'))).rejects.toThrow();
  });

  it('has a vector of its own each time', async () => {
    const header = encodedHeader({ kid: 'vector' });
    const made = await Promise.all(
      Array.from({ length: 100 }, () => encryptJwe(key, header, encoder.encode(''))),
    );
    expect(new Set(made.map((jwe) => jwe.split('.')[2])).size).toBe(100);
  });
});
