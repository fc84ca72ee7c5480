import { describe, expect, it } from 'vitest';
import type { Env } from '../../src/settings/env.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { SettingsError } from '../../src/settings/settings.ts';
import { settings } from '../support/settings.ts';

const PROVIDERS = { op: { issuer: 'https://op.example', client_id: 'client-1' } };
const TARGET = 'https://api.example.com/v1/';
const KEY = JSON.stringify({
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
});

function load(env: Env) {
  return loadSettings(settings({ PROVIDERS, OP_CLIENT_SECRET: 'x', ...env }));
}

/** The faults of one upstream, each as `setting: what is wrong`. */
function faultsOf(entry: unknown, env: Env = {}): string[] {
  try {
    load({ UPSTREAMS: { api: entry }, ...env });
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.faults.map(({ setting, fault }) => `${setting}: ${fault}`);
  }
}

describe('the upstreams', () => {
  it('are read with their defaults, the longest path first, and frozen', () => {
    const { upstreams } = load({
      UPSTREAMS: { a: { path: '/a', target: 'https://a.example' }, ab: { path: '/a/b/', target: TARGET } },
    });
    expect(upstreams.map(({ id }) => id)).toEqual(['ab', 'a']);
    expect(upstreams[1]).toMatchObject({
      path: '/a/',
      target: { url: 'https://a.example/', origin: 'https://a.example', path: '/' },
      kind: 'api',
      session: 'required',
      token: 'none',
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      encoded_slash: false,
      websocket: false,
      timeout_seconds: 30,
    });
    expect(Object.isFrozen(upstreams) && Object.isFrozen(upstreams[0])).toBe(true);
  });

  it('may be JSON text', () => {
    const UPSTREAMS = JSON.stringify({ api: { path: '/api/', target: TARGET, provider: 'op' } });
    expect(load({ UPSTREAMS }).upstreams[0]).toMatchObject({ id: 'api', provider: 'op', token: 'required' });
  });

  it.each([
    ['', []],
    [undefined, []],
  ])('may be none: %s', (UPSTREAMS, expected) => {
    expect(load({ UPSTREAMS }).upstreams).toEqual(expected);
  });

  it.each([['not JSON'], ['[]'], [[]], [7], ['"x"']])('may be nothing but a table: %s', (UPSTREAMS) => {
    expect(() => load({ UPSTREAMS })).toThrow(SettingsError);
  });

  it.each([
    '/',
    '/login',
    '/login/x',
    '/admin/api',
    '/session',
    '/assets/',
    '/relay/x',
    '/connections',
    '/device',
    '/token',
  ])('can’t have a path of Drawbridge’s own: %s', (path) => {
    expect(faultsOf({ path, target: TARGET })).toEqual([
      expect.stringMatching(/^UPSTREAMS\.api\.path: is (?:equal to|below) Drawbridge’s own route/),
    ]);
  });

  it('may have a path that only begins like one of them', () => {
    expect(faultsOf({ path: '/logins', target: TARGET })).toEqual([]);
  });

  it.each([
    'api/',
    '',
    '/a//b',
    '/a/../b',
    '/./a',
    '/a*',
    '/a?b',
    '/a#b',
    '/a%2fb',
    '/ä',
    '/a\\b',
    '/a b',
    7,
    null,
  ])('need a plain path: %s', (path) => {
    expect(faultsOf({ path, target: TARGET })).toEqual([expect.stringMatching(/^UPSTREAMS\.api\.path: /)]);
  });

  it.each([
    'http://api.example.com/',
    'ftp://api.example.com/',
    'api.example.com',
    'https://user:pw@api.example.com/',
    'https://api.example.com/?a=1',
    'https://api.example.com/#a',
    'https://*.example.com/',
    'https://api.example.com/a//b',
    'https://api.example.com/a/../b',
    'https://api.example.com/%61',
    'https://app.example/x',
    '',
    7,
  ])('need a fixed https target: %s', (target) => {
    const faults = faultsOf({ path: '/api/', target }, { PUBLIC_ORIGIN: 'https://app.example' });
    expect(faults).toEqual([expect.stringMatching(/^UPSTREAMS\.api\.target: /)]);
  });

  it('may have a target on this machine over http', () => {
    expect(faultsOf({ path: '/api/', target: 'http://localhost:3000/base' })).toEqual([]);
  });

  it.each([
    [{ path: '/api/' }, 'target: is missing'],
    [{ path: '/api/', target: TARGET, binding: 'APP' }, 'target: is set together with `binding`'],
    [{ path: '/api/', binding: 'APP' }, 'binding: names no binding'],
    [{ path: '/api/', binding: 'TEXT' }, 'binding: names something that requests can’t be sent to'],
    [{ path: '/api/', binding: 'constructor' }, 'binding: names no binding'],
    [{ target: TARGET }, 'path: is missing'],
    [{ path: '/api/', target: TARGET, provider: 'nobody' }, 'provider: names no provider that is enabled'],
    [
      { path: '/api/', target: TARGET, provider: 'constructor' },
      'provider: names no provider that is enabled',
    ],
    [{ path: '/api/', target: TARGET, token: 'required' }, 'token: is set without a `provider`'],
    [{ path: '/api/', target: TARGET, scope: 'a' }, 'scope: is set without a `provider`'],
    [{ path: '/api/', target: TARGET, kind: 'page' }, 'kind: is neither api nor app'],
    [
      { path: '/api/', target: TARGET, methods: ['get'] },
      'methods: has a method in lower case: methods are case-sensitive',
    ],
    [
      { path: '/api/', target: TARGET, methods: ['TRACE'] },
      'methods: has one of CONNECT, TRACE, TRACK, which are never forwarded',
    ],
    [{ path: '/api/', target: TARGET, methods: [] }, 'methods: is empty'],
    [{ path: '/api/', target: TARGET, headers: { Host: 'x' } }, /^headers: sets a header that can’t be set/],
    [{ path: '/api/', target: TARGET, headers: ['X-A: b'] }, 'headers: is not a table of headers'],
    [{ path: '/api/', target: TARGET, allow: ['ops'] }, 'allow: is not a table of claims'],
    [
      { path: '/api/', target: TARGET, headers: { Drawbridge_Assertion: 'x' } },
      /^headers: sets a header that can’t be set/,
    ],
    [
      { path: '/api/', target: TARGET, headers: { 'X-A': 'x', x_a: 'y' } },
      /^headers: has the same header twice/,
    ],
    [
      { path: '/api/', target: TARGET, headers: { 'X A': 'x' } },
      'headers: has a name that is not valid for a header',
    ],
    [
      { path: '/api/', target: TARGET, headers: { 'X-A': 'a\r\nb' } },
      'headers: has a value with a control character',
    ],
    [
      { path: '/api/', target: TARGET, provider: 'op', headers: { authorization: 'x' } },
      'headers: sets `Authorization`, which carries the token',
    ],
    [{ path: '/api/', target: TARGET, allow: { groups: ['a*'] } }, /^allow: has a pattern/],
    [{ path: '/api/', target: TARGET, allow: { email: ['*'] } }, /^allow: has a pattern/],
    [{ path: '/api/', target: TARGET, allow: { email: ['*@*.example.com'] } }, /^allow: has a pattern/],
    [{ path: '/api/', target: TARGET, allow: {} }, /^allow: is empty/],
    [{ path: '/api/', target: TARGET, allow: { groups: [] } }, /^allow/],
    [{ path: '/api/', target: TARGET, timeout_seconds: 0 }, 'timeout_seconds: is less than 1 second'],
    [{ path: '/api/', target: TARGET, timeout_seconds: '9' }, 'timeout_seconds: is not a number of seconds'],
    [
      { path: '/api/', target: TARGET, cookies: ['a b'] },
      'cookies: has a name that is not valid for a cookie',
    ],
    [{ path: '/api/', target: TARGET, websocket: 'yes' }, /^websocket: is neither true nor false/],
    [{ path: '/api/', target: TARGET, pathh: '/x' }, 'pathh: is not a setting'],
    [{ path: '/api/', target: TARGET, assertion: true }, 'assertion: needs `ASSERTION_PRIVATE_KEY`'],
    ['x', ': is not a table'],
    [null, ': is not a table'],
    [[{ path: '/api/', target: TARGET }], ': is not a table'],
  ])('have what is wrong named: %j', (entry, fault) => {
    const env = { TEXT: 'x', PUBLIC_ORIGIN: 'https://app.example' };
    const faults = faultsOf(entry, env).map((text) => text.replace(/^UPSTREAMS\.api\.?/, ''));
    expect(faults).toEqual([typeof fault === 'string' ? fault : expect.stringMatching(fault)]);
  });

  it('have all of it named at once', () => {
    const faults = faultsOf({ path: '/login', target: 'http://a.example', provider: 'nobody', kind: 'app' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'UPSTREAMS.api.path',
      'UPSTREAMS.api.target',
      'UPSTREAMS.api.provider',
    ]);
  });

  it.each<[string, Env]>([
    ['as JSON text', { PROVIDERS: JSON.stringify({ op: { ...PROVIDERS.op, issuer: 'op.example' } }) }],
    ['as a table', { PROVIDERS: { op: { ...PROVIDERS.op, issuer: 'op.example' } } }],
    ['by its client id', { PROVIDERS: undefined, OP_CLIENT_SECRET: undefined, GITHUB_CLIENT_ID: 'client-1' }],
  ])('are not wrong because their provider is: %s', (_, own) => {
    const provider = own.GITHUB_CLIENT_ID === undefined ? 'op' : 'github';
    const faults = faultsOf({ path: '/api/', target: TARGET, provider }, own);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^(?:PROVIDERS\.op\.issuer|GITHUB_CLIENT_SECRET): /);
  });

  it('can’t share a path', () => {
    const UPSTREAMS = { a: { path: '/a', target: TARGET }, b: { path: '/a/', target: TARGET } };
    expect(() => load({ UPSTREAMS })).toThrow(SettingsError);
  });

  it.each(['A', 'a_b', '__proto__', 'a b'])('need a plain id: %s', (id) => {
    const UPSTREAMS = JSON.parse(`{"${id}":{"path":"/x/","target":"${TARGET}"}}`) as object;
    expect(() => load({ UPSTREAMS })).toThrow(SettingsError);
  });
});

