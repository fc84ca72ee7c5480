import fc from 'fast-check';
import { expect } from 'vitest';
import { judgeReturnTo } from '../../src/login/return-to.ts';
import corpus from '../data/return-to.json';
import { ORIGIN } from '../support/settings.ts';
import { holds } from './holds.ts';

const OTHERS = ['https://other.example', 'https://third.example:8443'];
const ALLOWED = [ORIGIN, ...OTHERS];

/** What URLs are made of, and what makes parsers disagree on them. */
const PIECES = [
  ...[
    '/',
    '//',
    '\\',
    '.',
    '..',
    '@',
    ':',
    '#',
    '?',
    '&',
    ';',
    '[',
    ']',
    '|',
    '%',
    '%2f',
    '%5c',
    '%00',
    '%0d%0a',
  ],
  ...[
    '\t',
    '\n',
    '\r',
    '\0',
    ' ',
    '\u00a0',
    '\u2028',
    '\u3000',
    '\u00ad',
    '\u200b',
    '。',
    '／',
    '＼',
    '℀',
    'ß',
  ],
  ...['http:', 'https:', 'HTTPS:', 'javascript:', 'data:', 'blob:', 'file:', 'ws:', 'about:blank', 'x-own:'],
  ...[
    'app.example',
    'evil.example',
    '127.0.0.1',
    '[::1]',
    '0x7f.1',
    ':443',
    ':8443',
    'app.example.evil.example',
  ],
  ...['a', 'login', 'logout', 'callback', 'session', '?return_to=', '%E0%A4%A', ...ALLOWED],
];

const soup = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 9 })
  .map((pieces) => pieces.join(''));
/** A known attack with something put into it, or taken out. */
const mutated = fc
  .tuple(fc.constantFrom(...corpus.refused, ...Object.keys(corpus.accepted)), fc.nat(60), fc.nat(2), soup)
  .map(([text, at, dropped, more]) => text.slice(0, at) + more + text.slice(at + dropped));
const candidate = fc.oneof(soup, mutated, fc.webUrl({ withFragments: true, withQueryParameters: true }));

/** All but an empty query or fragment, of which only the mark is left. */
const parts = ({ origin, pathname, search, hash }: URL) => [origin, pathname, search, hash];

holds('return_to leads to an allowed origin, as a browser reads it (WHATWG URL)', [candidate], (text) => {
  const judged = judgeReturnTo(text, { origin: ORIGIN, allowedOrigins: OTHERS });
  if (judged === undefined) return;
  // The Location header is resolved against the page that was asked for, whichever of ours that was.
  for (const base of [ORIGIN, `${ORIGIN}/callback/op?code=x`, `${ORIGIN}/a/b/c`]) {
    const target = new URL(judged, base);
    expect(ALLOWED).toContain(target.origin);
    expect(parts(target)).toEqual(parts(new URL(text, ORIGIN)));
    expect(target.username + target.password).toBe('');
  }
  expect(judged).toMatch(/^[!-~]+$/);
  if (!OTHERS.some((origin) => judged.startsWith(`${origin}/`))) expect(judged).toMatch(/^\/(?![/\\])/);
});

holds('what return_to was judged to be is judged the same again', [candidate], (text) => {
  const judged = judgeReturnTo(text, { origin: ORIGIN, allowedOrigins: OTHERS });
  if (judged !== undefined)
    expect(judgeReturnTo(judged, { origin: ORIGIN, allowedOrigins: OTHERS })).toBe(judged);
});

holds('without further origins return_to stays on its own', [candidate], (text) => {
  const judged = judgeReturnTo(text, { origin: ORIGIN });
  if (judged !== undefined) expect(new URL(judged, ORIGIN).origin).toBe(ORIGIN);
});

const segment = fc.stringMatching(/^[a-z0-9_~-]{1,12}$/);
holds(
  'a plain path of an own page is kept as it is',
  [fc.array(segment, { maxLength: 5 }), fc.option(fc.webQueryParameters(), { nil: undefined })],
  (segments, query) => {
    const path = `/page/${segments.join('/')}${query === undefined ? '' : `?${encodeURI(decodeURI(query))}`}`;
    const { pathname, search } = new URL(path, ORIGIN);
    expect(judgeReturnTo(path, { origin: ORIGIN })).toBe(path.length > 2048 ? undefined : pathname + search);
  },
);
