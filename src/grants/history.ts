import type { ErrorCode, ErrorData } from '../errors.ts';
import { redact } from '../redaction.ts';

/** What happened to a grant after its login. No token is in it, and a provider's words are redacted. */
export interface HistoryEvent {
  readonly event: 'refreshed' | 'refresh_failed';
  readonly provider: string;
  /** Seconds since the epoch; of the last time, when the same fault came several times in a row. */
  readonly at: number;
  readonly error?: ErrorCode;
  readonly detail?: string;
  /** How often the same fault came in a row. */
  readonly times?: number;
}

/** The error code of each provider whose last refresh failed. */
export type Faults = Readonly<Record<string, ErrorCode>>;

const NAME = 'history';
const MOST = 20;

/** The event of a refresh that failed. `at` in seconds since the epoch. */
export function failedRefresh(provider: string, { code, detail }: ErrorData, at: number): HistoryEvent {
  const told = detail === undefined ? {} : { detail: redact(detail) };
  return { event: 'refresh_failed', provider, at, error: code, ...told };
}

/**
 * The last events of one session, in the object's storage: written together with the refresh that they tell of, so
 * that they cost no call and no request of their own.
 */
export class History {
  readonly #storage: SyncKvStorage;

  constructor(storage: SyncKvStorage) {
    this.#storage = storage;
  }

  /** The events, the oldest first. */
  list(): readonly HistoryEvent[] {
    return this.#storage.get<HistoryEvent[]>(NAME) ?? [];
  }

  /** Adds an event, and returns true if what is wrong with the session is another thing than before. */
  add(event: HistoryEvent): boolean {
    const before = this.faults()[event.provider];
    const events = this.list();
    const last = events.at(-1);
    // A provider that is down for a day must not push out everything else.
    const isSame =
      event.error !== undefined && last?.error === event.error && last.provider === event.provider;
    const kept = isSame
      ? [...events.slice(0, -1), { ...event, times: (last.times ?? 1) + 1 }]
      : [...events, event];
    this.#storage.put(NAME, kept.slice(-MOST));
    return before !== event.error;
  }

  faults(): Faults {
    const last = new Map(this.list().map(({ provider, error }) => [provider, error]));
    return Object.fromEntries([...last].flatMap(([id, error]) => (error === undefined ? [] : [[id, error]])));
  }

  clear(): void {
    this.#storage.delete(NAME);
  }
}
