import * as v from 'valibot';
import { isAllowedEndpoint, isAllowedUrl } from '../providers/allowed-url.ts';
import { table } from '../providers/setting-values.ts';
import { unknownKeyHint, withoutUnknown } from './did-you-mean.ts';
import type { Env, Fault } from './env.ts';
import { issuePlace, issueWords } from './issue-words.ts';
import { isTable, readTable } from './table.ts';

/** Which JWTs give access to which connection: one entry of `TRUST`. Everything is compared exactly. */
export interface TrustEntry {
  readonly id: string;
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
  readonly claims: Readonly<Record<string, string | number | boolean>>;
  /** The address of the issuer's keys, or the keys themselves (RFC 7517 §5). Undefined: from its metadata. */
  readonly jwks: string | { readonly keys: readonly object[] } | undefined;
  /** The id of the connection. */
  readonly connection: string;
  readonly upstreams: readonly string[] | undefined;
  readonly raw_tokens: boolean;
}

/** Values are compared exactly, so a space around one would match nothing. */
const bare = v.check<string, string>(
  (value) => value === value.trim(),
  'begins or ends with a space or a line break',
);
const text = v.pipe(v.string('is not text'), v.nonEmpty('is empty'), bare);
/** Those who know other systems expect a pattern, which would match nothing here. */
const PATTERN = 'is a pattern: there are none, every value is compared exactly';
const exact = v.check<string, string>((value) => !value.includes('*'), PATTERN);
const claim = v.union(
  [v.pipe(v.string(), bare, exact), v.number(), v.boolean()],
  'is not text, a number, true or false',
);
const url = v.pipe(
  text,
  v.check(isAllowedUrl, 'is not an https URL (plain http is allowed for loopback hosts only)'),
);
const issuer = v.pipe(
  url,
  v.check(
    (value) => !value.includes('/.well-known/'),
    'is the address of metadata: write the issuer, without `/.well-known` and what follows',
  ),
);
const keySet = v.object({ keys: v.pipe(v.array(v.record(v.string(), v.unknown())), v.minLength(1)) });
const jwks = v.pipe(
  v.union([v.string(), keySet], 'is neither an https URL nor a JWK Set'),
  v.transform((value) => (typeof value === 'string' && value.trim().startsWith('{') ? parsed(value) : value)),
  v.union([url, keySet], 'is neither an https URL nor a JWK Set'),
);

const TrustSettings = v.pipe(
  v.strictObject({
    issuer,
    audience: text,
    subject: v.pipe(text, exact),
    claims: v.optional(v.pipe(table('is not a table of claims'), v.record(v.string(), claim)), {}),
    jwks: v.optional(jwks),
    connection: v.pipe(text, v.regex(/^[a-z2-7]{26}$/, 'is not the id of a connection')),
    upstreams: v.optional(v.array(text)),
    raw_tokens: v.optional(v.boolean(), false),
  }),
  v.forward(
    v.check(
      ({ issuer, jwks }) => typeof jwks !== 'string' || isAllowedEndpoint(jwks, issuer),
      'is on a private host, which the issuer is not',
    ),
    ['jwks'],
  ),
);

const ID = /^[a-z0-9-]+$/;
const KEYS = ['issuer', 'audience', 'subject', 'claims', 'jwks', 'connection', 'upstreams', 'raw_tokens'];

const TABLE_HINT = 'Write one table per issuer and subject: `[vars.TRUST.<id>]`.';

/** Reads `TRUST`, a table or the same as JSON text. Faults are collected, not thrown. */
export function readTrust(env: Env, faults: Fault[]): readonly TrustEntry[] {
  const table = readTable('TRUST', env.TRUST, TABLE_HINT, faults);
  return Object.entries(table).flatMap(([id, entry]) => readEntry(id, entry, faults));
}

/** Finds entries that give access to upstreams which are not there: their JWTs would reach nothing. */
export function trustFaults(
  trust: readonly TrustEntry[],
  upstreams: readonly { readonly id: string }[],
): readonly Fault[] {
  return trust.flatMap(({ id, upstreams: named = [] }) =>
    named
      .filter((name) => !upstreams.some((upstream) => upstream.id === name))
      .map((name) => ({
        setting: `TRUST.${id}.upstreams`,
        fault: `names \`${name}\`, which is no upstream`,
        hint: 'Name ids of `UPSTREAMS`, or remove the key for every upstream of the connection’s provider.',
      })),
  );
}

function readEntry(id: string, entry: unknown, faults: Fault[]): TrustEntry[] {
  if (!ID.test(id)) {
    faults.push({
      setting: `TRUST.${id}`,
      fault: 'has an id with characters other than a-z, 0-9 and -',
      hint: 'Rename it.',
    });
    return [];
  }
  if (!isTable(entry)) {
    faults.push({ setting: `TRUST.${id}`, fault: 'is not a table', hint: TABLE_HINT });
    return [];
  }
  const { entry: known, unknown } = withoutUnknown(entry, KEYS);
  for (const key of unknown) {
    faults.push({
      setting: `TRUST.${id}.${key}`,
      fault: 'is not a setting',
      hint: unknownKeyHint(key, KEYS, 'docs/connections.md'),
    });
  }
  const result = v.safeParse(TrustSettings, known, { abortPipeEarly: true });
  if (!result.success) faults.push(...result.issues.map((issue) => faultOf(id, issue)));
  if (!result.success || unknown.length > 0) return [];
  const { upstreams, jwks, ...rest } = result.output;
  return [Object.freeze({ id, ...rest, jwks, upstreams })];
}

function faultOf(id: string, issue: v.BaseIssue<unknown>): Fault {
  const [fault, fix] = issueWords(issue);
  const hint = 'See docs/connections.md.';
  const isMissing = issue.type === 'strict_object';
  return {
    setting: issuePlace(`TRUST.${id}`, issue),
    fault,
    hint: isMissing ? `An entry may have: ${KEYS.join(', ')}.` : fix === undefined ? hint : `${fix} ${hint}`,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
