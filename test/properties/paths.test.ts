import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DrawbridgeError } from '../../src/errors.ts';
import type { Upstream } from '../../src/settings/upstream.ts';
import { checkPath, matchUpstream, targetUrl } from '../../src/upstreams/path.ts';
import { holds } from './holds.ts';

const TARGET = 'https://api.example.com/v1/';
const ORIGIN = 'https://app.example';

function upstreamAt(path: string, encoded_slash: boolean): Upstream {
  return {
    id: 'api',
    path,
    target: { url: TARGET, origin: 'https://api.example.com', path: '/v1/' },
    binding: undefined,
    kind: 'api',
    session: 'required',
    provider: undefined,
    token: 'none',
    scope: [],
    allow: undefined,
    methods: ['GET'],
    encoded_slash,
    headers: [],
    assertion: undefined,
    cookies: undefined,
    websocket: false,
    timeout_seconds: 30,
  };
}

/** What is sent for a path, as it came over the wire; undefined if it is refused or nobody's. */
function sentFor(path: string, search = '', encodedSlash = false): string | undefined {
  try {
    const match = matchUpstream([upstreamAt('/api/', encodedSlash)], path, search);
    if (!match) return undefined;
    checkPath(match);
    return targetUrl(match, ORIGIN);
  } catch (error) {
    if (error instanceof DrawbridgeError && error.code === 'invalid_request') return undefined;
    throw error;
  }
}

/** As RFC 3986 (appendix B) takes a URL apart. */
function byRfc3986(url: string) {
  const [, scheme, authority, path] =
    /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(url) ?? [];
  return { scheme, authority, path };
}

/** Every reading of a path that a server may come to: decoded up to three times, backslashes as slashes, parameters cut. */
function readings(path: string): string[] {
  const all = [path];
  for (let text = path, times = 0; times < 3; times++) {
    try {
      text = decodeURIComponent(text);
    } catch {
      break;
    }
    all.push(text);
  }
  return all.flatMap((text) => [text, text.replaceAll('\\', '/'), text.replace(/;[^/]*/g, '')]);
}

const PIECES = [
  ...[
    '/',
    '//',
    '\\',
    '..',
    '.',
    '...',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '%00',
    '%0d%0a',
    '%25',
    '%252f',
    '%252e',
  ],
  ...[
    '%c0%af',
    '%ff',
    '%',
    '%2',
    ';',
    '..;',
    '@',
    ':',
    '?',
    '#',
    'evil.example',
    'api',
    'admin',
    'a',
    'ä',
    '%C3%A4',
  ],
  ...[
    ' ',
    '\t',
    '\n',
    '\0',
    '*',
    '|',
    '"',
    '<',
    '^',
    '`',
    '{',
    '[',
    '&',
    '=',
    '+',
    '~',
    '%7f',
    '%3b',
    '%3f',
    '%23',
  ],
];
const piece = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...PIECES) },
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const tail = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
const head = fc.constantFrom(
  '/api/',
  '/api',
  '/api/x/',
  '/',
  '/%61pi/',
  '/API/',
  '//api/',
  '/x/../api/',
  '/api\\',
);
const query = fc.oneof(
  fc.constant(''),
  tail.map((text) => `?${text.replaceAll(/[#\s\0]/g, '')}`),
);

describe('whatever path is asked for', () => {
  holds(
    'what is sent stays on the target’s origin and below its base path, by every reading of it',
    [head, tail, query, fc.boolean()],
    (start, end, search, encodedSlash) => {
      const url = sentFor(start + end, search, encodedSlash);
      if (url === undefined) return;
      const whatwg = new URL(url);
      // Not every path is shown to a parser before it is sent.
      expect(url).toBe(whatwg.href);
      const rfc = byRfc3986(url);
      expect([whatwg.protocol, whatwg.host, whatwg.username]).toEqual(['https:', 'api.example.com', '']);
      expect([rfc.scheme, rfc.authority]).toEqual(['https', 'api.example.com']);
      expect(whatwg.pathname).toBe(rfc.path);
      for (const reading of readings(whatwg.pathname)) {
        const resolved = new URL(`https://api.example.com${encodeURI(reading)}`);
        expect([reading, resolved.host, resolved.pathname.startsWith('/v1')]).toEqual([
          reading,
          'api.example.com',
          true,
        ]);
        expect(reading).not.toMatch(/(?:^|\/)\.{1,2}(?:\/|$)|\\|\/\/|\p{Cc}/u);
      }
    },
  );

  holds(
    'a plain one arrives byte for byte',
    [fc.array(fc.stringMatching(/^[A-Za-z0-9_~!$'()*+,=:@-]{1,12}$/), { maxLength: 6 }), fc.boolean()],
    (segments, slash) => {
      const path = `${segments.join('/')}${slash && segments.length > 0 ? '/' : ''}`;
      expect(sentFor(`/api/${path}`)).toBe(TARGET + path);
    },
  );

  holds(
    'any text can be a segment once it is percent-encoded',
    [fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })],
    (text) => {
      const isAmbiguous = /[\\/\p{Cc}]|%[0-9a-f]{2}|^\.{1,2}$|^\.{0,2};/iu.test(text);
      const segment = encodeURIComponent(text.toWellFormed());
      expect(sentFor(`/api/${segment}`) === TARGET + segment).toBe(!isAmbiguous);
    },
  );
});

describe('a path as it comes over the wire', () => {
  it.each([
    '/api/../admin',
    '/api/%2e%2e/admin',
    '/api/.%2E/admin',
    '/api/..',
    '/api/.',
    '/api/./x',
    '/api/..\\admin',
    '/api\\x',
    '/api/ä',
    '/api/a b',
    '/x/../api/y',
    '/api/x/%2e',
  ])('is not resolved but refused: %s', (path) => {
    expect(sentFor(path)).toBe(undefined);
  });
});
