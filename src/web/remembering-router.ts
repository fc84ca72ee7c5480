import type { Result, Router } from 'hono/router';

/** How many paths are remembered, and how long one may be, in characters: what clients make up takes no room. */
export const REMEMBERED_PATHS = 100;
const REMEMBERED_LENGTH = 100;

/**
 * Remembers which handlers a method and path led to, as `prepare` puts them. Nearly all requests ask for the same few
 * paths, and Hono's small router tries one pattern per route each time.
 */
export class RememberingRouter<T> implements Router<T> {
  readonly name = 'RememberingRouter';
  readonly #router: Router<T>;
  readonly #prepare: (result: Result<T>) => Result<T>;
  readonly #known = new Map<string, Result<T>>();

  constructor(router: Router<T>, prepare: (result: Result<T>) => Result<T>) {
    this.#router = router;
    this.#prepare = prepare;
  }

  /** How many paths are remembered now. */
  get size(): number {
    return this.#known.size;
  }

  add(method: string, path: string, handler: T): void {
    this.#known.clear();
    this.#router.add(method, path, handler);
  }

  match(method: string, path: string): Result<T> {
    const name = `${method} ${path}`;
    const known = this.#known.get(name);
    if (known) return known;
    const result = this.#prepare(this.#router.match(method, path));
    if (name.length <= REMEMBERED_LENGTH) {
      if (this.#known.size >= REMEMBERED_PATHS) this.#known.clear();
      this.#known.set(name, result);
    }
    return result;
  }
}
