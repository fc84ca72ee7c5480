import { decodeProtectedHeader } from 'jose';
import { log } from '../log.ts';
import { Alarm } from './alarm.ts';
import type { Kind } from './kind.ts';
import { followed, KvWriter, mustForget, mustShow, refused, type Shown } from './kv-copy.ts';
import type { Resealing } from './resealing.ts';
import { type Row, readRow, writeRow } from './row.ts';
import { SealedValue } from './sealed-value.ts';

/**
 * The alarm when there is nothing to do: that it is later than `due` says that KV has followed. In milliseconds.
 */
const IDLE_MS = 30 * 86_400_000;
/** When the alarm could not do its work at all, in milliseconds. */
const ALARM_RETRY_MS = 300_000;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * One value in an object: the truth, sealed in one row, with a copy in KV and an alarm. A change costs one row, and two
 * more if KV is updated; see docs/performance.md.
 *
 * Requests to one object interleave at every `await`, so `change` starts over when another change came between. The
 * value in memory is never changed in place: the object it points to stands for its version.
 */
export class KeptValue<T extends object> {
  readonly #ctx: DurableObjectState;
  readonly #name: string;
  readonly #kind: Kind<T>;
  readonly #alarm: Alarm;
  readonly #sealed: SealedValue<T>;
  readonly #kv: KvWriter;
  #row: Row | undefined;
  /** What KV has been told to show of the value, as text. */
  #shownText: string | undefined;
  #following: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, name: string, kind: Kind<T>) {
    this.#ctx = ctx;
    this.#name = name;
    this.#kind = kind;
    this.#alarm = new Alarm(ctx.storage);
    this.#kv = new KvWriter(kind.tokens);
    this.#row = readRow(ctx.storage.kv);
    this.#sealed = new SealedValue(kind, () => this.#read());
  }

  /** The value in memory, without decrypting anything. */
  get held(): T | undefined {
    return this.#sealed.held;
  }

  /** Set once it has ended; `successor` is the name of the object that continues it. */
  get ended(): { readonly successor?: string } | undefined {
    return this.#row?.ended;
  }

  /** The size of the sealed value. */
  get bytes(): number {
    return this.#row?.sealed?.length ?? 0;
  }

  /** The value as it is stored. */
  open(): Promise<T | undefined> {
    return this.#sealed.open();
  }

  async #read(): Promise<string | undefined> {
    const row = this.#row;
    if (row === undefined) return undefined;
    const { due } = row.copy;
    const hasFollowed = due === undefined || (await this.#alarm.isAfter(due));
    if (hasFollowed) this.#markFollowed(row);
    return row.sealed;
  }

  seal(value: T): Promise<string> {
    return this.#sealed.seal(value);
  }

  /** Stores a new value, sealed by `seal`. */
  async create(value: T, sealed: string): Promise<void> {
    const shown = await this.#shown(value, sealed);
    this.#store(value, sealed, shown);
  }

  /**
   * Changes the value; undefined if it has ended, before or by the change (`change` returns undefined). It is stored
   * before anyone sees it. To change nothing, `change` returns the same object.
   */
  async change(change: (latest: T) => T | undefined): Promise<T | undefined> {
    for (;;) {
      const before = this.held ?? (await this.open());
      if (before === undefined) return undefined;
      const after = change(before);
      if (after === undefined) {
        this.end({});
        return undefined;
      }
      if (after === before && !this.#sealed.isOutdated) return before;
      await this.#knowWhatIsShown(before);
      const sealed = await this.seal(after);
      const shown = await this.#shown(after, sealed);
      if (this.held !== before) continue;
      this.#store(after, sealed, shown);
      return after;
    }
  }

  /** Seals the value with the first secret, unless it is. */
  async reseal(): Promise<Resealing> {
    await this.open();
    if (this.#isUnreadable) return 'unreadable';
    const wasOld = this.#sealed.isSealedWithOldKey;
    await this.change((latest) => latest);
    return wasOld ? 'resealed' : 'unchanged';
  }

  /**
   * Ends it at once and for good; a tombstone stays for `forSeconds`. If it had ended before, nothing changes: it has at
   * most one successor.
   */
  end({ successor, forSeconds = 0 }: { successor?: string; forSeconds?: number }): void {
    if (this.#row?.sealed === undefined) return;
    const now = Date.now();
    const copy = mustForget(this.#row.copy, now);
    const ended = successor === undefined ? {} : { successor };
    this.#sealed.hold(undefined);
    this.#put({ v: 1, name: this.#name, ends_at: Math.floor(now / 1000) + forSeconds, copy, ended });
    this.#startToFollow();
  }

  /** For the object's alarm. Updates KV, and deletes everything once it has ended. */
  async alarm(invocation: AlarmInvocationInfo | undefined, work: () => Promise<void>): Promise<void> {
    this.#alarm.wentOff(invocation);
    await this.open();
    // It is kept for a secret that may come back, but no longer than it would live.
    if (this.#isUnreadable && this.#isOver()) this.end({});
    await work();
    await this.#follow();
    this.#rest();
  }

  /** For an alarm that could not do its work: it goes off again later. */
  retryAlarm(): void {
    const at = Date.now() + ALARM_RETRY_MS;
    // Later than `due` it would say that KV has followed.
    if (this.#row?.copy.due !== undefined) this.#put({ ...this.#row, copy: { ...this.#row.copy, due: at } });
    this.#alarm.set(at);
  }

  #store(value: T, sealed: string, shown: Shown): void {
    const text = textOf(shown);
    const isNews = text !== this.#shownText || this.#row === undefined;
    const before = this.#row?.copy;
    const copy = isNews || before === undefined ? mustShow(before, shown, Date.now()) : before;
    // What is in KV already would be gone too early.
    if ((before?.gone_at ?? NEVER) < (copy.gone_at ?? NEVER)) this.#kv.knows([]);
    this.#sealed.hold(value);
    this.#shownText = text;
    this.#put({ v: 1, name: this.#name, ends_at: this.#kind.endsAt(value), copy, sealed });
    if (isNews) this.#startToFollow();
    else this.#ctx.waitUntil(this.#alarm.ensure(this.#nextAt()));
  }

  #put(row: Row): void {
    this.#row = row;
    writeRow(this.#ctx.storage.kv, row);
  }

  /** The alarm first, for the case that this object does not live to see the end of it. */
  #startToFollow(): void {
    this.#alarm.set(this.#row?.copy.due ?? Date.now());
    this.#ctx.waitUntil(this.#follow().then(() => this.#rest()));
  }

  async #follow(): Promise<void> {
    this.#following ??= this.#rounds().finally(() => {
      this.#following = undefined;
    });
    await this.#following;
  }

  /** Until KV shows the latest, or refuses. */
  async #rounds(): Promise<void> {
    for (;;) {
      if (this.#row?.copy.due !== undefined) await this.#kv.pause(this.#row.copy);
      const row = this.#row;
      if (row?.copy.due === undefined) return;
      try {
        await this.#write(row);
        if (this.#row?.copy !== row.copy) continue;
        this.#markFollowed(this.#row);
      } catch (error) {
        this.#failed(error);
        return;
      }
    }
  }

  /** In memory: the row says so with its next write, the alarm by being set to a later time. */
  #markFollowed(row: Row): void {
    this.#row = { ...row, copy: followed(row.copy) };
    this.#kv.knows(row.copy.keys);
  }

  async #write({ sealed, copy }: Row): Promise<void> {
    const { held } = this;
    if (sealed === undefined || held === undefined) return this.#kv.write(copy, undefined);
    const { metadata } = await this.#shown(held, sealed);
    await this.#kv.write(copy, { value: this.#kind.copiesValue ? sealed : '', metadata });
  }

  #failed(error: unknown): void {
    if (this.#row === undefined) return;
    const copy = refused(this.#row.copy, Date.now());
    this.#put({ ...this.#row, copy });
    this.#alarm.set(copy.due ?? Date.now());
    log('kv_copy_failed', { ...this.#kind.facts, failures: copy.failures, detail: String(error) });
  }

  /** Sets the alarm for the next thing to do. When there is nothing left, the object leaves nothing behind. */
  #rest(): void {
    const row = this.#row;
    if (row === undefined) return;
    if (row.copy.due === undefined && row.sealed === undefined && this.#isOver()) {
      this.#row = undefined;
      void this.#ctx.storage.deleteAll();
    } else this.#alarm.set(this.#nextAt());
  }

  /** Once it has been opened: something is stored, and no secret opens it. */
  get #isUnreadable(): boolean {
    return this.#row?.sealed !== undefined && this.held === undefined;
  }

  #isOver(): boolean {
    const ends_at = this.#row?.ends_at;
    return ends_at !== undefined && ends_at <= Date.now() / 1000;
  }

  /** When there is something to do, in milliseconds since the epoch. */
  #nextAt(): number {
    const { ends_at, copy } = this.#row ?? {};
    const ends = ends_at === undefined ? [] : [ends_at * 1000];
    const wakes = this.held === undefined ? [] : this.#kind.wakeAt(this.held);
    const due = copy?.due === undefined ? [] : [copy.due];
    const now = Date.now();
    return Math.max(Math.min(now + IDLE_MS, ...ends, ...wakes, ...due), now);
  }

  async #knowWhatIsShown(value: T): Promise<void> {
    if (this.#shownText !== undefined || this.#row?.sealed === undefined) return;
    const { copy, sealed } = this.#row;
    const shown = await this.#shown(value, sealed);
    const hasAllKeys = shown.keys.every((key) => copy.keys.includes(key));
    this.#shownText ??= hasAllKeys ? textOf(shown) : '';
  }

  #shown(value: T, sealed: string): Promise<Shown> {
    return this.#kind.shown(value, String(decodeProtectedHeader(sealed).kid));
  }
}

/** Tells whether KV has to be written to. */
function textOf({ metadata, keys }: Shown): string {
  return JSON.stringify([metadata, keys]);
}
