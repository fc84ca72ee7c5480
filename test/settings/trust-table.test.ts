import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/settings/env.ts';
import { readTrust } from '../../src/settings/trust-table.ts';

const ENTRY = {
  issuer: 'https://ci.example',
  audience: 'drawbridge',
  subject: 'repo:acme/app:ref:refs/heads/main',
  connection: 'abcdefghijklmnopqrstuvwxyz',
};

/** What `TRUST` is read as, and its faults, each as `setting: what is wrong`. */
function read(TRUST: unknown) {
  const faults: Fault[] = [];
  const entries = readTrust({ TRUST }, faults);
  return { entries, faults: faults.map(({ setting, fault }) => `${setting}: ${fault}`) };
}

describe('TRUST', () => {
  it.each([[{ ci: ENTRY }], [JSON.stringify({ ci: ENTRY })], [`\ufeff${JSON.stringify({ ci: ENTRY })}\r\n`]])(
    'is a table of entries, or the same as JSON text',
    (TRUST) => {
      const { entries, faults } = read(TRUST);
      expect(faults).toEqual([]);
      expect(entries).toMatchObject([{ id: 'ci', ...ENTRY, claims: {}, raw_tokens: false }]);
    },
  );

  it.each([undefined, ''])('may be none: %j', (TRUST) => {
    expect(read(TRUST)).toEqual({ entries: [], faults: [] });
  });

  it.each<[unknown, string[]]>([
    ['{"ci":', ['TRUST: is not valid JSON']],
    [[ENTRY], ['TRUST: is neither a table nor a JSON object']],
    [{ ci: 'main' }, ['TRUST.ci: is not a table']],
    [{ ci: [ENTRY] }, ['TRUST.ci: is not a table']],
    [{ issuer: ENTRY.issuer }, ['TRUST.issuer: is not a table']],
    [{ CI: ENTRY }, ['TRUST.CI: has an id with characters other than a-z, 0-9 and -']],
    [
      { ci: {} },
      [
        'TRUST.ci.issuer: is missing',
        'TRUST.ci.audience: is missing',
        'TRUST.ci.subject: is missing',
        'TRUST.ci.connection: is missing',
      ],
    ],
  ])('is nothing else, and the error says what is wrong: %j', (TRUST, expected) => {
    expect(read(TRUST)).toEqual({ entries: [], faults: expected });
  });

  it.each<[string, unknown, string]>([
    ['issuer', 'ci.example', 'is not an https URL (plain http is allowed for loopback hosts only)'],
    [
      'issuer',
      'https://ci.example/.well-known/openid-configuration',
      'is the address of metadata: write the issuer, without `/.well-known` and what follows',
    ],
    ['audience', ['drawbridge'], 'is not text'],
    ['audience', ' drawbridge\n', 'begins or ends with a space or a line break'],
    ['subject', 'main\n', 'begins or ends with a space or a line break'],
    ['subject', 'main*', 'is a pattern: there are none, every value is compared exactly'],
    ['claims', 'main', 'is not a table of claims'],
    ['claims', ['main'], 'is not a table of claims'],
    ['connection', 'ci', 'is not the id of a connection'],
    ['upstreams', 'api', 'is not a list'],
    ['raw_tokens', 'true', 'is neither true nor false'],
  ])('has no entry that would match nothing: %s = %j', (key, value, fault) => {
    expect(read({ ci: { ...ENTRY, [key]: value } }).faults).toEqual([`TRUST.ci.${key}: ${fault}`]);
  });

  it('has no claim with a space around it', () => {
    expect(read({ ci: { ...ENTRY, claims: { ref: 'main ' } } }).faults).toEqual([
      'TRUST.ci.claims.ref: begins or ends with a space or a line break',
    ]);
  });
});
