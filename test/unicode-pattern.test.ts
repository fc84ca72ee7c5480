import { describe, expect, it } from 'vitest';
import { hasControlCharacter, unicodePattern } from '../src/unicode-pattern.ts';

describe('a pattern with classes of Unicode', () => {
  it('is made once, and matches by code points', () => {
    const dash = unicodePattern(String.raw`\p{Pd}`, 'gu');
    expect(dash()).toBe(dash());
    expect('WDJB\u2013MJHT-'.replaceAll(dash(), '')).toBe('WDJBMJHT');
    expect(unicodePattern('^.$')().test('😀')).toBe(true);
  });

  it.each([
    ['a line break', 'a\nb', true],
    ['NUL', '\0', true],
    ['DEL', '\u007f', true],
    ['a C1 control', '\u0085', true],
    ['letters and a no-break space', 'a\u00a0é', false],
    ['nothing', '', false],
  ])('finds control characters: %s', (_, text, expected) => {
    expect(hasControlCharacter(text)).toBe(expected);
  });
});
