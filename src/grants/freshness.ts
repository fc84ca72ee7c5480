import type { Grant } from './grant.ts';

/** A token that lives this short is not refreshed at every use: no refresh sooner than this after the last one. */
const PAUSE_SECONDS = 10;
const FIRST_RETRY_SECONDS = 5;
const LAST_RETRY_SECONDS = 60;

/**
 * When the access token should be refreshed, in seconds since the epoch: `margin` seconds before it ends, but
 * not before half of its life. Undefined if it does not end or can't be refreshed.
 */
export function dueAt(grant: Grant, margin: number): number | undefined {
  if (grant.expires_at === undefined || grant.refresh_token === undefined) return undefined;
  const received = grant.refreshed_at ?? grant.issued_at;
  const early = Math.min(margin, (grant.expires_at - received) / 2);
  return Math.max(grant.expires_at - early, received + PAUSE_SECONDS);
}

/** True if the access token should be refreshed before use. `now` and `margin` in seconds. */
export function isDue(grant: Grant, now: number, margin: number): boolean {
  const due = dueAt(grant, margin);
  return due !== undefined && due <= now;
}

/** True while the access token can be used: a refresh that fails meanwhile does no harm. `now` in seconds. */
export function isLive(grant: Grant, now: number): boolean {
  return grant.expires_at === undefined || grant.expires_at > now;
}

/**
 * How long to wait after the n-th failure in a row, in seconds: twice as long each time, up to a minute.
 * `random` in [0, 1) spreads the retries of many sessions over half of that time.
 */
export function retryDelay(failures: number, random: number): number {
  const delay = Math.min(FIRST_RETRY_SECONDS * 2 ** (failures - 1), LAST_RETRY_SECONDS);
  return delay * (0.5 + random / 2);
}