describe('the key of assertions', () => {
  const upstream = { path: '/api/', target: TARGET, assertion: true };

  it('goes with `PUBLIC_ORIGIN`', () => {
    expect(faultsOf(upstream, { ASSERTION_PRIVATE_KEY: KEY })).toEqual([
      'UPSTREAMS.api.assertion: needs `PUBLIC_ORIGIN`, the `iss` of assertions',
    ]);
    expect(faultsOf(upstream, { ASSERTION_PRIVATE_KEY: KEY, PUBLIC_ORIGIN: 'https://app.example' })).toEqual(
      [],
    );
  });

  it('is no client’s key', () => {
    const env = { ASSERTION_PRIVATE_KEY: KEY, OP_PRIVATE_KEY: KEY, PUBLIC_ORIGIN: 'https://app.example' };
    expect(faultsOf(upstream, env)).toContain('ASSERTION_PRIVATE_KEY: is the key of a client');
  });

  it.each(['x', '{}', '[]', KEY.replace('"d"', '"e"')])('is a private key for ES256: %s', (key) => {
    expect(faultsOf(upstream, { ASSERTION_PRIVATE_KEY: key, PUBLIC_ORIGIN: 'https://app.example' })).toEqual(
      expect.arrayContaining([expect.stringMatching(/^ASSERTION_PRIVATE_KEY: /)]),
    );
  });
});

