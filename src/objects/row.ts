/** What KV has, and what it should have. The copy there is for tools and the index; no decision relies on it. */
export interface CopyState {
  /**
   * When the alarm is to update KV, in milliseconds since the epoch. Undefined: KV is up to date. It also is if the alarm
   * has been moved to a later time since: updating KV ends with that, which saves a write of the row.
   */
  readonly due?: number | undefined;
  /** The keys that KV should have, the record's own first. */
  readonly keys: readonly string[];
  /** Keys that KV should not have any more. */
  readonly stale?: readonly string[];
  /** When the last of them is gone by itself, in seconds since the epoch; undefined: never. */
  readonly gone_at: number | undefined;
  /** How often in a row KV has refused. */
  readonly failures?: number;
}

/** All that an object of ours stores: one row. What has ended leaves a tombstone for a while. */
export interface Row {
  readonly v: 1;
  /** The object's name, since an alarm only knows its id. */
  readonly name: string;
  /**
   * When it is over, in seconds since the epoch: the value, also one that can't be opened, or the tombstone. Undefined:
   * never.
   */
  readonly ends_at: number | undefined;
  readonly copy: CopyState;
  /** The value, sealed as a JWE. */
  readonly sealed?: string;
  /** Set once it has ended; `successor` is the name of the object that answers for it. */
  readonly ended?: { readonly successor?: string };
}

const KEY = 'record';

/** The row of this object; undefined if there is none, or none of this form. */
export function readRow(storage: SyncKvStorage): Row | undefined {
  const row = storage.get<unknown>(KEY);
  return isRow(row) ? row : undefined;
}

export function writeRow(storage: SyncKvStorage, row: Row): void {
  storage.put(KEY, row);
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && 'v' in value && value.v === 1;
}
