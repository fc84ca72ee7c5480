import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { describe, expect } from 'vitest';
import { exactClaims, isShallow } from '../../src/oauth/claims.ts';
import { TokenAnswer } from '../../src/oauth/provider-answer.ts';
import { readableAnswer, sentClaims } from '../../src/oauth/readable-id-token.ts';
import { tokenResponse } from '../../src/providers/quirks/token-answer.ts';
import { providerWith } from '../providers/provider-with.ts';
import { holds } from './holds.ts';

const provider = providerWith({});
const base64url = (text: string) =>
  new TextEncoder().encode(text).toBase64({ alphabet: 'base64url', omitPadding: true });

const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n }).map((digits) => new Digits(String(digits))),
);
/** A number as it is written in the JSON. */
class Digits {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
const value = fc.oneof(
  { depthSize: 'medium' },
  number,
  fc.constantFrom(null, 'null', true, '', 'a, 12345678901234567890', [], {}, ['client-1', 'other']),
  fc.string(),
  fc.jsonValue({ maxDepth: 20 }),
);
const claims = fc.dictionary(
  fc.oneof(fc.constantFrom('sub', 'aud', 'auth_time', 'iat', 'groups', 'null', '__proto__'), fc.string()),
  value,
  { maxKeys: 6 },
);

/** JSON in one of its spellings, with numbers as they were given. */
function jsonOf(given: object, indent: string): string {
  const members = Object.entries(given).map(
    ([name, held]) =>
      `${JSON.stringify(name)}:${indent}${held instanceof Digits ? held.text : JSON.stringify(held)}`,
  );
  return `{${members.join(`,${indent}`)}}`;
}

describe('an ID token that its text calls plain', () => {
  holds(
    'has claims that no later check of their form would change or refuse',
    [claims, fc.constantFrom('', ' ', '\n')],
    (given, indent) => {
      const id_token = `${base64url('{"alg":"RS256"}')}.${base64url(jsonOf(given, indent))}.c2ln`;
      const answer = new TokenAnswer({ access_token: 'a', token_type: 'bearer', id_token });
      const readable = readableAnswer(provider, answer, 'openid');
      if (!readable.isPlain) return;
      expect(readable.answer).toBe(answer);
      const read = decodeJwt(id_token);
      expect(sentClaims(read)).toBe(read);
      expect(exactClaims(id_token, read)).toEqual(read);
      expect(isShallow(read)).toBe(true);
    },
  );
});

const member = fc.oneof(
  fc.constantFrom(
    'bearer',
    ' Bearer',
    'Bearer\n',
    '',
    ' ',
    'a  b',
    'a,b',
    'openid profile',
    '3600',
    '0',
    'a\u00a0b',
  ),
  fc.constantFrom<unknown>(undefined, null, false, true, 0, -1, 1, 3600, 0.5, 1.5, 1e300, [], {}, ['a', 'b']),
);

describe('a token response', () => {
  holds(
    'is left as it is only where it would be adapted to the same',
    [
      fc.record({
        access_token: fc.constant('a'),
        token_type: member,
        scope: member,
        expires_in: member,
        refresh_token: member,
        id_token: member,
      }),
      fc.constantFrom({}, { scope_separator: ',' as const }, { token_scope_separator: ',' as const }),
    ],
    (body, quirks) => {
      const seconds = { ...quirks, expires_in_unit: 'seconds' as const };
      const adapted = tokenResponse(providerWith(seconds), body);
      expect(tokenResponse(providerWith(quirks), body)).toEqual(adapted);
    },
  );
});
