import * as v from 'valibot';
import { isAllowedUrl } from '../providers/allowed-url.ts';
import { imageOf } from './data-uri.ts';
import type { Fault } from './env.ts';
import { notText } from './setting-names.ts';

const SECRET_LENGTH = 32;
const SAMPLE =
  /change.?me|example|sample|placeholder|replace|your.?(?:own|session)?.?secret|0123456789|abcdefgh|^<.*>$/is;
const MAKE_SECRET = 'Create one with `openssl rand -base64 32`';

function isHardToGuess(value: string): boolean {
  return new Set(value).size >= 10 && !SAMPLE.test(value);
}

const flag = v.optional(
  v.union(
    [
      v.boolean(),
      v.pipe(
        v.picklist(['true', 'false', '']),
        v.transform((value) => value === 'true'),
      ),
    ],
    'is neither true nor false',
  ),
  false,
);
const seconds = (fallback: number, least = 60) =>
  v.optional(
    v.pipe(
      v.union(
        [v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))],
        'is not a number of seconds',
      ),
      v.integer('is not a whole number of seconds'),
      v.minValue(least, `is less than ${least} seconds`),
      v.maxValue(34_560_000, 'is more than 400 days, the longest that a browser keeps a cookie'),
    ),
    fallback,
  );
const count = (fallback: number) =>
  v.optional(
    v.pipe(
      v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))], 'is not a number'),
      v.integer('is not a whole number'),
      v.minValue(1, 'is less than 1'),
      v.maxValue(10_000, 'is more than 10,000'),
    ),
    fallback,
  );
/** Scheme, host and port, with or without the slash of the root. */
const ORIGIN = /^https?:\/\/[^/\\?#*@]+\/?$/i;
const origin = v.pipe(
  v.string('is not text'),
  v.trim(),
  v.check(
    (value) => ORIGIN.test(value) && isAllowedUrl(value),
    'is not an origin such as https://app.example',
  ),
  // As browsers send it: in lower case and ASCII, without the default port.
  v.transform((value) => new URL(value).origin),
);
/** `BASE_PATH`: empty, or like `/auth`. */
export const basePath = v.optional(
  v.pipe(
    v.string('is not text'),
    v.trim(),
    v.transform((value) => value.replace(/\/$/, '')),
    v.regex(/^(?:\/(?!\.)[\w.~-]+)*$/, 'is not a path such as /auth'),
  ),
  '',
);
const list = v.pipe(
  v.union([v.array(v.string()), v.string()], 'is not a list of origins'),
  v.transform((value) => (typeof value === 'string' ? value.split(/[\s,]+/) : value).filter(Boolean)),
);
const secrets = v.pipe(
  v.string('is missing'),
  v.trim(),
  v.nonEmpty('is missing'),
  v.transform((value) => value.split(',').map((secret) => secret.trim())),
  v.array(
    v.pipe(
      v.string(),
      v.minLength(SECRET_LENGTH, `has an entry with fewer than ${SECRET_LENGTH} characters`),
      v.check(isHardToGuess, 'has an entry that can be guessed'),
    ),
  ),
);

const secret = v.pipe(
  v.string('is not text'),
  v.trim(),
  v.minLength(SECRET_LENGTH, `has fewer than ${SECRET_LENGTH} characters`),
  v.check(isHardToGuess, 'can be guessed'),
);

const BRAND_KEYS = ['name', 'logo'];
const brandTable = v.looseObject({
  name: v.pipe(
    v.string('has no `name`'),
    v.trim(),
    v.nonEmpty('has no `name`'),
    v.maxLength(80, 'has a `name` of more than 80 characters'),
  ),
  logo: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (logo) => /^\/(?![/\\])[^\s"'\\]*$/.test(logo) || imageOf(logo) !== undefined,
        'has a `logo` that is neither a path nor a data URI of an image',
      ),
    ),
  ),
});
const brand = v.pipe(
  brandTable,
  v.check(
    (table) => Object.keys(table).every((key) => BRAND_KEYS.includes(key)),
    'has a key other than `name` and `logo`',
  ),
);

/** A table, or the same as JSON text. */
function jsonOr<Schema extends v.GenericSchema>(schema: Schema) {
  return v.union([schema, v.pipe(v.string(), v.parseJson(), schema)], 'is not a table with a `name`');
}

export const VarsSchema = v.object({
  SESSION_SECRET: secrets,
  INSPECT: flag,
  DANGEROUSLY_INSPECT_IN_PUBLIC: flag,
  DEMO: flag,
  PUBLIC_ORIGIN: v.optional(origin),
  CONTROL_ORIGIN: v.optional(origin),
  BRAND: v.optional(jsonOr(brand)),
  BASE_PATH: basePath,
  RETURN_TO_ORIGINS: v.optional(v.pipe(list, v.array(origin)), []),
  SESSION_IDLE_SECONDS: seconds(86_400),
  SESSION_MAX_SECONDS: seconds(2_592_000),
  REFRESH_MARGIN_SECONDS: seconds(60, 0),
  OPERATOR_GUESSES: count(10),
  LOGOUT_GUESSES: count(30),
  ADMIN_TOKEN: v.optional(secret),
  ACCESS_TEAM_DOMAIN: v.optional(origin),
  ACCESS_AUDIENCE: v.optional(
    v.pipe(v.string('is not text'), v.trim(), v.regex(/^[\w-]{16,}$/, 'is not an audience tag')),
  ),
});

/** The vars and secrets that are checked here. Bindings and providers have other names. */
export const SETTING_NAMES: readonly string[] = Object.keys(VarsSchema.entries);

/** How to fix a var or secret. */
export const HINTS: Readonly<Record<string, string>> = {
  SESSION_SECRET: `${MAKE_SECRET}, then \`npx wrangler secret put SESSION_SECRET\` (in \`.dev.vars\` locally).`,
  ADMIN_TOKEN: `${MAKE_SECRET}, then \`npx wrangler secret put ADMIN_TOKEN\`, or remove it.`,
  ACCESS_TEAM_DOMAIN:
    'Set it to `https://<team>.cloudflareaccess.com` together with `ACCESS_AUDIENCE`, or set neither.',
  ACCESS_AUDIENCE:
    'Set it to the audience tag of the Access application together with `ACCESS_TEAM_DOMAIN`, or set neither.',
  PUBLIC_ORIGIN:
    'Set it to `https://` and the host only. Plain http is allowed for loopback hosts only, and a path belongs in `BASE_PATH`.',
  CONTROL_ORIGIN: 'Set it to the scheme and host of another host name of this Worker, without a path.',
  BRAND: 'Set `name`, and optionally `logo`: the path of an asset or a data URI.',
  BASE_PATH:
    'Use a path of letters, digits, `-`, `_`, `.` and `~`, without a slash at the end, such as `/auth`.',
  RETURN_TO_ORIGINS: 'Set it to a list of exact origins, without paths or wildcards.',
};

/** The fault of a var or secret, from its schema. */
export function faultOf(issue: v.BaseIssue<unknown>): Fault {
  const setting = String(issue.path?.[0]?.key ?? 'settings');
  const wrong = issue.type === 'string' ? notText(setting, issue.input) : undefined;
  if (wrong) return wrong;
  const missing = issue.received === 'undefined';
  return {
    setting,
    fault: missing ? 'is missing' : issue.message,
    hint: HINTS[setting] ?? 'See docs/settings.md.',
  };
}
