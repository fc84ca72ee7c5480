import type { Grant } from './grant.ts';
import type { Retry } from './retries.ts';

/** The minimum time between refreshes, so that a very short-lived token is not refreshed at every use. In seconds. */
const PAUSE_SECONDS = 10;
/** The minimum time between background refreshes of a grant, however short-lived its tokens are. In seconds. */
const BACKGROUND_PAUSE_SECONDS = 60;
/** Background refreshes are early by up to this share of the token's lifetime, a different one per session. */
const SPREAD_SHARE = 0.1;

/**
 * When the access token should be refreshed, in seconds since the epoch: `margin` seconds before it expires, but not
 * before half of its lifetime. Undefined if it does not expire or can't be refreshed.
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

/**
 * When to refresh a `keep_fresh` grant in the background, in seconds since the epoch: somewhat before it is due. How much
 * earlier depends on `seed`, the id of its session or connection, so the result is always the same. Grants that started
 * in the same minute, after an outage for example, get intervals of different lengths and drift apart.
 */
export function freshAt(
  grant: Grant,
  { margin, seed, retry }: { margin: number; seed: string; retry: Retry | undefined },
): number | undefined {
  const due = dueAt(grant, margin);
  if (due === undefined) return undefined;
  const received = grant.refreshed_at ?? grant.issued_at;
  const early = Math.floor(shareOf(seed) * SPREAD_SHARE * (due - received));
  return Math.max(due - early, received + BACKGROUND_PAUSE_SECONDS, retry?.at ?? 0);
}

/** A number in [0, 1) derived from a text: always the same for the same text. */
function shareOf(text: string): number {
  let share = 0;
  for (const character of text) share = (share * 31 + character.charCodeAt(0)) % 65_536;
  return share / 65_536;
}

/** True while the access token is valid, so a failed refresh does no harm yet. `now` in seconds. */
export function isLive(grant: Grant, now: number): boolean {
  return grant.expires_at === undefined || grant.expires_at > now;
}
