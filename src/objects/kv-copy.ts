import { retryDelay } from '../grants/retries.ts';
import type { CopyState } from './row.ts';

/** What KV should hold of an object. */
export interface Shown {
  /** Where its copy is. */
  readonly key: string;
  /** Readable by everyone who can read KV; up to 1,024 bytes as JSON. */
  readonly metadata: unknown;
  /** Empty entries under whose names it is found. */
  readonly index: readonly string[];
  /** When KV is to forget all of it by itself, in seconds since the epoch. */
  readonly goneAt: number;
}

/** How long KV is given before the alarm sees to it, in milliseconds. */
const SAFETY_MS = 5000;
/** KV takes no lifetime under a minute. */
const LEAST_LIFETIME_SECONDS = 60;

/** Pure: KV is to show this from now on. `now` in milliseconds. */
export function mustShow(before: CopyState | undefined, shown: Shown, now: number): CopyState {
  const keys = [shown.key, ...shown.index];
  const stale = [...(before?.stale ?? []), ...(before?.keys ?? [])].filter((key) => !keys.includes(key));
  const least = Math.floor(now / 1000) + LEAST_LIFETIME_SECONDS;
  return {
    due: now + SAFETY_MS,
    keys,
    ...(stale.length > 0 && { stale: [...new Set(stale)] }),
    gone_at: Math.max(shown.goneAt, least),
  };
}

/** Pure: KV is to show nothing of it from now on. `now` in milliseconds. */
export function mustForget({ keys, stale = [], gone_at }: CopyState, now: number): CopyState {
  return { due: now + SAFETY_MS, keys: [], stale: [...keys, ...stale], gone_at };
}

/** Pure: KV has followed. */
export function followed({ keys, gone_at }: CopyState): CopyState {
  return { keys, gone_at };
}

/** Pure: KV has refused, and is asked again later each time. `now` in milliseconds. */
export function refused(state: CopyState, now: number): CopyState {
  const failures = (state.failures ?? 0) + 1;
  return { ...state, failures, due: Math.floor(now + retryDelay(failures, Math.random()) * 1000) };
}

/**
 * Brings KV up to date: `keys` are there, `stale` ones are not. Those of the index that `known` has are there already.
 * `value` is the sealed text of the copy; undefined if there is none. Throws whatever KV throws.
 */
export async function writeCopy(
  tokens: KVNamespace,
  state: CopyState,
  { value, metadata, known }: { value: string | undefined; metadata: unknown; known: readonly string[] },
): Promise<void> {
  const expiration = state.gone_at;
  const [key, ...index] = state.keys;
  const stale = expiration * 1000 > Date.now() ? (state.stale ?? []) : [];
  await Promise.all([
    ...(key === undefined || value === undefined ? [] : [tokens.put(key, value, { expiration, metadata })]),
    ...index.filter((name) => !known.includes(name)).map((name) => tokens.put(name, '', { expiration })),
    ...stale.map((name) => tokens.delete(name)),
  ]);
}
