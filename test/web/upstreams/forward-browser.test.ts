import { describe, expect, it } from 'vitest';
import { DrawbridgeError } from '../../../src/errors.ts';
import { requested } from '../../../src/web/upstreams/forward-browser.ts';

describe('the path of a request', () => {
  it.each([
    ['http://app.example/a/../b?c=1?d', { path: '/a/../b', search: '?c=1?d' }],
    ['http://app.example/a\\b', { path: '/a\\b', search: '' }],
    ['http://app.example//evil.example/@x', { path: '//evil.example/@x', search: '' }],
    ['http://app.example/?', { path: '/', search: '?' }],
  ])('is taken byte for byte: %s', (url, expected) => {
    expect(requested(url)).toEqual(expected);
  });

  it.each(['http://app.example*', 'http://user@app.example/a', 'http://app.example'])(
    'is none: %s',
    (url) => {
      expect(() => requested(url)).toThrow(DrawbridgeError);
    },
  );
});
