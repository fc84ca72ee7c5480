import { describe, expect, it } from 'vitest';
import { newGrant } from '../../src/grants/grant.ts';
import { callbackClaims, withoutFragment } from '../../src/providers/quirks/authorization.ts';
import { memberAt } from '../../src/providers/quirks/member-at.ts';
import type { Quirks } from '../../src/providers/quirks/quirks.ts';
import { providerWith } from './provider-with.ts';

describe('a grant', () => {
  const response = {
    access_token: 'a',
    token_type: 'bearer' as const,
    instance_url: 'https://engines.my.salesforce.com',
    signature: 'c2ln',
  };
  const options = {
    now: 0,
    scope: '',
    iss: 'https://op.example',
    sub: 'u',
    state: 's',
    flow: 'f',
    keepIdToken: false,
    dpop_key: undefined,
  };

  it.each<[Quirks, boolean, string[]]>([
    [{}, false, []],
    [{ kept_fields: ['instance_url'] }, false, ['instance_url']],
    [{ kept_fields: ['access_token'] }, false, []],
    [{}, true, ['instance_url', 'signature']],
  ])('with %o, INSPECT %s, keeps %o of what came beside the tokens', (quirks, keepMembers, kept) => {
    const result = { response, idToken: undefined, subject: undefined };
    expect(Object.keys(newGrant(providerWith(quirks), result, { ...options, keepMembers }).members)).toEqual(
      kept,
    );
  });
});

describe('a callback', () => {
  const apple = { user_parameter: true };
  const user = (value: unknown) => new URLSearchParams({ user: JSON.stringify(value) });

  it.each<[string, Quirks, URLSearchParams, object]>([
    ['a name', apple, user({ name: { firstName: 'Ada', lastName: 'Byron' } }), { name: 'Ada Byron' }],
    ['half a name', apple, user({ name: { firstName: 'Ada' } }), { name: 'Ada' }],
    ['names that are no text', apple, user({ name: { firstName: {}, lastName: 7 } }), {}],
    ['an id, which is not believed', apple, user({ sub: 'admin', email: 'a@b.c' }), {}],
    ['no JSON', apple, new URLSearchParams({ user: '{' }), {}],
    ['none', apple, new URLSearchParams(), {}],
    ['one where none is expected', {}, user({ name: { firstName: 'Ada' } }), {}],
  ])('with %s in `user`', (_, quirks, parameters, claims) => {
    expect(callbackClaims(providerWith(quirks), parameters)).toEqual(claims);
  });

  it('takes a name of 200 characters at most', () => {
    const { name } = callbackClaims(providerWith(apple), user({ name: { firstName: 'a'.repeat(5000) } }));
    expect(name).toHaveLength(200);
  });

  it.each<[Quirks, string, string]>([
    [{}, '/session', '/session'],
    [{ callback_fragment: true }, '/session', '/session#'],
    [{ callback_fragment: true }, '/page#part', '/page#part'],
  ])('with %o goes on from %s to %s', (quirks, location, expected) => {
    expect(withoutFragment(providerWith(quirks), location)).toBe(expected);
  });
});

describe('a dotted path', () => {
  const body = { a: { b: [{ c: 0 }] }, d: null };

  it.each<[string, unknown]>([
    ['a.b.0.c', 0],
    ['d', null],
    ['d.e', undefined],
    ['a.x', undefined],
    ['a.b.length', 1],
    ['__proto__', undefined],
    ['a.constructor', undefined],
    ['toString', undefined],
  ])('%s leads to %s', (path, expected) => {
    expect(memberAt(body, path)).toBe(expected);
  });
});
