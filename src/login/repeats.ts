import { waitUntil } from 'cloudflare:workers';

/** How long a repeated request gets the first response, in milliseconds. */
const KEPT_MS = 10_000;
/** Everything that a response waits for has a deadline. One that takes longer is stuck, so nobody waits for it. */
const LIMIT_MS = 60_000;
/** How many responses an isolate stores. Each may contain a session in cookies. */
export const KEPT_ANSWERS = 100;

interface Kept<T> {
  readonly startedAt: number;
  readonly result: Promise<T>;
  doneAt: number | undefined;
}

/**
 * Responses to requests that browsers send twice: double clicks, Safari, a proxy that retries. While the first is in
 * progress, and for ten seconds after, a repeated request gets the same response, errors included. Per isolate.
 */
export class Repeats<T> {
  readonly #kept = new Map<string, Kept<T>>();

  get size(): number {
    return this.#kept.size;
  }

  /** Requests with the same `name` are the same. `work` continues if its client leaves: others may wait for it. */
  share(name: string, work: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(name);
    if (known && isFresh(known, Date.now())) return known.result;
    const kept: Kept<T> = { startedAt: Date.now(), result: work(), doneAt: undefined };
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    if (this.#kept.size > KEPT_ANSWERS) this.#kept.delete(this.#kept.keys().next().value as string);
    const done = () => {
      kept.doneAt = Date.now();
    };
    waitUntil(kept.result.then(done, done));
    return kept.result;
  }
}

function isFresh({ startedAt, doneAt }: Kept<unknown>, now: number): boolean {
  return doneAt === undefined ? now - startedAt < LIMIT_MS : now - doneAt < KEPT_MS;
}
