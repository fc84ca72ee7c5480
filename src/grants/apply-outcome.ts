import { type DrawbridgeError, errorData } from '../errors.ts';
import type { Force } from './decide-refresh.ts';
import { isLive } from './freshness.ts';
import { type Grant, isSameVersion } from './grant.ts';
import { failedRefresh, type HistoryEvent } from './history.ts';
import { type Retry, retryAfter } from './retries.ts';

/** What came of asking a provider for a new access token. */
export type RefreshResult =
  | { readonly kind: 'refreshed'; readonly grant: Grant }
  /** The provider refuses the grant for good. */
  | { readonly kind: 'ended'; readonly error: DrawbridgeError }
  /** The refresh token is used up, and what came for it is not accepted; `successor` is the next one, if it can be told. */
  | { readonly kind: 'spent'; readonly error: DrawbridgeError; readonly successor: string | undefined }
  /** Another time, perhaps. */
  | { readonly kind: 'failed'; readonly error: DrawbridgeError };

/** What a refresh leaves behind. */
export interface RefreshOutcome {
  /** The grant as it is to be stored; undefined if it has ended. */
  readonly grant: Grant | undefined;
  /** When the provider may be asked again; undefined if nothing speaks against it. */
  readonly retry: Retry | undefined;
  readonly event: HistoryEvent;
}

interface Circumstances {
  /** Seconds since the epoch. */
  readonly now: number;
  /** In [0, 1); spreads the retries of many grants. */
  readonly random: number;
  readonly force: Force;
  /** The wait that there was before. */
  readonly retry: Retry | undefined;
}

/**
 * Pure: what the result of a refresh makes of a grant. `held` is the grant as it is stored now, `asked` the version
 * that the provider was asked with: a result for another version changes nothing.
 */
export function applyOutcome(
  held: Grant | undefined,
  asked: Grant,
  result: RefreshResult,
  { now, random, force, retry }: Circumstances,
): RefreshOutcome {
  const { provider } = asked;
  const event =
    result.kind === 'refreshed'
      ? ({ event: 'refreshed', provider, at: now } as const)
      : failedRefresh(provider, errorData(result.error), now);
  if (held === undefined || !isSameVersion(held, asked)) return { grant: held, retry, event };
  switch (result.kind) {
    case 'refreshed':
      return { grant: marked(result.grant, force, now), retry: undefined, event };
    case 'ended':
      return { grant: undefined, retry: undefined, event };
    case 'spent':
      return {
        grant: { ...held, refresh_token: result.successor },
        retry:
          result.successor === undefined
            ? undefined
            : retryAfter(retry, errorData(result.error), { now, random }),
        event,
      };
    case 'failed':
      return { grant: held, retry: retryAfter(retry, errorData(result.error), { now, random }), event };
    default:
      return result satisfies never;
  }
}

/** Pure: the error for who asked, or undefined if the access token that there was will do. `now` in seconds. */
export function errorFor(
  result: RefreshResult,
  asked: Grant,
  { force, now }: { force: Force; now: number },
): DrawbridgeError | undefined {
  if (result.kind === 'refreshed') return undefined;
  if (result.kind === 'ended' || force !== false || !isLive(asked, now)) return result.error;
  return undefined;
}

function marked(grant: Grant, force: Force, now: number): Grant {
  return force === 'rejected' ? { ...grant, rejected_at: now } : grant;
}
