import { describe, expect, it } from 'vitest';
import { foreignRefusal } from '../../src/oauth/foreign-refusal.ts';

describe('an error in another form than RFC 6749 §5.2', () => {
  it.each<[string, boolean, Record<string, unknown>, string, string | undefined]>([
    ['WeChat', true, { errcode: 40029, errmsg: 'invalid code' }, '40029', 'invalid code'],
    [
      'Facebook',
      false,
      { error: { message: 'Invalid code', type: 'OAuthException' } },
      'OAuthException',
      'Invalid code',
    ],
    [
      'Fitbit',
      false,
      { errors: [{ errorType: 'invalid_grant', message: 'gone' }], success: false },
      'invalid_grant',
      'gone',
    ],
    [
      'Okta',
      false,
      { errorCode: 'E0000021', errorSummary: 'Bad media type.' },
      'E0000021',
      'Bad media type.',
    ],
    ['a message alone', false, { message: 'Invalid client secret' }, 'Invalid client secret', undefined],
    ['a list of texts', false, { errors: ['Bad code'] }, 'Bad code', undefined],
  ])('%s', (_, succeeded, body, error, description) => {
    expect(foreignRefusal(body, { succeeded })).toEqual({ error, description });
  });

  it.each<[string, Record<string, unknown>]>([
    ['tokens with a note', { access_token: 'a', message: 'welcome', error_code: 7 }],
    ['tokens that are nested', { code: 0, message: 'success', data: { access_token: 'a' } }],
    ['a code of zero', { errcode: 0, errmsg: 'ok' }],
    ['nothing', {}],
  ])('is not seen in a successful response with %s', (_, body) => {
    expect(foreignRefusal(body, { succeeded: true })).toBeUndefined();
  });

  it('is not seen where nothing is said', () => {
    expect(foreignRefusal({ status: 400, error: true }, { succeeded: false })).toBeUndefined();
  });
});
