import { describe, expect, it } from 'vitest';
import { identifier, jsonObject, parseJson } from '../src/exact-json.ts';

describe('a number in JSON', () => {
  it.each([
    ['7', 7],
    ['-12', -12],
    ['3599.7', 3599.7],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['10765432100123456789', '10765432100123456789'],
    ['-10765432100123456789', '-10765432100123456789'],
    ['1.00000000000000001', '1.00000000000000001'],
    ['1e400', '1e400'],
    ['1e-400', '1e-400'],
    [
      '12345678901234567890123456789012345678901234567890',
      '12345678901234567890123456789012345678901234567890',
    ],
  ])('%s is kept as it is written, or as a number that says the same', (text, expected) => {
    expect(parseJson(text)).toBe(expected);
    expect(parseJson(`{"a":[{"b":${text}}]}`)).toEqual({ a: [{ b: expected }] });
  });

  it('makes two identifiers of two texts', () => {
    const ids = ['10765432100123456788', '10765432100123456789', '10765432100123458000'];
    expect(new Set(ids.map((id) => identifier(jsonObject(`{"id":${id}}`)?.id))).size).toBe(3);
  });
});

describe('an identifier', () => {
  it.each<[unknown, string | undefined]>([
    ['user-1', 'user-1'],
    [583231, '583231'],
    [0, '0'],
    ['Ωmega', 'Ωmega'],
    ['', undefined],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['x'.repeat(256), undefined],
    [true, undefined],
    [null, undefined],
    [['user-1'], undefined],
    [{ id: 1 }, undefined],
  ])('%o', (value, expected) => {
    expect(identifier(value)).toBe(expected);
  });
});

describe('a JSON object', () => {
  it.each(['[]', 'null', '"x"', '7', '{', '', '<p>', '\u0000{}'])('is not %j', (text) => {
    expect(jsonObject(text)).toBeUndefined();
  });
});
