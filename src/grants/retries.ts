import type { ErrorData } from '../errors.ts';
import { retryDelay } from './freshness.ts';

/** When a provider that failed is asked again, and what is said until then. */
interface Retry {
  readonly failures: number;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly error: ErrorData;
}

const PREFIX = 'retry:';

/** The providers of one session that failed to refresh, in the object's storage: a restart is no reason to ask. */
export class Retries {
  readonly #storage: SyncKvStorage;

  constructor(storage: SyncKvStorage) {
    this.#storage = storage;
  }

  of(provider: string): Retry | undefined {
    return this.#storage.get<Retry>(PREFIX + provider);
  }

  /** Waits longer after each failure in a row. `now` in seconds. */
  failed(provider: string, error: ErrorData, now: number): void {
    const failures = (this.of(provider)?.failures ?? 0) + 1;
    const at = now + retryDelay(failures, Math.random());
    this.#storage.put<Retry>(PREFIX + provider, { failures, at, error });
  }

  done(provider: string): void {
    this.#storage.delete(PREFIX + provider);
  }

  clear(): void {
    for (const [name] of [...this.#storage.list({ prefix: PREFIX })]) this.#storage.delete(name);
  }
}