describe('the control origin', () => {
  it('is another than the public one', () => {
    expect(() => load({ PUBLIC_ORIGIN: 'https://a.example', CONTROL_ORIGIN: 'https://a.example/' })).toThrow(
      SettingsError,
    );
    expect(load({ CONTROL_ORIGIN: 'https://b.example/' }).controlOrigin).toBe('https://b.example');
  });
});

describe('the brand', () => {
  it.each([
    [{ name: 'Acme' }, { name: 'Acme' }],
    ['{"name":"Acme","logo":"/logo.svg"}', { name: 'Acme', logo: '/logo.svg' }],
    [
      { name: 'A', logo: 'data:image/png;base64,AA' },
      { name: 'A', logo: 'data:image/png;base64,AA' },
    ],
  ])('is a name, and a logo: %j', (BRAND, expected) => {
    expect(load({ BRAND }).brand).toEqual(expected);
  });

  it.each([
    {},
    'x',
    { name: '' },
    { name: 'A', logo: 'https://evil.example/x.png' },
    { name: 'A', logo: '//evil.example' },
    { name: 'A', logo: 'javascript:x' },
  ])('is nothing else: %j', (BRAND) => {
    expect(() => load({ BRAND })).toThrow(SettingsError);
  });

  it('has no other key, and the error says so', () => {
    const BRAND = { name: 'A', colour: 'red' };
    expect(faultsOf({ path: '/api/', target: TARGET }, { BRAND })).toEqual([
      'BRAND: has a key other than `name` and `logo`',
    ]);
  });
});
