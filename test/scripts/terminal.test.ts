import { describe, expect, it } from 'vitest';
import { printable, printableJson, shellWord } from '../../scripts/terminal.mjs';

describe('text for a terminal', () => {
  it.each([
    ['a\u001b[31mred', 'a\\u001b[31mred'],
    ['a\u009b31m', 'a\\u009b31m'],
    ['a\r\nb', 'a\\u000d\\u000ab'],
    ['a\u202eb\u2028c', 'a\\u202eb\\u2028c'],
    ['tag \u{e0001}', 'tag \\udb40\\udc01'],
    ['naïve 李 👍', 'naïve 李 👍'],
  ])('%j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('keeps line breaks where they are ours', () => {
    expect(printable('a\nb\u0007', { lines: true })).toBe('a\nb\\u0007');
  });

  it('is the same value as JSON', () => {
    const value = { text: 'a\u009b31m\u202e\u{e0001}\n"', list: [1] };
    expect(printableJson(value, 2)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    expect(JSON.parse(printableJson(value))).toEqual(value);
  });
});

describe('a word of a command line', () => {
  it.each([
    ['https://op.example/c/1', 'https://op.example/c/1'],
    [`https://op.example/c?x=1;touch\${IFS}x`, `'https://op.example/c?x=1;touch\${IFS}x'`],
    ["it's $(id) `id`", "'it'\\''s $(id) `id`'"],
    ['', "''"],
    ['~/x', "'~/x'"],
    ['a\nb', "'a\\u000ab'"],
  ])('%j', (text, word) => {
    expect(shellWord(text)).toBe(word);
  });
});
