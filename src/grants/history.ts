import type { ErrorCode } from '../error-kinds.ts';
import type { ErrorData } from '../errors.ts';
import { redact } from '../redaction.ts';

/** What happened to a grant after its login. Contains no token, and a provider's words are redacted. */
export interface HistoryEvent {
  readonly event: 'refreshed' | 'refresh_failed';
  readonly provider: string;
  /** Seconds since the epoch. For the same error several times in a row: of the last time. */
  readonly at: number;
  readonly error?: ErrorCode;
  readonly detail?: string;
  /** How many times the same error occurred in a row. */
  readonly times?: number;
}

/** The error code of each provider whose last refresh failed. */
export type Faults = Readonly<Record<string, ErrorCode>>;

const MOST = 20;
/** The maximum length of a provider's words. */
const DETAIL_LENGTH = 300;

/** The event for a failed refresh. `at` in seconds since the epoch. */
export function failedRefresh(provider: string, { code, detail }: ErrorData, at: number): HistoryEvent {
  const told = detail === undefined ? {} : { detail: redact(detail).slice(0, DETAIL_LENGTH) };
  return { event: 'refresh_failed', provider, at, error: code, ...told };
}

/** Pure: the last events plus a new one, the oldest first. */
export function withEvent(events: readonly HistoryEvent[], event: HistoryEvent): readonly HistoryEvent[] {
  const last = events.at(-1);
  // A provider that is down for a day must not push out everything else.
  const isSame = event.error !== undefined && last?.error === event.error && last.provider === event.provider;
  const kept = isSame
    ? [...events.slice(0, -1), { ...event, times: (last.times ?? 1) + 1 }]
    : [...events, event];
  return kept.slice(-MOST);
}

/** Pure: the current error of each provider. */
export function faultsOf(events: readonly HistoryEvent[]): Faults {
  const last = new Map(events.map(({ provider, error }) => [provider, error]));
  return Object.fromEntries([...last].flatMap(([id, error]) => (error === undefined ? [] : [[id, error]])));
}
