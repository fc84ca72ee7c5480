import { describe, expect, it } from 'vitest';
import { type KeyPolicy, type RelayRequest, readPolicy, relayRefusal } from '../../src/connections/policy.ts';

const request = (changes: Partial<RelayRequest> = {}): RelayRequest => ({
  upstream: 'api',
  provider: 'op',
  method: 'GET',
  path: '/repos/acme/x',
  ...changes,
});
const refusal = (policy: Partial<KeyPolicy>, changes: Partial<RelayRequest> = {}) =>
  relayRefusal({ raw_tokens: false, ...policy }, 'op', request(changes));

describe('a policy', () => {
  it('without limits lets every upstream of the provider pass, and no other', () => {
    expect(refusal({})).toBeUndefined();
    expect(refusal({}, { provider: 'two' })).toBe('upstream api');
    expect(refusal({}, { provider: undefined })).toBe('upstream api');
  });

  it('with upstreams lets those pass that it names, never with the token of another provider', () => {
    expect(refusal({ upstreams: ['api'] })).toBeUndefined();
    expect(refusal({ upstreams: ['api'] }, { upstream: 'other' })).toBe('upstream other');
    expect(refusal({ upstreams: ['plain'] }, { upstream: 'plain', provider: undefined })).toBeUndefined();
    expect(refusal({ upstreams: ['api'] }, { provider: 'two' })).toBe('provider two');
    expect(refusal({ upstreams: ['api'] }, { upstream: '__proto__' })).toBe('upstream __proto__');
  });

  it.each([
    [['GET'], 'GET', undefined],
    [['GET'], 'HEAD', undefined],
    [['GET'], 'POST', 'method POST'],
    [['POST'], 'GET', 'method GET'],
    [['POST'], 'HEAD', 'method HEAD'],
    [['GET'], 'get', 'method get'],
  ])('with methods %j refuses what is not among them: %s', (methods, method, expected) => {
    expect(refusal({ methods }, { method })).toBe(expected);
  });

  it.each([
    ['/repos/acme', undefined],
    ['/repos/acme/', undefined],
    ['/repos/acme?page=2', undefined],
    ['/repos/acme/x/y', undefined],
    ['/repos/acmes', 'path'],
    ['/repos/Acme', 'path'],
    ['/repos', 'path'],
    ['/', 'path'],
    ['/%72epos/acme', 'path'],
    ['//repos/acme', 'path'],
    ['/x?/repos/acme/', 'path'],
  ])('with the path /repos/acme judges %s on a segment boundary', (path, expected) => {
    expect(refusal({ paths: ['/repos/acme'] }, { path })).toBe(expected);
    expect(refusal({ paths: ['/repos/acme/'] }, { path })).toBe(expected);
  });
});

describe('reading a policy', () => {
  it('takes lists and texts, and leaves out what limits nothing', () => {
    expect(readPolicy({ raw_tokens: false, upstreams: '', methods: [], paths: undefined })).toEqual({
      raw_tokens: false,
    });
    expect(
      readPolicy({ raw_tokens: true, upstreams: 'api, other', methods: 'get head post', paths: ['/a\n/b'] }),
    ).toEqual({
      raw_tokens: true,
      upstreams: ['api', 'other'],
      methods: ['GET', 'POST'],
      paths: ['/a', '/b'],
    });
  });

  it.each<[string, object]>([
    ['an upstream that is no id', { upstreams: ['A/B'] }],
    ['a method that is none', { methods: ['GE T!'] }],
    ['a path without a slash', { paths: ['repos'] }],
    ['a path with dots', { paths: ['/a/../b'] }],
    ['a path with encoded dots', { paths: ['/a/%2e%2E/b'] }],
    ['a path with a query', { paths: ['/a?b'] }],
    ['a path with a star', { paths: ['/a/*'] }],
    ['a path with a backslash', { paths: ['/a\\b'] }],
    ['more entries than fit', { upstreams: Array.from({ length: 51 }, (_, index) => `u${index}`) }],
  ])('refuses %s', (_, input) => {
    expect(() => readPolicy({ raw_tokens: false, ...input })).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  });
});
