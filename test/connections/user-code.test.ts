import { describe, expect, it } from 'vitest';
import { newUserCode, readUserCode, shownUserCode } from '../../src/connections/user-code.ts';

describe('a user code (RFC 8628 §6.1)', () => {
  it('has 8 letters of an alphabet in which none looks like another, and no vowel', () => {
    const codes = Array.from({ length: 300 }, newUserCode);
    for (const code of codes) expect(code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{8}$/);
    expect(new Set(codes).size).toBe(300);
  });

  it.each([
    'wdjbmjht',
    'WDJB-MJHT',
    ' wdjb mjht ',
    'WDJB–MJHT',
    'W-D-J-B-M-J-H-T',
    'WDJB\u2212MJHT',
    'WDJB_MJHT',
    'wdjb.mjht',
    '"WDJB-MJHT".',
    '\u200bWDJB\u00adMJHT\ufeff',
    'ＷＤＪＢ－ＭＪＨＴ',
    'ｗｄｊｂ　ｍｊｈｔ',
  ])('is read as it was meant: %j', (typed) => {
    expect(readUserCode(typed)).toBe('WDJBMJHT');
  });

  it.each([
    '',
    'WDJB',
    'WDJBMJHTX',
    'WDJBMJH0',
    'WDJBMJHA',
    'WDJB MJHT?code=X',
    'ЅDJBMJHT',
    'guesses',
    `WDJBMJHT${'-'.repeat(100)}`,
  ])('%j is none', (typed) => {
    expect(readUserCode(typed)).toBeUndefined();
  });

  it('is shown in two halves', () => {
    expect(shownUserCode('WDJBMJHT')).toBe('WDJB-MJHT');
  });
});
