import { DrawbridgeError, errorFrom } from '../errors.ts';
import { refreshTokenHint } from '../oauth/provider-hints.ts';
import type { Provider } from '../providers/provider.ts';
import { isDue, isLive } from './freshness.ts';
import { type Grant, type GrantVersion, isGrantOf, isSameVersion } from './grant.ts';
import type { Retry } from './retries.ts';

/**
 * Why a refresh is asked for. `false`: only if the access token is about to end. `true`: a user asked for it.
 * `'rejected'`: a resource server answered 401 to the access token.
 */
export type Force = boolean | 'rejected';

/** What to do about a grant that somebody wants to use. */
export type RefreshDecision =
  /** Use it as it is. */
  | { readonly kind: 'serve' }
  | { readonly kind: 'refresh' }
  /** Nothing can be asked now, and the grant as it is won't do. */
  | { readonly kind: 'refuse'; readonly error: DrawbridgeError }
  /** It is of no use any more: drop it. */
  | { readonly kind: 'ended'; readonly error: DrawbridgeError };

interface Circumstances {
  /** Seconds since the epoch. */
  readonly now: number;
  /** `REFRESH_MARGIN_SECONDS` */
  readonly margin: number;
  readonly force: Force;
  /** The version that the caller has used; a newer one is served to those who force a refresh. */
  readonly seen?: GrantVersion | undefined;
  /** When the provider may be asked again, after it failed. */
  readonly retry: Retry | undefined;
}

/** A token that a refresh brought because the one before was rejected is not replaced for this long, in seconds. */
const REJECTED_PAUSE_SECONDS = 300;

/**
 * Pure: is a refresh due, allowed, or must we wait? The one place that decides it, for every store of grants.
 * Errors: `login_required`, or the one that the provider failed with last.
 */
export function decideRefresh(grant: Grant, provider: Provider, when: Circumstances): RefreshDecision {
  if (!isGrantOf(grant, provider)) return { kind: 'ended', error: otherProvider() };
  const { now, margin, force, retry } = when;
  const isForced = isWanted(grant, when);
  if (!isForced && !isDue(grant, now, margin)) return { kind: 'serve' };
  if (grant.refresh_token === undefined) return { kind: 'refuse', error: notRefreshable(provider) };
  const isWaiting = retry !== undefined && retry.at > now && (force !== true || retry.asked === true);
  if (!isWaiting) return { kind: 'refresh' };
  if (!isForced && isLive(grant, now)) return { kind: 'serve' };
  return { kind: 'refuse', error: errorFrom({ ...retry.error, ...remaining(retry, now) }) };
}

/** True if the caller wants another token than this one, which is not yet what they asked for. */
function isWanted(grant: Grant, { now, force, seen }: Circumstances): boolean {
  if (force === false || (seen !== undefined && !isSameVersion(grant, seen))) return false;
  if (force === true) return true;
  return grant.rejected_at === undefined || grant.rejected_at + REJECTED_PAUSE_SECONDS <= now;
}

function remaining({ at, asked }: Retry, now: number): { retryAfter?: number } {
  return asked ? { retryAfter: Math.ceil(at - now) } : {};
}

function notRefreshable(provider: Provider): DrawbridgeError {
  return new DrawbridgeError('login_required', {
    description: 'The provider gave no refresh token, so this grant can’t be renewed without you.',
    hint: refreshTokenHint(provider),
  });
}

function otherProvider(): DrawbridgeError {
  return new DrawbridgeError('login_required', { detail: 'the provider of this id is another one now' });
}
