import type { LogFields } from '../log.ts';
import type { Shown } from './kv-copy.ts';
import type { Sealing } from './sealed-value.ts';

/** What an object keeps, and what follows from it. */
export interface Kind<T> extends Sealing<T> {
  readonly tokens: () => KVNamespace;
  /** What KV shows of it; `kid` is the key that it is sealed with. */
  readonly shown: (value: T, kid: string) => Promise<Shown>;
  /** True if the copy in KV has the encrypted value too, not only its metadata. */
  readonly copiesValue: boolean;
  /** When it ends if nothing happens, in seconds since the epoch; undefined: never. */
  readonly endsAt: (value: T) => number | undefined;
  /** When something else is to be done, in milliseconds since the epoch. */
  readonly wakeAt: (value: T) => readonly number[];
  /** What log lines say it is. */
  readonly facts: LogFields;
}
