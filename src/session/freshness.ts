import type { Grant } from './session.ts';

/** An access token that ends within this time, in seconds, is refreshed before it is handed out. */
const MARGIN_SECONDS = 60;
/** A token that lives this short is not refreshed at every use: no refresh sooner than this after the last one. */
const PAUSE_SECONDS = 10;

/** True if the access token should be refreshed before use: it is about to end, and it can be. `now` in seconds. */
export function isDue(grant: Grant, now: number): boolean {
  if (grant.expires_at === undefined || grant.refresh_token === undefined) return false;
  const received = grant.refreshed_at ?? grant.issued_at;
  const margin = Math.min(MARGIN_SECONDS, (grant.expires_at - received) / 2);
  return grant.expires_at - margin <= now && received + PAUSE_SECONDS <= now;
}

/** True while the access token can be used: a refresh that fails meanwhile does no harm. `now` in seconds. */
export function isLive(grant: Grant, now: number): boolean {
  return grant.expires_at === undefined || grant.expires_at > now;
}
