import { describe, expect, it } from 'vitest';
import { signIn, stage } from '../flows/journey.ts';

/** A refresh that the provider refuses with this answer: what the user is told. */
async function refreshRefused(status: number, body: unknown): Promise<string> {
  const { op, visitor } = await stage();
  await signIn(visitor, op);
  op.answers['/token'] = () => Response.json(body, { status });
  const answer = await visitor.post('/session/refresh', { accept: 'application/json' });
  return ((await answer.json()) as { error: string }).error;
}

describe('a refusal that says that the refresh token is dead ends the grant', () => {
  it.each<[string, number, unknown]>([
    [
      'league/oauth2-server',
      401,
      {
        error: 'invalid_request',
        error_description: 'The refresh token is invalid.',
        hint: 'Token has been revoked',
      },
    ],
    [
      'LinkedIn',
      400,
      {
        error: 'invalid_request',
        error_description:
          'The provided authorization grant or refresh token is invalid, expired or revoked.',
      },
    ],
    ['Atlassian', 403, { error: 'unauthorized_client', error_description: 'refresh_token is invalid' }],
    ['Naver', 200, { error: 'invalid_request', error_description: 'invalid refresh_token' }],
    ['Slack', 200, { ok: false, error: 'invalid_refresh_token' }],
    ['Twitch', 400, { error: 'Bad Request', status: 400, message: 'Invalid refresh token' }],
    ['Figma', 400, { error: true, status: 400, message: 'Invalid refresh token' }],
    ['WeChat', 200, { errcode: 40030, errmsg: 'invalid refresh_token' }],
    [
      'Fitbit',
      401,
      { errors: [{ errorType: 'invalid_grant', message: 'Refresh token invalid: 1' }], success: false },
    ],
    ['a nested code', 400, { error: { code: 'invalid_grant', message: 'expired' } }],
    ['a code of its own name', 400, { code: 'invalid_grant', message: 'nothing more' }],
    ['Salesforce', 400, { error: 'inactive_user', error_description: 'user is inactive' }],
    ['Hydra', 401, { error: 'token_inactive' }],
  ])('%s', async (_, status, body) => {
    expect(await refreshRefused(status, body)).toBe('login_required');
  });
});

describe('a refusal that says something else leaves the grant', () => {
  it.each<[string, number, unknown, string]>([
    [
      'the secret',
      401,
      { error: 'invalid_client', error_description: 'refresh token: invalid secret' },
      'token_request_failed',
    ],
    [
      'the scope',
      400,
      { error: 'invalid_scope', error_description: 'the refresh token has no such scope: invalid' },
      'token_request_failed',
    ],
    [
      'a parameter',
      400,
      { error: 'invalid_request', error_description: 'refresh_token is missing' },
      'token_request_failed',
    ],
    [
      'the grant type',
      400,
      {
        error: 'unauthorized_client',
        error_description: 'Client is not allowed to use grant type refresh_token',
      },
      'token_request_failed',
    ],
    [
      'a provider that is down',
      503,
      { error: 'oops', error_description: 'refresh token not found' },
      'provider_unreachable',
    ],
    [
      'too many requests',
      429,
      { error: 'too_many', error_description: 'refresh token unknown' },
      'provider_unreachable',
    ],
  ])('about %s', async (_, status, body, error) => {
    expect(await refreshRefused(status, body)).toBe(error);
  });
});
