import { describe, expect, it } from 'vitest';
import { judgeReturnTo } from '../../src/login/return-to.ts';
import corpus from '../data/return-to.json';
import { ORIGIN } from '../support/settings.ts';

const OTHERS = ['https://other.example'];

describe('return_to', () => {
  it.each(corpus.refused)('%j is refused', (candidate) => {
    expect(judgeReturnTo(candidate, { origin: ORIGIN, allowedOrigins: OTHERS })).toBeUndefined();
  });

  it.each(Object.entries(corpus.accepted))('%j leads to %j', (candidate, target) => {
    expect(judgeReturnTo(candidate, { origin: ORIGIN, allowedOrigins: OTHERS })).toBe(target);
  });

  it('of 16 KB is refused', () => {
    expect(judgeReturnTo(`/${'a'.repeat(16_384)}`, { origin: ORIGIN })).toBeUndefined();
  });
});
