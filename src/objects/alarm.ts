/** The alarm of an object. Setting it to another time costs a row, so it is moved only where it must be. */
export class Alarm {
  readonly #storage: DurableObjectStorage;
  /** Milliseconds since the epoch; null: none is set; undefined: not known yet. */
  #at: number | null | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Called as the alarm goes off: none is set by then. */
  wentOff(): void {
    this.#at = null;
  }

  /** When it goes off, in milliseconds since the epoch. */
  async at(): Promise<number | null> {
    this.#at ??= await this.#storage.getAlarm();
    return this.#at;
  }

  /** Sets it, together with whatever else is stored in this turn of the event loop. */
  set(at: number): void {
    if (this.#at === at) return;
    this.#at = at;
    void this.#storage.setAlarm(at);
  }

  /** Sees to it that it goes off by then. It may go off before: that moves it on. */
  async ensure(at: number): Promise<void> {
    const current = await this.at();
    if (current === null || current > at) this.set(at);
  }
}
