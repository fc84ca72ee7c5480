import { headerKey } from '../settings/upstream-settings.ts';

/** How many names are remembered, and how long one may be: what clients make up takes no room. */
const REMEMBERED = 300;
const REMEMBERED_LENGTH = 60;

/**
 * Remembers what was decided about a header by its name: nearly all requests have the same few headers, and each is
 * checked against several rules.
 */
export class HeaderVerdicts {
  readonly #decide: (key: string) => boolean;
  readonly #known = new Map<string, boolean>();

  /** `decide` gets the name as `headerKey` has it. */
  constructor(decide: (key: string) => boolean) {
    this.#decide = decide;
  }

  /** How many names are remembered now. */
  get size(): number {
    return this.#known.size;
  }

  of(name: string): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const verdict = this.#decide(headerKey(name));
    if (name.length <= REMEMBERED_LENGTH) {
      if (this.#known.size >= REMEMBERED) this.#known.clear();
      this.#known.set(name, verdict);
    }
    return verdict;
  }
}
