import fc from 'fast-check';
import { parse } from 'hono/utils/cookie';
import { describe, expect, it } from 'vitest';
import { readCookies } from '../../../src/sessions/cookies/cookie-header.ts';
import { holds } from '../../properties/holds.ts';

describe('a Cookie header (RFC 6265 §4.2.1)', () => {
  it.each([
    [null, []],
    ['', []],
    ['a=1', [['a', '1']]],
    [
      'a=1; b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      ' a = 1 ;\tb=2;;',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['a=x=y', [['a', 'x=y']]],
    ['a=', [['a', '']]],
    ['a; b=2; c', [['b', '2']]],
    ['=1; b=2', [['b', '2']]],
    ['a=first; a=second', [['a', 'first']]],
    ['a=%C3%A9%3B', [['a', 'é;']]],
    ['a=%E9', [['a', '%E9']]],
    ['a="x y"', [['a', 'x y']]],
    ['a=""', [['a', '']]],
    ['a="', [['a', '"']]],
    ['a=x"y"', [['a', 'x"y"']]],
    [
      '__proto__=1; constructor=2',
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    ],
  ])('%j gives %j', (header, cookies) => {
    expect([...readCookies(header)]).toEqual(cookies);
  });

  const name = fc.stringMatching(/^[\w!#$&'*^`|~.-]{1,12}$/);
  // Hono decodes the good escapes of a value that has broken ones too; here such a value stays as it was sent.
  const value = fc.stringMatching(/^[\w%.:/+*-]{0,40}$/).filter((text) => isWhole(text));
  const space = fc.constantFrom('', ' ', '  ', '\t');
  const pair = fc.tuple(
    space,
    fc.oneof(
      fc.tuple(name, value).map((two) => two.join('=')),
      name,
    ),
    space,
  );

  it('has a value with a broken escape as it was sent', () => {
    expect(readCookies('a=%%0a; b=%41').get('a')).toBe('%%0a');
    expect(readCookies('a=%%0a; b=%41').get('b')).toBe('A');
  });

  holds('is read as Hono reads it', [fc.array(pair, { maxLength: 8 })], async (pairs) => {
    const header = pairs.map((parts) => parts.join('')).join(';');
    expect(Object.fromEntries(readCookies(header))).toEqual({ ...parse(header) });
  });
});

/** True for a text whose escapes are all good. */
function isWhole(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
