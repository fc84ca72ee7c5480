import * as v from 'valibot';
import type { Allow } from './allow.ts';
import { table } from './setting-values.ts';

const value = v.union(
  [v.string(), v.number(), v.boolean()],
  'has a value that is not text, a number, true or false',
);
/** The only pattern: every address in one domain. */
const EVERY_ADDRESS = /^\*@[^@*\s,]+$/;

function isFit([claim, values]: readonly [string, readonly string[]]): boolean {
  return values.every((one) => !one.includes('*') || (claim === 'email' && EVERY_ADDRESS.test(one)));
}

/** True for an address, and for a pattern, which is judged by itself. */
function isAddress(one: string): boolean {
  return one.includes('*') || /^[^@\s]+@[^@\s]+$/.test(one);
}

/**
 * `allow`: claims and the accepted values for each, `{ email = ["*@example.com"], groups = ["ops"] }`. A single value
 * needs no list.
 */
export const allowTable = v.pipe(
  table('is not a table of claims'),
  v.record(
    v.string(),
    v.union(
      [value, v.pipe(v.array(value), v.minLength(1, 'has a claim without values'))],
      'has a claim without values',
    ),
  ),
  v.transform(
    (table): Allow =>
      Object.entries(table).map(([claim, values]) => [claim, [values].flat().map(String)] as const),
  ),
  v.check(
    (allow) => allow.every(([claim, values]) => claim !== 'email' || values.every(isAddress)),
    'has an `email` that no address equals: write `name@example.com`, or `*@example.com` for a whole domain',
  ),
  v.check(
    (allow) => allow.every(([, values]) => values.every((one) => one.trim() !== '')),
    'has an empty value, which a user without that claim may have too',
  ),
  v.check((allow) => allow.length > 0, 'is empty: remove it to allow everyone who is signed in'),
  v.check(
    (allow) => allow.every(isFit),
    'has a pattern: the only one is `*@domain`, for `email`; every other value is compared exactly',
  ),
);
