import { DrawbridgeError } from '../errors.ts';
import type { Upstream } from '../settings/upstream.ts';
import { hasControlCharacter } from '../unicode-pattern.ts';

/** A URL, path and query together, may have this many characters. */
const MAX_URL_LENGTH = 16 * 1024;
const PRINTABLE = /^[!-~]*$/;
const ESCAPE = /%[0-9a-f]{2}/i;
/** A segment that servers take for "here" or "up", or for none: some cut off parameters before they look. */
const DOTS = /^\.{1,2}$|^\.{0,2};/;

/** An upstream and what of the requested URL belongs to it, as it was sent. */
export interface Match {
  readonly upstream: Upstream;
  /** The path below the upstream's own, without a slash in front. */
  readonly rest: string;
  /** The query with its question mark; empty if there is none. */
  readonly search: string;
  /** The base was asked for without its slash in the end: `/api` for `/api/`. */
  readonly isBare?: boolean;
}

/**
 * The upstream that a path belongs to: the longest that is a prefix of it on a segment boundary; `/api` alone is the
 * base of `/api/`. Undefined if it is nobody's.
 *
 * Some servers decode a path before they look at it, so an upstream is found by the decoded path, and one that is
 * found by no other spelling than an encoded one is refused: `/%70rivate/` must not pass as another upstream's file.
 * Nor may `/PRIVATE/` or `/private;x/`, where both upstreams are on one server. Throws `invalid_request`.
 */
export function matchUpstream(
  upstreams: readonly Upstream[],
  path: string,
  search: string,
): Match | undefined {
  const upstream = owner(upstreams, decoded(path) ?? path);
  if (!upstream) return undefined;
  const { length } = upstream.path;
  // protects: encoded prefix
  if (!isBelow(upstream, path)) throw ambiguous('an encoded prefix');
  // protects: spelling of a prefix
  if (hasTwinBelow(upstreams, upstream, path))
    throw ambiguous('the prefix of another upstream, in another spelling');
  return { upstream, rest: path.slice(length), search, isBare: path.length < length };
}

/** What a plain path has none of: capitals, parameters, escapes, dots or spaces in the end of a segment. */
const SPELLED_OTHERWISE = /[A-Z;%]|\.(?:\/|$)/;

/**
 * True if the server of this upstream could take the path for one below another of its upstreams: there are servers that
 * ignore case, cut off parameters, or drop dots and spaces in the end of a name.
 */
function hasTwinBelow(upstreams: readonly Upstream[], upstream: Upstream, path: string): boolean {
  if (upstreams.length < 2 || !SPELLED_OTHERWISE.test(path)) return false;
  const plain = plainSpelling(decoded(path) ?? path);
  return upstreams.some(
    (other) =>
      other.path.length > upstream.path.length &&
      isSameServer(other, upstream) &&
      isBelow({ path: plainSpelling(other.path) }, plain),
  );
}

/** Each run of dots and spaces is looked at once, from its beginning: a client may send thousands. */
function plainSpelling(path: string): string {
  return path.toLowerCase().replaceAll(/(?:;[^/]*|(?<![. ])[. ]+)(?=\/|$)/g, '');
}

function isSameServer(a: Upstream, b: Upstream): boolean {
  return a.target ? a.target.origin === b.target?.origin : a.binding?.name === b.binding?.name;
}

function owner(upstreams: readonly Upstream[], path: string): Upstream | undefined {
  return upstreams.find((upstream) => isBelow(upstream, path));
}

function isBelow({ path: prefix }: Pick<Upstream, 'path'>, path: string): boolean {
  return path.startsWith(prefix) || (path.length === prefix.length - 1 && prefix.startsWith(path));
}

/**
 * Refuses a path that two servers could read differently: empty and dot segments, backslashes, control characters,
 * bytes that are no UTF-8, escapes within escapes, and encoded slashes unless the upstream takes them. Throws
 * `invalid_request`.
 */
