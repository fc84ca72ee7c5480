import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/grants/grant.ts';
import { authenticationOf, type Login, sessionWith } from '../../src/sessions/after-login.ts';

const LIFETIMES = { sessionIdleSeconds: 1000, sessionMaxSeconds: 10_000 };

function grant(own: Partial<Grant> = {}): Grant {
  return {
    provider: 'op',
    issuer: 'https://op.example',
    iss: 'https://op.example',
    sub: 'user-1',
    sid: undefined,
    access_token: 'token',
    token_type: 'bearer',
    scope: 'openid',
    issued_at: 1000,
    expires_at: 2000,
    refresh_token: undefined,
    id_token: undefined,
    dpop_key: undefined,
    refreshed_at: undefined,
    refresh_count: 0,
    members: {},
    state: 'state',
    ...own,
  };
}

function login(own: Partial<Login> = {}): Login {
  return {
    id: 'id',
    grant: grant(),
    claims: {},
    steps: undefined,
    authentication: {},
    now: 1_000_000,
    ...own,
  };
}

describe('how and when a user signed in (OpenID Connect Core §2)', () => {
  it.each([
    [undefined, {}],
    [{}, {}],
    [
      { acr: 'urn:mfa', amr: ['pwd', 'otp'], auth_time: 1000 },
      { acr: 'urn:mfa', amr: ['pwd', 'otp'], auth_time: 1000 },
    ],
    [{ acr: 1, amr: 'pwd', auth_time: '1000' }, {}],
    [{ acr: 'x'.repeat(501), amr: ['x'.repeat(501)], auth_time: Number.POSITIVE_INFINITY }, {}],
    [{ amr: Array(21).fill('pwd') }, {}],
  ])('%j is told as %j', (claims, told) => {
    expect(authenticationOf(claims)).toEqual(told);
  });

  const founded = sessionWith(
    undefined,
    login({ authentication: { acr: 'urn:pwd', auth_time: 1000 } }),
    LIFETIMES,
  );

  it('is that of the founding sign-in', () => {
    expect(founded).toMatchObject({ acr: 'urn:pwd', auth_time: 1000 });
  });

  it('is renewed by a step-up of the founder (RFC 9470 §5)', () => {
    const stepUp = login({ id: 'next', authentication: { acr: 'urn:mfa', auth_time: 1500 } });
    expect(sessionWith(founded, stepUp, LIFETIMES)).toMatchObject({
      id: 'next',
      acr: 'urn:mfa',
      auth_time: 1500,
    });
  });

  it.each([
    ['another provider', { provider: 'other', iss: 'https://other.example' }],
    ['another issuer', { iss: 'https://op.example/other' }],
    ['another user', { sub: 'user-2' }],
  ])('is not renewed by a sign-in of %s', (_, own) => {
    const connected = login({ grant: grant(own), authentication: { acr: 'urn:mfa', auth_time: 1500 } });
    expect(sessionWith(founded, connected, LIFETIMES)).toMatchObject({ acr: 'urn:pwd', auth_time: 1000 });
  });
});
