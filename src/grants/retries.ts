import type { ErrorData } from '../errors.ts';

/** When to ask a failed provider again, and the error until then. */
export interface Retry {
  /** Failures in a row. */
  readonly failures: number;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly error: ErrorData;
  /** The provider asked for the wait (`Retry-After`, RFC 9110 §10.2.3). Applies to forced refreshes too. */
  readonly asked?: true;
}

const FIRST_RETRY_SECONDS = 5;
const LAST_RETRY_SECONDS = 60;
/** The longest wait that a provider can ask for, in seconds: an hour. */
const LONGEST_WAIT_SECONDS = 3600;

/**
 * Pure: the wait after another failure: longer each time in a row, and at least as long as the provider asked for,
 * within bounds. `now` in seconds, `random` in [0, 1).
 */
export function retryAfter(
  before: Retry | undefined,
  error: ErrorData,
  { now, random }: { now: number; random: number },
): Retry {
  const failures = (before?.failures ?? 0) + 1;
  const delay = retryDelay(failures, random);
  const asked = Math.min(error.retryAfter ?? 0, LONGEST_WAIT_SECONDS);
  return { failures, at: now + Math.max(delay, asked), error, ...(asked > 0 && { asked: true }) };
}

/**
 * How long to wait after the n-th failure in a row, in seconds: twice as long each time, up to a minute.
 * `random` in [0, 1) spreads the retries of many sessions over half of that time.
 */
export function retryDelay(failures: number, random: number): number {
  const delay = Math.min(FIRST_RETRY_SECONDS * 2 ** (failures - 1), LAST_RETRY_SECONDS);
  return delay * (0.5 + random / 2);
}
