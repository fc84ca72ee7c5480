import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

function run(...args: string[]) {
  const env = { ...process.env, REGISTRATION_ACCESS_TOKEN: '' };
  return spawnSync(process.execPath, ['scripts/register.mjs', ...args], { env, encoding: 'utf8' });
}

describe('npm run register', () => {
  it.each([
    ['no issuer', [], /^Usage:/],
    ['two issuers', ['https://op.example', 'https://other.example'], /Too many arguments/],
    ['an issuer over plain http', ['http://op.example'], /not an https URL/],
    [
      'a deletion without its token',
      ['https://op.example', '--delete', 'https://op.example/c'],
      /REGISTRATION_/,
    ],
  ])('with %s ends with 2 and says what to do, without a stack trace', (_, args, told) => {
    const { status, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(told);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
