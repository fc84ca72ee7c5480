import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formText, searchParams } from '../../src/oauth/form-parameters.ts';
import { holds } from '../properties/holds.ts';

describe('parameters as a form (RFC 6749 appendix B)', () => {
  it('keep their order, and every value of a name', () => {
    const parameters = new Map<string, string | string[]>([
      ['scope', 'openid e+mail'],
      ['resource', ['https://a.example/?x=1', 'https://b.example']],
      ['state', 'Az09-_.*'],
      ['empty', ''],
    ]);
    expect(formText(parameters)).toBe(
      'scope=openid+e%2Bmail&resource=https%3A%2F%2Fa.example%2F%3Fx%3D1&resource=https%3A%2F%2Fb.example' +
        '&state=Az09-_.*&empty=',
    );
    expect(formText(new Map())).toBe('');
    expect(formText(new Map([['none', []]]))).toBe('');
  });

  const text = fc.string({ unit: 'binary' });
  const value = fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 }));

  holds('are read as they were given', [fc.array(fc.tuple(text, value))], async (entries) => {
    const parameters = new Map(entries);
    const given = [...parameters].flatMap(([name, values]) =>
      [values].flat().map((each) => [name.toWellFormed(), each.toWellFormed()]),
    );
    expect([...searchParams(parameters)]).toEqual(given);
  });
});
