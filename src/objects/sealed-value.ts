import type { Purpose, Sealer } from '../crypto/seal.ts';

/** How a value is sealed, and what it must be when it is opened. */
export interface Sealing<T> {
  readonly purpose: Purpose;
  /** The text that a sealed value is bound to: elsewhere it opens as nothing. */
  readonly boundTo: string;
  readonly sealer: () => Sealer;
  /** Checks a decrypted value; undefined if it is not valid. */
  readonly decode: (value: unknown) => T | undefined;
  /** True for what an earlier version has stored: it is stored again with the next change, be it none. */
  readonly isOldForm?: (value: unknown) => boolean;
}

/** A value that is stored sealed, opened once for all who ask. */
export class SealedValue<T> {
  readonly #sealing: Sealing<T>;
  readonly #read: () => string | undefined | Promise<string | undefined>;
  #opening: Promise<void> | undefined;
  #held: T | undefined;
  #isOldForm = false;
  #isSealedWithOldKey = false;

  /** `read` gives the sealed text that is stored, if there is one. */
  constructor(sealing: Sealing<T>, read: () => string | undefined | Promise<string | undefined>) {
    this.#sealing = sealing;
    this.#read = read;
  }

  /** The value in memory, without decrypting anything. */
  get held(): T | undefined {
    return this.#held;
  }

  /** It is sealed with a secret that is not the first. */
  get isSealedWithOldKey(): boolean {
    return this.#isSealedWithOldKey;
  }

  /** It should be stored again, even unchanged. */
  get isOutdated(): boolean {
    return this.#isSealedWithOldKey || this.#isOldForm;
  }

  async open(): Promise<T | undefined> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    await this.#opening;
    return this.#held;
  }

  seal(value: T): Promise<string> {
    const { sealer, purpose, boundTo } = this.#sealing;
    return sealer().seal(purpose, value, boundTo);
  }

  /** This value has been stored, sealed with the first secret; undefined: it has been removed. */
  hold(value: T | undefined): void {
    this.#held = value;
    this.#isOldForm = false;
    this.#isSealedWithOldKey = false;
    this.#opening = Promise.resolve();
  }

  async #open(): Promise<void> {
    const sealed = await this.#read();
    if (sealed === undefined) return;
    const { purpose, boundTo, decode, isOldForm } = this.#sealing;
    const sealer = this.#sealing.sealer();
    const opened = await sealer.open(purpose, sealed, boundTo);
    const isCurrent = opened === undefined || (await sealer.isCurrent(purpose, sealed));
    this.#held = decode(opened);
    this.#isOldForm = isOldForm?.(opened) ?? false;
    this.#isSealedWithOldKey = !isCurrent;
  }
}
