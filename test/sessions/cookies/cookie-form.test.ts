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
  it('holds every member but what only an operator would look at', () => {
    const { flow: _, ...kept } = grant;
    const [first, second] = session.grants;
    const expected = { ...session, grants: [kept, { ...second, flow: undefined }] };
    expect(first).toMatchObject(kept);
    expect(throughJson(fromCookieForm(throughJson(cookieForm(session))))).toEqual(throughJson(expected));
  });

  it('holds what a grant has in common with its session, or has not, all the same', () => {
    const { flow: _, ...usual } = grant;
    const grants = [
      {
        ...usual,
        iss: session.iss,
        issuer: session.iss,
        sub: session.sub,
        issued_at: 1,
        token_type: 'bearer',
      },
      { ...usual, iss: 'https://else.example', issuer: undefined, sub: undefined, sid: undefined },
      { ...usual, expires_at: undefined, refreshed_at: undefined, refresh_token: undefined },
    ];
    const read = fromCookieForm(throughJson(cookieForm({ ...session, grants })));
    expect(read?.grants).toHaveLength(3);
    for (const [index, each] of grants.entries())
      expect(throughJson(read?.grants[index])).toEqual(throughJson(each));
  });

  it('says the same before it was sealed and after', () => {
    const bare = { ...grant, iss: undefined, issuer: undefined, sid: undefined, id_token: undefined };
    for (const grants of [session.grants, [bare], [{ ...bare, expires_at: undefined, members: {} }]]) {
      const form = () => cookieForm({ ...session, claims: {}, steps: undefined, grants });
      expect(fromCookieForm(form())).toEqual(fromCookieForm(throughJson(form())));
    }
  });

  it('says nothing to the isolate that wrote it that others would not read', () => {
    const written = cookieForm({ ...session, user_agent: 'Browser/1', began_ms: 1234 });
    expect(JSON.stringify(fromCookieForm(written))).not.toMatch(/Browser|1234|"flow"/);
    expect(throughJson(fromCookieForm(written))).toEqual(throughJson(fromCookieForm(throughJson(written))));
  });

  it('names each member by a letter of its own', () => {
    const { g: grants, ...members } = throughJson(cookieForm(session)) as { g: readonly [object, object] };
    expect(Object.keys(members).every((name) => name.length === 1)).toBe(true);
    expect(Object.keys(members)).toHaveLength(Object.keys(session).length - 1);
    expect(Object.keys(grants[0]).every((name) => name.length === 1)).toBe(true);
  });

  it('understands full names', () => {
    expect(fromCookieForm(throughJson(session))).toEqual(session);
  });

  it('reads cookies of version 0.1, which had no issuer', () => {
    const old = {
      i: 'id',
      p: 'op',
      s: 'user-1',
      c: { name: 'Ada' },
      g: [
        {
          p: 'op',
          o: 'https://op.example',
          s: 'user-1',
          a: 'access',
          y: 'bearer',
          c: '',
          t: 1,
          e: 2,
          z: 'state',
        },
      ],
      t: 1,
      e: 2,
    };
    const read = fromCookieForm(old);
    expect(read).toMatchObject({
      id: 'id',
      iss: 'https://op.example',
      legacy: true,
      created_at: 1,
      expires_at: 2,
    });
    const again = throughJson(fromCookieForm(throughJson(cookieForm(read as Session))));
    expect(again).toEqual(throughJson(read));
  });

  it.each([undefined, null, 1, 'text', [], {}, { g: 1 }, { i: 'id', g: [] }])('%j is no session', (value) => {
    expect(fromCookieForm(value)).toBeUndefined();
  });
});
