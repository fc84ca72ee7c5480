import { decodeProtectedHeader } from 'jose';
import type { Purpose, Sealer } from '../crypto/seal.ts';
import { type LogFields, log } from '../log.ts';
import { Alarm } from './alarm.ts';
import { followed, mustForget, mustShow, refused, type Shown, writeCopy } from './kv-copy.ts';
import { type Row, readRow, writeRow } from './row.ts';

/** What an object keeps, and what follows from it. */
export interface Kind<T> {
  readonly purpose: Purpose;
  /** The text that a sealed value is bound to: elsewhere it opens as nothing. */
  readonly boundTo: string;
  readonly sealer: () => Sealer;
  readonly tokens: () => KVNamespace;
  /** Checks what was opened; undefined for what is none. */
  readonly decode: (value: unknown) => T | undefined;
  /** True for what an earlier version has stored: it is stored again with the next change, be it none. */
  readonly isOldForm: (value: unknown) => boolean;
  /** What KV shows of it; `kid` is the key that it is sealed with. */
  readonly shown: (value: T, kid: string) => Promise<Shown>;
  /** When it ends if nothing happens, in seconds since the epoch. */
  readonly endsAt: (value: T) => number;
  /** When something else is to be done, in milliseconds since the epoch. */
  readonly wakeAt: (value: T) => readonly number[];
  /** What log lines say it is. */
  readonly facts: LogFields;
}

/** KV takes one write a second for a key. */
const WRITE_PAUSE_MS = 1000;

/**
 * One value in an object: the truth, sealed in one row, with a copy in KV and an alarm. A change costs one row, and two
 * more where KV has to follow; see docs/storage.md.
 *
 * Requests to one object interleave at every `await`, so `change` starts over when another change came between. The
 * value in memory is never changed in place: the object it points to stands for its version.
 */
export class KeptValue<T extends object> {
  readonly #ctx: DurableObjectState;
  readonly #name: string;
  readonly #kind: Kind<T>;
  readonly #alarm: Alarm;
  #row: Row | undefined;
  #held: T | undefined;
  #isOldForm = false;
  #isSealedWithOldKey = false;
  #opening: Promise<void> | undefined;
  /** What KV has been told to show of `#held`, as text. */
  #shownText: string | undefined;
  /** Entries of the index that are known to be in KV. */
  #known: readonly string[] = [];
  #following: Promise<void> | undefined;
  #wroteAt = 0;

  constructor(ctx: DurableObjectState, name: string, kind: Kind<T>) {
    this.#ctx = ctx;
    this.#name = name;
    this.#kind = kind;
    this.#alarm = new Alarm(ctx.storage);
    this.#row = readRow(ctx.storage.kv);
  }

  /** The value as it is held now, without opening anything. */
  get held(): T | undefined {
    return this.#held;
  }

  /** It has ended; `successor` is the name of the object that goes on for it. Undefined while it has not. */
  get ended(): { readonly successor?: string } | undefined {
    return this.#row?.ended;
  }

  /** The size of the sealed value. */
  get bytes(): number {
    return this.#row?.sealed?.length ?? 0;
  }

  /** It is sealed with a secret that is not the first. */
  get isSealedWithOldKey(): boolean {
    return this.#isSealedWithOldKey;
  }

  /** The value as it is stored. */
  async open(): Promise<T | undefined> {
    this.#opening ??= this.#read().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    await this.#opening;
    return this.#held;
  }

