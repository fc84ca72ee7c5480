import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

interface Counts {
  readonly rows: number;
  readonly kv_writes: number;
  readonly kv_reads: number;
  readonly object_calls: number;
  readonly provider_requests: number;
}

/** Rows, KV writes, object calls and provider requests of each event, as docs/performance.md has them. */
const EXPECTED: Readonly<Record<string, readonly [number, number, number, number]>> = {
  'first login without sid': [3, 2, 1, 1],
  'login with sid': [3, 3, 1, 1],
  'signed-in request': [0, 0, 1, 0],
  refresh: [3, 1, 1, 1],
  slide: [1, 0, 1, 0],
  'login that replaces a session': [6, 4, 2, 1],
  connect: [6, 4, 4, 1],
  logout: [3, 2, 2, 0],
  'session at its end': [4, 0, 0, 0],
};
const COOKIE_BYTES = { 'keeper store': 186 };

describe('with sessions in Durable Objects', () => {
  let events: Readonly<Record<string, Counts>> = {};
  let cookieBytes: Readonly<Record<string, number>> = {};

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)('node', ['bench/run.mjs', '--counts']);
    ({ events, cookie_bytes: cookieBytes } = JSON.parse(stdout));
  }, 60_000);

  it.each(Object.entries(EXPECTED))('%s costs what is documented', (event, expected) => {
    const { rows, kv_writes, kv_reads, object_calls, provider_requests } = events[event] as Counts;
    expect([rows, kv_writes, object_calls, provider_requests]).toEqual(expected);
    expect(kv_reads).toBe(0);
  });

  it('every event that is counted is documented', () => {
    expect(Object.keys(events).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it('the cookie has one size', () => {
    expect(cookieBytes).toMatchObject(COOKIE_BYTES);
  });
});
