import * as v from 'valibot';
import { allowTable } from '../providers/allow-settings.ts';
import { table } from '../providers/setting-values.ts';
import { hasControlCharacter } from '../unicode-pattern.ts';

const text = v.pipe(v.string('is not text'), v.trim(), v.nonEmpty('is empty'));
const flag = (name: string) =>
  v.optional(
    v.union(
      [
        v.boolean(),
        v.pipe(
          v.picklist(['true', 'false']),
          v.transform((value) => value === 'true'),
        ),
      ],
      `is neither true nor false (\`${name}\`)`,
    ),
    false,
  );
const words = (what: string) =>
  v.pipe(
    v.union([v.string(), v.array(text)], `is not a list of ${what}`),
    v.transform((value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value)),
  );
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Methods that `fetch` can't send, or that return a request's headers to its sender. */
const NEVER_METHODS = ['CONNECT', 'TRACE', 'TRACK'];

/** Headers that the platform or Drawbridge itself sets. A template for one would have no effect, or a bad one. */
const RESERVED_HEADERS =
  /^(?:connection|content-length|cookie|dpop|drawbridge-.*|expect|host|keep-alive|proxy-.*|sec-.*|te|trailer|transfer-encoding|upgrade)$/;

/**
 * A header's name in the form of servers that turn headers into variables: they ignore case, take `_` for `-`, and some
 * any other character that is no letter or digit (RFC 3875 §4.1.18).
 */
export function headerKey(name: string): string {
  const lower = name.toLowerCase();
  return PLAIN_NAME.test(lower) ? lower : lower.replaceAll(/[^a-z0-9]/g, '-');
}

const PLAIN_NAME = /^[a-z0-9-]*$/;

const headerTable = v.pipe(
  table('is not a table of headers'),
  v.record(v.string(), v.string('is not text')),
  v.check(
    (table) => Object.keys(table).every((name) => TOKEN.test(name)),
    'has a name that is not valid for a header',
  ),
  v.check(
    (table) => !Object.keys(table).some((name) => RESERVED_HEADERS.test(headerKey(name))),
    'sets a header that can’t be set (such as `Host`, `Cookie`, `Connection`)',
  ),
  v.check(
    (table) => new Set(Object.keys(table).map(headerKey)).size === Object.keys(table).length,
    'has the same header twice: names ignore case, and `_` counts as `-`',
  ),
  v.check(
    (table) => Object.values(table).every((value) => !hasControlCharacter(value)),
    'has a value with a control character',
  ),
);

/** One entry of `UPSTREAMS`. */
export const UpstreamSettings = v.strictObject({
  path: v.pipe(
    text,
    v.transform((path) => (path.endsWith('/') ? path : `${path}/`)),
    v.regex(
      /^\/(?:[A-Za-z0-9@._~-]+\/)*$/,
      'is not a plain path such as /api/: it must begin with a slash, without wildcards, escapes or empty segments',
    ),
    v.check((path) => !/\/\.{1,2}\//.test(path), 'has a `.` or `..` segment'),
  ),
  target: v.optional(text),
  binding: v.optional(text),
  kind: v.optional(v.picklist(['api', 'app'], 'is neither api nor app'), 'api'),
  session: v.optional(v.picklist(['required', 'optional'], 'is neither required nor optional'), 'required'),
  provider: v.optional(text),
  token: v.optional(v.picklist(['required', 'optional', 'none'], 'is not one of required, optional, none')),
  scope: v.optional(words('scopes')),
  allow: v.optional(allowTable),
  methods: v.optional(
    v.pipe(
      words('methods'),
      v.minLength(1, 'is empty'),
      v.check(
        (list) => list.every((method) => TOKEN.test(method)),
        'has a name that is not valid for a method',
      ),
      v.check(
        (list) => list.every((method) => method === method.toUpperCase()),
        'has a method in lower case: methods are case-sensitive',
      ),
      v.check(
        (list) => !list.some((method) => NEVER_METHODS.includes(method)),
        `has one of ${NEVER_METHODS.join(', ')}, which are never forwarded`,
      ),
    ),
    ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  ),
  encoded_slash: flag('encoded_slash'),
  headers: v.optional(headerTable, {}),
  assertion: v.optional(
    v.union([v.boolean(), v.array(text)], 'is neither true, false, nor a list of claims'),
    false,
  ),
  cookies: v.optional(
    v.pipe(
      v.array(text, 'is not a list of cookie names'),
      v.check((list) => list.every((name) => TOKEN.test(name)), 'has a name that is not valid for a cookie'),
    ),
  ),
  websocket: flag('websocket'),
  timeout_seconds: v.optional(
    v.pipe(
      v.number('is not a number of seconds'),
      v.integer('is not a whole number of seconds'),
      v.minValue(1, 'is less than 1 second'),
      v.maxValue(600, 'is more than 600 seconds'),
    ),
    30,
  ),
});

export type UpstreamSettings = v.InferOutput<typeof UpstreamSettings>;

/** The keys that an upstream may have. */
export const UPSTREAM_KEYS: readonly string[] = Object.keys(UpstreamSettings.entries);