  async #read(): Promise<void> {
    const row = this.#row;
    if (row === undefined) return;
    const { due } = row.copy;
    const hasFollowed = due === undefined || ((await this.#alarm.at()) ?? 0) > due;
    if (hasFollowed) this.#markFollowed(row);
    if (row.sealed === undefined) return;
    const { purpose, boundTo, decode } = this.#kind;
    const sealer = this.#kind.sealer();
    const opened = await sealer.open(purpose, row.sealed, boundTo);
    const isCurrent = opened === undefined || (await sealer.isCurrent(purpose, row.sealed));
    this.#held = decode(opened);
    this.#isOldForm = this.#kind.isOldForm(opened);
    this.#isSealedWithOldKey = !isCurrent;
  }

  seal(value: T): Promise<string> {
    return this.#kind.sealer().seal(this.#kind.purpose, value, this.#kind.boundTo);
  }

  /** Stores a new value, sealed by `seal`. */
  async create(value: T, sealed: string): Promise<void> {
    const shown = await this.#shown(value, sealed);
    this.#store(value, sealed, shown);
  }

  /**
   * Changes the value; undefined if it has ended, before or by the change (`change` returns undefined). It is stored
   * before anyone sees it. `change` returns the very same to change nothing.
   */
  async change(change: (latest: T) => T | undefined): Promise<T | undefined> {
    for (;;) {
      const before = await this.open();
      if (before === undefined) return undefined;
      const after = change(before);
      if (after === undefined) {
        this.end({});
        return undefined;
      }
      if (after === before && !this.#isSealedWithOldKey && !this.#isOldForm) return before;
      await this.#knowWhatIsShown(before);
      const sealed = await this.seal(after);
      const shown = await this.#shown(after, sealed);
      if (this.#held !== before) continue;
      this.#store(after, sealed, shown);
      return after;
    }
  }

  /**
   * Ends it, at once and for good; a tombstone stays for so many seconds. What has ended before stays as it is: it has
   * at most one successor.
   */
  end({ successor, forSeconds = 0 }: { successor?: string; forSeconds?: number }): void {
    if (this.#row?.sealed === undefined) return;
    const now = Date.now();
    const copy = mustForget(this.#row.copy, now);
    const ended = successor === undefined ? {} : { successor };
    this.#held = undefined;
    this.#put({ v: 1, name: this.#name, ends_at: Math.floor(now / 1000) + forSeconds, copy, ended });
    this.#startToFollow();
  }

  /** For the object's alarm. Brings KV up to date and leaves nothing behind of what is over. */
  async alarm(work: () => Promise<void>): Promise<void> {
    this.#alarm.wentOff();
    await this.open();
    const isUnreadable = this.#row?.sealed !== undefined && this.#held === undefined;
    // It is kept for a secret that may come back, but no longer than it would live.
    if (isUnreadable && this.#isOver()) this.end({});
    await work();
    await this.#follow();
    this.#rest();
  }

  #store(value: T, sealed: string, shown: Shown): void {
    const text = textOf(shown);
    const isNews = text !== this.#shownText || this.#row === undefined;
    const before = this.#row?.copy;
    const copy = isNews || before === undefined ? mustShow(before, shown, Date.now()) : before;
    // What is in KV already would be gone too early.
    if (before !== undefined && before.gone_at < copy.gone_at) this.#known = [];
    this.#held = value;
    this.#shownText = text;
    this.#isSealedWithOldKey = false;
    this.#isOldForm = false;
    this.#opening = Promise.resolve();
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
      await this.#mayWrite();
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

  /** What has ended is removed without waiting: a refusal costs nothing but another try. */
  async #mayWrite(): Promise<void> {
    const wait = this.#row?.sealed === undefined ? 0 : this.#wroteAt + WRITE_PAUSE_MS - Date.now();
    if (wait <= 0 || this.#row?.copy.due === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(wait, WRITE_PAUSE_MS)));
  }

  /** In memory: the row says so with its next write, the alarm by being set to a later time. */
  #markFollowed(row: Row): void {
    this.#row = { ...row, copy: followed(row.copy) };
    this.#known = row.copy.keys;
  }

  async #write(row: Row): Promise<void> {
    const { sealed, copy } = row;
    const held = this.#held;
    const known = copy.failures === undefined ? this.#known : [];
    if (sealed === undefined || held === undefined) {
      await writeCopy(this.#kind.tokens(), copy, { value: undefined, metadata: undefined, known });
      return;
    }
    const { metadata } = await this.#shown(held, sealed);
    this.#wroteAt = Date.now();
    await writeCopy(this.#kind.tokens(), copy, { value: sealed, metadata, known });
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

  #isOver(): boolean {
    return this.#row !== undefined && this.#row.ends_at <= Date.now() / 1000;
  }

  /** When there is something to do, in milliseconds since the epoch. */
  #nextAt(): number {
    const { ends_at = 0, copy } = this.#row ?? {};
    const wakes = this.#held === undefined ? [] : this.#kind.wakeAt(this.#held);
    const due = copy?.due === undefined ? [] : [copy.due];
    return Math.max(Math.min(ends_at * 1000, ...wakes, ...due), Date.now());
  }

  async #knowWhatIsShown(value: T): Promise<void> {
    if (this.#shownText !== undefined || this.#row?.sealed === undefined) return;
    const { copy, sealed } = this.#row;
    const shown = await this.#shown(value, sealed);
    const hasAllKeys = shown.index.every((key) => copy.keys.includes(key));
    this.#shownText ??= hasAllKeys ? textOf(shown) : '';
  }

  #shown(value: T, sealed: string): Promise<Shown> {
    return this.#kind.shown(value, String(decodeProtectedHeader(sealed).kid));
  }
}

/** Tells whether KV has to be written to. */
function textOf({ metadata, index }: Shown): string {
  return JSON.stringify([metadata, index]);
}
