import { retryDelay } from '../grants/retries.ts';
import type { CopyState } from './row.ts';

/** What KV should hold of an object. */
export interface Shown {
  /** The key of its copy, then the keys of its index entries. Empty if KV has nothing of it. */
  readonly keys: readonly string[];
  /** Of the copy. Readable by everyone who can read KV; up to 1,024 bytes as JSON. */
  readonly metadata: unknown;
  /** When KV is to forget all of it by itself, in seconds since the epoch; undefined: never. */
  readonly goneAt: number | undefined;
}

/** How long a write to KV may take before the alarm retries it, in milliseconds. */
const SAFETY_MS = 5000;
/** KV takes one write a second for a key. */
const WRITE_PAUSE_MS = 1000;
/** KV takes no lifetime under a minute. */
const LEAST_LIFETIME_SECONDS = 60;

/** Pure: KV is to show this from now on. `now` in milliseconds. */
export function mustShow(before: CopyState | undefined, { keys, goneAt }: Shown, now: number): CopyState {
  const stale = [...(before?.stale ?? []), ...(before?.keys ?? [])].filter((key) => !keys.includes(key));
  const least = Math.floor(now / 1000) + LEAST_LIFETIME_SECONDS;
  return {
    due: now + SAFETY_MS,
    keys,
    ...(stale.length > 0 && { stale: [...new Set(stale)] }),
    gone_at: goneAt === undefined ? undefined : Math.max(goneAt, least),
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

/** Writes what KV should show of one object, at the pace that KV takes, and not again what it has. */
export class KvWriter {
  readonly #tokens: () => KVNamespace;
  /** Entries of the index that are known to be in KV. */
  #known: readonly string[] = [];
  #wroteAt = 0;

  constructor(tokens: () => KVNamespace) {
    this.#tokens = tokens;
  }

  /** These entries are in KV; none: nothing is known. */
  knows(keys: readonly string[]): void {
    this.#known = keys;
  }

  /** Waits until KV takes a write. What is removed does not wait: a refusal costs nothing but another try. */
  async pause({ keys }: CopyState): Promise<void> {
    const wait = keys.length === 0 ? 0 : this.#wroteAt + WRITE_PAUSE_MS - Date.now();
    if (wait <= 0) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(wait, WRITE_PAUSE_MS)));
  }

  /**
   * Brings KV up to date: `keys` are there, `stale` ones are not. `copy` is what is at the first of the keys; undefined
   * if that can't be told. Throws whatever KV throws.
   */
  async write(
    { keys: [key, ...index], gone_at, stale = [], failures }: CopyState,
    copy: { readonly value: string; readonly metadata: unknown } | undefined,
  ): Promise<void> {
    const tokens = this.#tokens();
    const ends = gone_at === undefined ? {} : { expiration: gone_at };
    const isThere = gone_at === undefined || gone_at * 1000 > Date.now();
    const known = failures === undefined ? this.#known : [];
    if (copy) this.#wroteAt = Date.now();
    await Promise.all([
      ...(key && copy ? [tokens.put(key, copy.value, { ...ends, metadata: copy.metadata })] : []),
      ...index.filter((name) => !known.includes(name)).map((name) => tokens.put(name, '', ends)),
      ...(isThere ? stale : []).map((name) => tokens.delete(name)),
    ]);
  }
}
