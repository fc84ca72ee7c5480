import { DrawbridgeError, errorFrom } from '../errors.ts';
import { refreshTokenHint } from '../oauth/provider-hints.ts';
import type { Provider } from '../providers/provider.ts';
import { isDue, isLive } from './freshness.ts';
import { type Grant, type GrantVersion, isGrantOf, isSameVersion } from './grant.ts';
import type { Retry } from './retries.ts';

/**
 * Why a refresh is requested. `false`: only if the access token is about to expire. `true`: a user asked for it.
 * `'rejected'`: a resource server answered 401 to the access token.
 */
export type Force = boolean | 'rejected';

/** What to do before a grant is used. */
export type RefreshDecision =
  /** Use it as it is. */
  | { readonly kind: 'serve' }
  | { readonly kind: 'refresh' }
  /** The provider can't be asked now, and the current grant can't be used. */
  | { readonly kind: 'refuse'; readonly error: DrawbridgeError }
  /** The grant is no longer usable: drop it. */
  | { readonly kind: 'ended'; readonly error: DrawbridgeError };

interface Circumstances {
  /** Seconds since the epoch. */
  readonly now: number;
  /** `REFRESH_MARGIN_SECONDS` */
  readonly margin: number;
  readonly force: Force;
  /** The version that the caller has used. If there is a newer one, a forced refresh returns that. */
  readonly seen?: GrantVersion | undefined;
  /** When the provider may be asked again, after it failed. */
  readonly retry: Retry | undefined;
}

/** How long a token is not replaced if it came from a refresh after a rejection, in seconds. */
const REJECTED_PAUSE_SECONDS = 300;

/**
 * Pure: is a refresh due, is it allowed, or must we wait? Every store of grants decides it here. Errors:
 * `login_required`, or the provider's last error.
 */
export function decideRefresh(grant: Grant, provider: Provider, when: Circumstances): RefreshDecision {
  if (!isGrantOf(grant, provider)) return { kind: 'ended', error: otherProvider() };
  const { now, margin, force, retry } = when;
  const isForced = isWanted(grant, when);
  if (!isForced && !isDue(grant, now, margin)) return { kind: 'serve' };
  if (grant.refresh_token === undefined) return { kind: 'refuse', error: notRefreshable(grant, provider) };
  const isWaiting = retry !== undefined && retry.at > now && (force !== true || retry.asked === true);
  if (!isWaiting) return { kind: 'refresh' };
  if (!isForced && isLive(grant, now)) return { kind: 'serve' };
  return { kind: 'refuse', error: errorFrom({ ...retry.error, ...remaining(retry, now) }) };
}

/** True if the caller wants a new token, and this grant is not yet the result of that request. */
function isWanted(grant: Grant, { now, force, seen }: Circumstances): boolean {
  if (force === false || (seen !== undefined && !isSameVersion(grant, seen))) return false;
  if (force === true) return true;
  return grant.rejected_at === undefined || grant.rejected_at + REJECTED_PAUSE_SECONDS <= now;
}

function remaining({ at, asked }: Retry, now: number): { retryAfter?: number } {
  return asked ? { retryAfter: Math.ceil(at - now) } : {};
}

/** The error for a grant without a refresh token: why it has none, and what to do. */
export function notRefreshable({ spent }: Pick<Grant, 'spent'>, provider: Provider): DrawbridgeError {
  if (spent) {
    return new DrawbridgeError('login_required', {
      description: 'The last refresh used up the refresh token, but its response could not be accepted.',
      hint: 'Sign in again. The log says what was wrong with the response.',
    });
  }
  return new DrawbridgeError('login_required', {
    description: 'The provider issued no refresh token, so this grant can’t be renewed without you.',
    hint: refreshTokenHint(provider),
  });
}

function otherProvider(): DrawbridgeError {
  return new DrawbridgeError('login_required', { detail: 'this id now belongs to a different provider' });
}
