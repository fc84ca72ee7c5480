import { describe, expect, it } from 'vitest';
import { ACCESS_TOKEN, connected, exchange, json } from './stage.ts';

describe('token exchange by a key (RFC 8693)', () => {
  it('answers with the access token, what it is, how long it lives, what it may do (§2.2.1)', async () => {
    const { visitor, key } = await connected();
    const response = await exchange(visitor, key);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const body = await json(response);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^access-/),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      scope: 'openid read',
    });
    expect(body.expires_in).toBeGreaterThan(290);
  });
});
