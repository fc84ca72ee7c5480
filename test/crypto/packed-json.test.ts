import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packJson as packed, unpackJson } from '../../src/crypto/packed-json.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const run = fc.string({ unit: fc.constantFrom(...BASE64URL), maxLength: 200 });
const text = fc.oneof(
  run,
  fc.string({ unit: 'binary' }),
  fc.tuple(run, run, run).map((parts) => parts.join('.')),
);
const packJson = (value: unknown) => new Uint8Array(packed(value) as ArrayBuffer);
const plain = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe('packed JSON', () => {
  it('comes out as it was packed, whatever texts are in it', () => {
    const value = fc.dictionary(text, fc.oneof(text, fc.array(text), fc.integer(), fc.constant(null)));
    fc.assert(
      fc.property(value, (value) => {
        const json = JSON.parse(JSON.stringify(value)) as unknown;
        expect(unpackJson(packJson(json))).toEqual(json);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['\u007f', '\u007f6;', '\u0000', '\\n', '\u2028', '\ud800'])(
    'keeps %j beside a long run',
    (odd) => {
      const value = { odd, both: `${odd}${'A'.repeat(40)}${odd}`, token: 'B'.repeat(41) };
      expect(unpackJson(packJson(value))).toEqual(value);
    },
  );

  it('takes three bytes for four characters of base64url', () => {
    const token = BASE64URL.repeat(10);
    expect(packJson({ token }).byteLength).toBeLessThan(plain({ token }).byteLength * 0.8);
  });

  it('reads plain JSON text, as it was stored before', () => {
    const value = { id: 'x'.repeat(43), claims: { name: 'Zoë' } };
    expect(unpackJson(plain(value))).toEqual(value);
  });

  it.each([[[1]], [[1, 0]], [[1, 34, 0]], [[0]], [[]]])('refuses %j', (bytes) => {
    expect(() => unpackJson(Uint8Array.from(bytes))).toThrow();
  });
});
