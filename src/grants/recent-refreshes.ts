import type { DrawbridgeError } from '../errors.ts';
import type { RefreshOutcome } from './apply-outcome.ts';
import { type Grant, isSameVersion } from './grant.ts';

/** What came of refreshing one version of a grant. */
interface RecentRefresh extends Pick<RefreshOutcome, 'grant' | 'retry'> {
  /** Why it has ended. */
  readonly error: DrawbridgeError | undefined;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** Requests that a browser sent before it got the new cookie come within this time, in seconds. */
const REMEMBERED_SECONDS = 300;
const MOST = 500;

/**
 * The latest refreshes of an isolate, for grants that no storage of ours has: a cookie from before a refresh leads to
 * what that brought, so that neither a used refresh token nor a refused one is sent again. The oldest go first.
 */
export class RecentRefreshes {
  readonly #refreshes = new Map<string, RecentRefresh>();

  /** What is known of a grant that a cookie brought, whichever version that is. `now` in seconds. */
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
 * Which refresh it is: one version of the grant that one login brought. Not the refresh token alone: some providers
 * hand the same one to every user.
 */
export function refreshKey({ provider, state, refresh_count, refresh_token }: Grant): string {
  return JSON.stringify([provider, state, refresh_count, refresh_token]);
}