export function checkPath({ upstream, rest, search }: Match): void {
  if (upstream.path.length + rest.length + search.length > MAX_URL_LENGTH) throw tooLong();
  if (!PRINTABLE.test(rest) || rest.includes('\\')) throw ambiguous('a backslash, or a character of no URL');
  const segments = rest.split('/');
  segments.forEach((segment, index) => {
    // Only the last may be empty: a trailing slash.
    if (segment === '' && index < segments.length - 1) throw ambiguous('an empty segment');
    // protects: dot segments
    if (DOTS.test(segment)) throw ambiguous('a dot segment');
    if (segment.includes('%')) checkEscapes(segment, upstream.encoded_slash);
  });
}

function checkEscapes(segment: string, isSlashAllowed: boolean): void {
  const text = decoded(segment);
  if (text === undefined) throw ambiguous(NO_UTF8);
  // protects: escapes within escapes
  if (ESCAPE.test(text)) throw ambiguous('an escape within an escape');
  if (text.includes('\\') || hasControlCharacter(text))
    throw ambiguous('an encoded backslash or control character');
  const parts = text.split('/');
  // protects: encoded slashes
  if (parts.length > 1 && !isSlashAllowed) throw ambiguous(ENCODED_SLASH);
  if (parts.some((part) => DOTS.test(part))) throw ambiguous('an encoded dot segment');
  if (parts.length > 1 && parts.includes('')) throw ambiguous('an empty segment');
}

/**
 * The URL that a request is sent to: the rest of the path below the target's base, as it was sent, on the target's
 * fixed origin. A binding gets the URL as the browser sent it; `origin` is the one that users see. Put together as
 * text, since a parser would let a path choose another host, and then held against what the parser makes of it.
 * Throws `invalid_request`.
 */
export function targetUrl({ upstream, rest, search, isBare }: Match, origin: string): string {
  const asSent = isBare && upstream.path !== '/' ? upstream.path.slice(0, -1) : upstream.path;
  const { origin: host, path } = upstream.target ?? { origin, path: asSent };
  const below = path + rest + search;
  if (PLAIN.test(below) && !below.includes('/.')) return host + below;
  const url = URL.parse(host + below);
  // protects: two readings of a URL
  if (url?.origin !== host || url.pathname !== path + rest)
    throw ambiguous('a part that is resolved or encoded');
  // Programs leave characters in a query that browsers escape.
  return url.href;
}

/** A path and a query in which a parser changes nothing (WHATWG URL §4.4), unless a segment begins with a dot. */
const PLAIN = /^\/[\w.~/-]*(?:\?[\w.~/?:@!$()*+,;=&%-]*)?$/;

/** Without escapes; undefined if they are no UTF-8, or cut off. */
function decoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** `detail` is what the path has that servers read differently. */
function ambiguous(detail: string): DrawbridgeError {
  return new DrawbridgeError('invalid_request', {
    title: 'This address can be read in two ways',
    description: `The request was not forwarded, since servers interpret its path differently: ${detail}.`,
    hint: HINTS.get(detail) ?? 'Use a plain path: no empty or dot segments, backslashes or double escapes.',
    detail,
  });
}

const ENCODED_SLASH = 'an encoded slash';
const NO_UTF8 = 'an escape that is no UTF-8';

const HINTS: ReadonlyMap<string, string> = new Map([
  [ENCODED_SLASH, 'Use a plain path. For the operator: `encoded_slash = true` allows it for an upstream.'],
  [NO_UTF8, 'Encode the path as UTF-8, and a percent sign as %25.'],
]);

function tooLong(): DrawbridgeError {
  return new DrawbridgeError('invalid_request', {
    title: 'This address is too long',
    description: 'The URL has more than 16,384 characters, so it was not forwarded.',
    hint: 'Send what makes it long in the body of a POST request.',
    detail: 'longer than 16 KB',
  });
}
