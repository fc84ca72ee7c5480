import { type DrawbridgeError, errorData } from '../errors.ts';
import type { Force } from './decide-refresh.ts';
import { isLive } from './freshness.ts';
import { type Grant, isSameVersion } from './grant.ts';
import { failedRefresh, type HistoryEvent } from './history.ts';
import { type Retry, retryAfter } from './retries.ts';

/** The result of asking a provider for a new access token. */
export type RefreshResult =
  | { readonly kind: 'refreshed'; readonly grant: Grant }
  /** The provider refuses the grant permanently. */
  | { readonly kind: 'ended'; readonly error: DrawbridgeError }
  /** The refresh token is used up, but the response was not accepted. `successor` is the next token, if known. */
  | { readonly kind: 'spent'; readonly error: DrawbridgeError; readonly successor: string | undefined }
  /** A temporary failure. */
  | { readonly kind: 'failed'; readonly error: DrawbridgeError };

/** What to store after a refresh. */
export interface RefreshOutcome {
  /** The grant to store, or undefined if it has ended. */
  readonly grant: Grant | undefined;
  /** When the provider may be asked again. Undefined: at any time. */
  readonly retry: Retry | undefined;
  readonly event: HistoryEvent;
}

interface Circumstances {
  /** Seconds since the epoch. */
  readonly now: number;
  /** In [0, 1). Spreads the retries of many grants over time. */
  readonly random: number;
  readonly force: Force;
  /** The previous wait. */
  readonly retry: Retry | undefined;
}

/**
 * Pure: applies the result of a refresh to a grant. `held` is the grant that is stored now, `asked` the version that the
 * refresh was sent for. A result for another version changes nothing.
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
        grant: {
          ...held,
          refresh_token: result.successor,
          ...(result.successor === undefined && { spent: true }),
        },
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

/** Pure: the error for the caller, or undefined if the old access token is still valid. `now` in seconds. */
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
