import { describe, expect, it } from 'vitest';
import { identifier, isTooDeep, jsonObject, parseJson } from '../src/exact-json.ts';

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
    ['whole \ud83d\ude00', 'whole \ud83d\ude00'],
  ])('%o', (value, expected) => {
    expect(identifier(value)).toBe(expected);
  });
});

it('that is half a character is no identifier', () => {
  expect(identifier(JSON.parse('"half \\ud800"'))).toBeUndefined();
});

describe('a JSON object', () => {
  it.each(['[]', 'null', '"x"', '7', '{', '', '<p>', '\u0000{}'])('is not %j', (text) => {
    expect(jsonObject(text)).toBeUndefined();
  });
});

describe('a text that is nested', () => {
  const nested = (levels: number) => `${'{"a":['.repeat(levels / 2)}1${']}'.repeat(levels / 2)}`;

  it.each<[string, string, boolean]>([
    ['64 levels', nested(64), false],
    ['66 levels', nested(66), true],
    ['a million levels', '['.repeat(1_000_000), true],
    ['brackets in a text', JSON.stringify({ a: '['.repeat(1000) }), false],
    ['brackets after an escaped quote', JSON.stringify({ a: `"${'{'.repeat(1000)}\\"` }), false],
    [
      'many members on one level',
      `{${Array.from({ length: 500 }, (_, i) => `"${i}":[{}]`).join(',')}}`,
      false,
    ],
  ])('%s', (_, text, expected) => {
    expect(isTooDeep(text)).toBe(expected);
    if (!expected) expect(jsonObject(text)).toBeDefined();
    else expect(jsonObject(text)).toBeUndefined();
  });
});
