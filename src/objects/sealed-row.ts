import type { Purpose, Sealer } from '../crypto/seal.ts';

const ROW = 'record';
const NAME = 'name';

/** One sealed value in an object's own storage, opened once, bound to the object's name. */
export class SealedRow<T> {
  readonly #store: SyncKvStorage;
  readonly #name: string;
  readonly #purpose: Purpose;
  readonly #sealer: () => Sealer;
  readonly #check: (value: unknown) => T | undefined;
  #opening: Promise<void> | undefined;
  #held: T | undefined;
  #isOld = false;

  constructor(
    store: SyncKvStorage,
    options: {
      name: string;
      purpose: Purpose;
      sealer: () => Sealer;
      check: (value: unknown) => T | undefined;
    },
  ) {
    this.#store = store;
    this.#name = options.name;
    this.#purpose = options.purpose;
    this.#sealer = options.sealer;
    this.#check = options.check;
  }

  /** The name of an object that an alarm wakes by its id alone. */
  static nameIn(store: SyncKvStorage): string {
    return store.get<string>(NAME) ?? '';
  }

  /** The value as it is held now, without opening anything. */
  get held(): T | undefined {
    return this.#held;
  }

  /** It is sealed with a secret that is not the first. */
  get isSealedWithOldKey(): boolean {
    return this.#isOld;
  }

  async open(): Promise<T | undefined> {
    this.#opening ??= this.#read().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    await this.#opening;
    return this.#held;
  }

  async #read(): Promise<void> {
    const sealed = this.#store.get<unknown>(ROW);
    if (typeof sealed !== 'string') return;
    const sealer = this.#sealer();
    this.#held = this.#check(await sealer.open(this.#purpose, sealed, this.#place));
    this.#isOld = this.#held !== undefined && !(await sealer.isCurrent(this.#purpose, sealed));
  }

  /**
   * Changes the value. Sealing takes its time, so a change that was overtaken by another is made again. `change`
   * returns the very same to change nothing. It is stored before anyone sees it.
   */
  async change(change: (latest: T | undefined) => T | undefined): Promise<T | undefined> {
    for (;;) {
      const before = await this.open();
      const after = change(before);
      if (after === undefined || (after === before && !this.#isOld)) return after;
      const sealed = await this.#sealer().seal(this.#purpose, after, this.#place);
      if (this.#held !== before) continue;
      if (before === undefined) this.#store.put(NAME, this.#name);
      this.#store.put(ROW, sealed);
      this.#held = after;
      this.#isOld = false;
      return after;
    }
  }

  /** Forgets it without a trace. */
  drop(): void {
    this.#store.delete(ROW);
    this.#held = undefined;
    this.#opening = undefined;
  }

  get #place(): string {
    return `${this.#purpose}:${this.#name}`;
  }
}
