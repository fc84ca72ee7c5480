import { describe, expect, it } from 'vitest';
import { type Allow, isAllowed } from '../../src/providers/allow.ts';

const TRUSTED = { trust_email: true } as const;
const GOOGLE = { trust_email: 'hd' } as const;
const UNTRUSTED = { trust_email: false } as const;

function allowed(
  allow: Allow,
  claims: Record<string, unknown>,
  provider: Parameters<typeof isAllowed>[2] = TRUSTED,
) {
  return isAllowed(allow, { iss: 'https://op.example', sub: 'user-1', provider: 'op', claims }, provider);
}

const verified = (email: unknown, more = {}) => ({ email, email_verified: true, ...more });
const AT_EXAMPLE: Allow = [['email', ['*@example.com']]];

describe('an e-mail', () => {
  it.each([
    ['a verified one of the domain', verified('a@example.com'), true],
    ['verified as text', { email: 'a@example.com', email_verified: 'true' }, true],
    ['the domain in another case', verified('a@EXAMPLE.com'), true],
    ['not verified', { email: 'a@example.com', email_verified: false }, false],
    ['nothing said of it', { email: 'a@example.com' }, false],
    ['verified in a way that is none', { email: 'a@example.com', email_verified: 1 }, false],
    ['verified as "TRUE"', { email: 'a@example.com', email_verified: 'TRUE' }, false],
    ['a domain that begins like it', verified('a@example.com.evil'), false],
    ['a domain that ends like it', verified('a@evil-example.com'), false],
    ['a subdomain', verified('a@sub.example.com'), false],
    ['two signs', verified('evil@evil.example@example.com'), false],
    ['no user', verified('@example.com'), false],
    ['a letter that looks like one', verified('a@еxample.com'), false],
    ['a letter that lower case makes one (Kelvin)', verified('a@example.com'.replace('x', 'K')), false],
    ['a dot at the end', verified('a@example.com.'), false],
    ['a list', verified(['a@example.com']), false],
    ['none', {}, false],
  ])('matches `*@domain` or not: %s', (_, claims, expected) => {
    expect(allowed(AT_EXAMPLE, claims)).toBe(expected);
  });

  it('is compared without case only in the domain', () => {
    const allow: Allow = [['email', ['Ada@Example.com']]];
    expect(allowed(allow, verified('Ada@EXAMPLE.COM'))).toBe(true);
    expect(allowed(allow, verified('ada@example.com'))).toBe(false);
    expect(allowed([['email', ['a@kb.example']]], verified('a@\u212Ab.example'))).toBe(false);
  });

  it('of a provider that is no longer there never counts', () => {
    const user = { iss: 'x', sub: 'x', provider: 'gone', claims: verified('a@example.com') };
    expect(isAllowed(AT_EXAMPLE, user, undefined)).toBe(false);
  });

  it('of a provider that can’t be trusted never counts', () => {
    expect(allowed(AT_EXAMPLE, verified('a@example.com'), UNTRUSTED)).toBe(false);
  });

  it('of Google is of the domain that `hd` names', () => {
    expect(allowed(AT_EXAMPLE, verified('a@example.com'), GOOGLE)).toBe(false);
    expect(allowed(AT_EXAMPLE, verified('a@example.com', { hd: 'evil.example' }), GOOGLE)).toBe(false);
    expect(allowed(AT_EXAMPLE, verified('a@example.com', { hd: 'Example.com' }), GOOGLE)).toBe(true);
    expect(allowed([['email', ['*@gmail.com']]], verified('a@gmail.com'), GOOGLE)).toBe(true);
  });
});

describe('a claim', () => {
  const OPS: Allow = [['groups', ['ops', 'admins']]];

  it.each([
    ['a list with one of the values', { groups: ['dev', 'ops'] }, true],
    ['a text', { groups: 'ops' }, true],
    ['a text of several words is one value', { groups: 'dev ops' }, false],
    ['another case', { groups: ['Ops'] }, false],
    ['a list within a list', { groups: [['ops']] }, false],
    ['an object', { groups: { ops: true } }, false],
    ['an empty list', { groups: [] }, false],
    ['missing', {}, false],
    ['null', { groups: null }, false],
  ])('has one of the values or not: %s', (_, claims, expected) => {
    expect(allowed(OPS, claims)).toBe(expected);
  });

  it('is joined with others by AND', () => {
    const allow: Allow = [...OPS, ['level', ['3']]];
    expect(allowed(allow, { groups: 'ops', level: 3 })).toBe(true);
    expect(allowed(allow, { groups: 'ops', level: 4 })).toBe(false);
    expect(allowed(allow, { level: 3 })).toBe(false);
  });

  it('may be the subject or the issuer, as the session knows them', () => {
    expect(allowed([['sub', ['user-1']]], { sub: 'other' })).toBe(true);
    expect(allowed([['sub', ['other']]], { sub: 'other' })).toBe(false);
    expect(allowed([['iss', ['https://op.example']]], {})).toBe(true);
  });

  it('is no name that every object has', () => {
    expect(
      allowed(
        [
          ['constructor', ['x']],
          ['__proto__', ['x']],
        ],
        {},
      ),
    ).toBe(false);
  });
});
