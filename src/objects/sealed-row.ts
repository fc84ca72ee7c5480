import { SealedValue, type Sealing } from './sealed-value.ts';

const ROW = 'record';
const NAME = 'name';

/** One sealed value in an object's own storage, without a copy in KV. */
export class SealedRow<T> {
  readonly #store: SyncKvStorage;
  readonly #name: string;
  readonly #sealed: SealedValue<T>;

  constructor(store: SyncKvStorage, name: string, sealing: Omit<Sealing<T>, 'boundTo'>) {
    this.#store = store;
    this.#name = name;
    this.#sealed = new SealedValue({ ...sealing, boundTo: `${sealing.purpose}:${name}` }, () => {
      const sealed = store.get<unknown>(ROW);
      return typeof sealed === 'string' ? sealed : undefined;
    });
  }

  /** The name of the object, since an alarm only knows its id. */
  static nameIn(store: SyncKvStorage): string | undefined {
    return store.get<string>(NAME);
  }

  open(): Promise<T | undefined> {
    return this.#sealed.open();
  }

  /**
   * Changes the value. Encryption is asynchronous, so if another change came first, this one is made again. To change
   * nothing, `change` returns the same object. The value is stored before anyone sees it.
   */
  async change(change: (latest: T | undefined) => T | undefined): Promise<T | undefined> {
    for (;;) {
      const before = await this.open();
      const after = change(before);
      if (after === undefined || (after === before && !this.#sealed.isOutdated)) return after;
      const sealed = await this.#sealed.seal(after);
      if (this.#sealed.held !== before) continue;
      if (before === undefined) this.#store.put(NAME, this.#name);
      this.#store.put(ROW, sealed);
      this.#sealed.hold(after);
      return after;
    }
  }
}
