import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/providers/presets.ts';
import { errorName, refusalIn } from '../../src/providers/quirks/refusal.ts';
import { claimsByPath, verifiedEmail } from '../../src/providers/quirks/userinfo.ts';
import { providerWith } from './provider-with.ts';

const address = (email: string, primary: unknown, verified: unknown) => ({ email, primary, verified });

describe('the verified address of a list', () => {
  it.each<[string, unknown, unknown, string | undefined]>([
    ['the primary one', [address('a@x', false, true), address('b@x', true, true)], null, 'b@x'],
    [
      'the one that the profile shows',
      [address('a@x', false, true), address('b@x', true, true)],
      'a@x',
      'a@x',
    ],
    [
      'not the one shown, if it is not verified',
      [address('a@x', false, false), address('b@x', true, true)],
      'a@x',
      'b@x',
    ],
    ['none that is not verified', [address('b@x', true, false)], null, undefined],
    ['none that is not primary', [address('b@x', false, true)], null, undefined],
    ['none that says so in words', [address('b@x', 'true', 'true')], null, undefined],
    ['none of no list', { message: 'Not Found' }, null, undefined],
    ['none of odd items', [null, 7, 'b@x', { email: 7, primary: true, verified: true }], null, undefined],
  ])('is %s', (_, list, shown, email) => {
    expect(verifiedEmail(list, shown)).toEqual(email && { email, email_verified: true });
  });
});

describe('claims by path', () => {
  it('are texts, booleans, and numbers as their digits', () => {
    const provider = {
      ...providerWith({}),
      userinfo_claims: { sub: 'id', email_verified: 'v', a: 'a', b: 'b', c: 'c' },
    };
    const body = { id: 7, v: true, a: { deep: 1 }, b: null, c: ['x'] };
    expect(claimsByPath(provider, body)).toEqual({ sub: '7', email_verified: true });
  });
});

describe('a word of the provider’s own', () => {
  const named = (id: string, word: string) => errorName(providerWith(PRESETS[id] ?? {}), [word]);

  it.each([
    ['linkedin', 'user_cancelled_login', 'access_denied'],
    ['linkedin', 'user_cancelled_authorize', 'access_denied'],
    ['apple', 'user_cancelled_authorize', 'access_denied'],
    ['pipedrive', 'user_denied', 'access_denied'],
    ['salesforce', 'access-denied', 'access_denied'],
    ['github', 'bad_refresh_token', 'invalid_grant'],
    ['slack', 'token_revoked', 'invalid_grant'],
    ['slack-api', 'invalid_refresh_token', 'invalid_grant'],
    ['zoho', 'invalid_code', 'invalid_grant'],
    ['google', 'user_cancelled_login', undefined],
  ])('%s says %s', (id, word, name) => {
    expect(named(id, word)).toBe(name);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      'hubspot',
      { status: 'BAD_REFRESH_TOKEN', message: 'missing or unknown refresh token' },
      'invalid_grant',
    ],
    ['hubspot', { status: 'error', error: 'invalid_grant' }, 'invalid_grant'],
    ['hubspot', { status: 'BAD_CLIENT_SECRET' }, 'invalid_client'],
    [
      'atlassian',
      { error: 'unauthorized_client', error_description: 'refresh_token is invalid' },
      'invalid_grant',
    ],
    ['atlassian', { error: 'unauthorized_client' }, 'unauthorized_client'],
    ['zoom', { reason: 'Invalid Token!', error: 'invalid_request' }, 'invalid_grant'],
    ['zoom', { reason: 'Invalid client_id or client_secret', error: 'invalid_client' }, 'invalid_client'],
    [
      'strava',
      { message: 'Bad Request', errors: [{ resource: 'RefreshToken', code: 'invalid' }] },
      'invalid_grant',
    ],
    [
      'x',
      { error: 'invalid_request', error_description: 'Value passed for the token was invalid.' },
      'invalid_grant',
    ],
    ['twitch', { status: 400, message: 'Invalid refresh token' }, 'invalid_grant'],
    ['reddit', { message: 'Bad Request', error: 400 }, 'invalid_grant'],
  ])('%s answers %o', (id, body, error) => {
    expect(refusalIn(providerWith(PRESETS[id] ?? {}), false, body)?.error).toBe(error);
  });
});
