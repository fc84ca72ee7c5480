import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neverLog, redact } from '../src/redaction.ts';

describe('redaction blanks', () => {
  it.each([
    ['a JWT', 'got eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.x', 'got [jwt]'],
    ['an e-mail address', 'user ada@op.example is unknown', 'user [email] is unknown'],
    ['a parameter', 'code=4/0Ab refused', 'code=[redacted] refused'],
    ['a parameter that is a word', 'code=letmein refused', 'code=[redacted] refused'],
    ['a member', '{"client_secret": "letmein"}', '{"client_secret": "[redacted]"}'],
    ['a password that is a word', 'password: letmein', 'password: [redacted]'],
    ['a header', 'Bearer abc refused', 'Bearer [redacted] refused'],
    ['an opaque text', 'token 0123456789abcdef was used', 'token [redacted] was used'],
    ['an opaque text with a separator', 'Sp7x-lOBeZQQYb_YS6WxSbIA', '[redacted]'],
    ['a UUID', 'trace 7f3c1f2a-90b7-4c55-8c1d-0a1b2c3d4e5f', 'trace [redacted]'],
    ['line breaks', 'a\nb', 'a b'],
    ['what turns text around', 'a\u202eb\u2028c', 'a b c'],
  ])('%s', (_, text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it('short texts that are known to be secret', () => {
    expect(redact('no client with s3cret! here', ['s3cret!'])).toBe('no client with [redacted] here');
  });

  it('this Worker’s own secrets, also of many Workers in one isolate', () => {
    neverLog(['a b/c&d=e']);
    for (let worker = 0; worker < 300; worker++) neverLog([`secret of worker ${worker}`]);
    expect(redact('sent a b/c&d=e, or a%20b%2Fc%26d%3De')).toBe('sent [redacted], or [redacted]');
  });

  it.each(['AAAAAAAAAAAAAAAAAAAAAAAAAAA', 'MFRGGZDFMZTWQANBONSWIZDOMFREGI'])(
    'base32 that happens to have no digits: %s',
    (text) => expect(redact(`was ${text} and`)).toBe('was [redacted] and'),
  );

  it('random texts of 128 bits, in every alphabet', () => {
    const alphabets = [
      'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
      '0123456789abcdef',
      'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
      'abcdefghijklmnopqrstuvwxyz',
    ];
    const secret = fc.constantFrom(...alphabets).chain((alphabet) => {
      const length = Math.ceil(128 / Math.log2(alphabet.length));
      const character = fc.constantFrom(...alphabet);
      return fc.array(character, { minLength: length, maxLength: length + 20 }).map((all) => all.join(''));
    });
    fc.assert(fc.property(secret, (text) => !redact(`was ${text} and`).includes(text)));
  });
});

describe('redaction leaves', () => {
  it.each([
    'AADSTS7000215: redirect_uri_mismatch',
    'temporarily_unavailable',
    'token: missing',
    'code: already_used, state: unknown',
    'client_secret: invalid',
    'error_code=50011 status_code: 400',
    'DPoP proof required',
    'Bearer token missing, use Basic authentication',
    'https://login.example.com/common/oauth2/v2.0/token answered 404',
    '/callback/my-own-openid-provider',
    'InvalidAuthenticationTokenException: AccessTokenHasExpired',
    'unmet_authentication_requirements',
    'urn:ietf:params:oauth:grant-type:token-exchange',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});
