/** The alarm of an object. Setting it to another time costs a row, so it is moved only where it must be. */
export class Alarm {
  readonly #storage: DurableObjectStorage;
  /** Milliseconds since the epoch; null: none is set; undefined: not known yet. */
  #at: number | null | undefined;
  /** When the alarm that is being handled was to go off; undefined if none is, or that is not known. */
  #wasAt: number | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Called as the alarm goes off: none is set by then. */
  wentOff(invocation: AlarmInvocationInfo | undefined): void {
    this.#at = null;
    // A retry has a time of its own.
    this.#wasAt = invocation?.isRetry === false ? invocation.scheduledTime : undefined;
  }

  /** True if it is set for a later time, or was when it went off. */
  async isAfter(time: number): Promise<boolean> {
    return ((await this.at()) ?? this.#wasAt ?? 0) > time;
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

  /** Makes sure that the alarm goes off by then. It may go off earlier, and is then set again. */
  async ensure(at: number): Promise<void> {
    const current = await this.at();
    if (current === null || current > at) this.set(at);
  }
}
