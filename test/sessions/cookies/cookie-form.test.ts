import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../src/grants/grant.ts';
import { cookieForm, fromCookieForm } from '../../../src/sessions/cookies/cookie-form.ts';
import type { Session } from '../../../src/sessions/session.ts';

const grant: Grant = {
  provider: 'op',
  issuer: 'https://op.example',
  iss: 'https://op.example/',
  sub: 'user-1',
  sid: 'sid-1',
  access_token: 'access',
  token_type: 'dpop',
  scope: 'openid',
  issued_at: 1,
  expires_at: 2,
  refresh_token: 'refresh',
  id_token: 'id',
  dpop_key: { kty: 'EC' },
  refreshed_at: 3,
  refresh_count: 4,
  rejected_at: 3,
  members: { team: 't' },
  state: 'state',
  flow: 'flow',
};
const session: Session = {
  id: 'id',
  provider: 'op',
  iss: 'https://op.example/',
  sub: 'user-1',
  claims: { name: 'Ashley', s: 'a claim with the name of a letter' },
  grants: [grant, { ...grant, provider: 'other', refresh_count: 0, members: {} }],
  created_at: 1,
  expires_at: 2,
  steps: [{ title: 'Callback', at: 1 }],
};
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the form of a session in cookies', () => {
  it('holds every member', () => {
    expect(fromCookieForm(throughJson(cookieForm(session)))).toEqual(session);
  });

  it('names each member by a letter of its own', () => {
    const { g: grants, ...members } = throughJson(cookieForm(session)) as { g: readonly [object, object] };
    expect(Object.keys(members).every((name) => name.length === 1)).toBe(true);
    expect(Object.keys(members)).toHaveLength(Object.keys(session).length - 1);
    expect(Object.keys(grants[0]).every((name) => name.length === 1)).toBe(true);
    expect(Object.keys(grants[0])).toHaveLength(Object.keys(grant).length);
  });

  it('understands full names', () => {
    expect(fromCookieForm(throughJson(session))).toEqual(session);
  });

  it.each([undefined, null, 1, 'text', [], {}, { g: 1 }, { i: 'id', g: [] }])('%j is no session', (value) => {
    expect(fromCookieForm(value)).toBeUndefined();
  });
});
