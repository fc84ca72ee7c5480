import { waitUntil } from 'cloudflare:workers';

/** Everything that a flight waits for has a deadline; one this old hangs, and nobody joins it. In milliseconds. */
const FLIGHT_LIMIT_MS = 60_000;

interface Flight<T> {
  readonly startedAt: number;
  readonly result: Promise<T>;
}

/**
 * Runs work once at a time per key: requests that arrive meanwhile share the result. The work continues if the client
 * that started it disconnects. Otherwise it would end with that request, and the others would wait forever.
 */
export class SingleFlight<Key, T> {
  readonly #flights = new Map<Key, Flight<T>>();

  has(key: Key): boolean {
    const flight = this.#flights.get(key);
    return flight !== undefined && Date.now() - flight.startedAt < FLIGHT_LIMIT_MS;
  }

  /** True while anything is under way. */
  get isBusy(): boolean {
    return [...this.#flights.keys()].some((key) => this.has(key));
  }

  share(key: Key, work: () => Promise<T>): Promise<T> {
    const known = this.#flights.get(key);
    if (known && this.has(key)) return known.result;
    this.#forgetHanging();
    const result = work().finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    const flight = { startedAt: Date.now(), result };
    this.#flights.set(key, flight);
    waitUntil(result.catch(() => undefined));
    return result;
  }

  /** Resolves when nothing is under way, however it ended. */
  async settled(): Promise<void> {
    this.#forgetHanging();
    await Promise.allSettled([...this.#flights.values()].map(({ result }) => result));
  }

  /** If the platform ends the request, the work never settles, so nothing else would remove it. */
  #forgetHanging(): void {
    for (const key of this.#flights.keys()) {
      if (this.has(key)) return; // The oldest is the first.
      this.#flights.delete(key);
    }
  }
}
