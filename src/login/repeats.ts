import { waitUntil } from 'cloudflare:workers';

/** A request that was asked for again gets the first answer for so long after it was given, in milliseconds. */
const KEPT_MS = 10_000;
/** Everything that an answer waits for has a deadline; one that takes longer hangs, and nobody waits for it. */
const LIMIT_MS = 60_000;
/** How many answers an isolate keeps; each may hold a session in cookies. */
export const KEPT_ANSWERS = 100;

interface Kept<T> {
  readonly startedAt: number;
  readonly result: Promise<T>;
  doneAt: number | undefined;
}

/**
 * Answers to requests that browsers send twice: double clicks, Safari, a proxy that tries again. While the first is
 * under way, and for ten seconds after, who asks again gets what the first got, an error as well. In this isolate.
 */
export class Repeats<T> {
  readonly #kept = new Map<string, Kept<T>>();

  get size(): number {
    return this.#kept.size;
  }

  /** `name` says what makes two requests the same. `work` goes on when its client leaves: others may wait for it. */
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
