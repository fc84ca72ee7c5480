import type { DrawbridgeError } from '../errors.ts';
import type { RefreshOutcome } from './apply-outcome.ts';
import { type Grant, isSameVersion } from './grant.ts';

/** The result of refreshing one version of a grant. */
interface RecentRefresh extends Pick<RefreshOutcome, 'grant' | 'retry'> {
  /** Why it has ended. */
  readonly error: DrawbridgeError | undefined;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** How long requests may arrive that the browser sent before it had the new cookie, in seconds. */
const REMEMBERED_SECONDS = 300;
const MOST = 500;

/**
 * The latest refreshes of an isolate, for grants that are only in cookies. A cookie from before a refresh leads to the
 * result of that refresh, so that no used or refused refresh token is sent again. The oldest are dropped first.
 */
export class RecentRefreshes {
  readonly #refreshes = new Map<string, RecentRefresh>();

  /** The result for a grant from a cookie, whatever version it is. `now` in seconds. */
  latest(asked: Grant, now: number): Omit<RecentRefresh, 'at'> {
    let grant = asked;
    for (;;) {
      const recent = this.#refreshes.get(refreshKey(grant));
      const isKnown =
        recent !== undefined && (recent.at + REMEMBERED_SECONDS > now || isWaiting(recent, now));
      if (!isKnown) return { grant, retry: undefined, error: undefined };
      if (recent.grant === undefined || isSameVersion(recent.grant, grant)) return recent;
      grant = recent.grant;
    }
  }

  add(asked: Grant, recent: RecentRefresh): void {
    const key = refreshKey(asked);
    this.#refreshes.delete(key);
    if (this.#refreshes.size >= MOST) this.#refreshes.delete(this.#refreshes.keys().next().value as string);
    this.#refreshes.set(key, recent);
  }
}

function isWaiting({ retry }: RecentRefresh, now: number): boolean {
  return retry !== undefined && retry.at > now;
}

/**
 * Identifies a refresh: one version of the grant from one login. The refresh token is not enough: some providers issue
 * the same one to every user.
 */
export function refreshKey({ provider, state, refresh_count, refresh_token }: Grant): string {
  return JSON.stringify([provider, state, refresh_count, refresh_token]);
}
