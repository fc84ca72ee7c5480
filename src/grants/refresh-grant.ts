import { DrawbridgeError, errorData } from '../errors.ts';
import { type LogFields, log } from '../log.ts';
import { refreshTokenHint } from '../oauth/provider-hints.ts';
import { ProviderRequests } from '../oauth/provider-requests.ts';
import { RefreshTokenSpent, refreshTokens } from '../oauth/refresh.ts';
import type { Provider } from '../providers/provider.ts';
import { grantOf, type Session, withGrant, withoutGrant } from '../sessions/session.ts';
import { isLive } from './freshness.ts';
import { type Grant, refreshedGrant } from './grant.ts';

/** Pauses before the second and third try of a refresh that somebody waits for, in milliseconds. */
const PAUSES_MS = [200, 600];
/** No further try once so much time is gone, in milliseconds: nobody waits that long. */
const PATIENCE_MS = 12_000;

/**
 * The grant, refreshed. While its access token lives, there is one try. Once it has ended there is nothing else
 * to serve, so a provider that can't be reached is asked up to three times.
 *
 * A connection that breaks leaves open whether the refresh token was used up. It is sent again all the same: if
 * the request was lost it is good, and providers that rotate allow for a lost answer with a time of grace; where
 * one does not, the grant was lost with the answer. It is not sent again once an answer brought its successor.
 *
 * Logged with `facts`, which name the session.
 *
 * Throws `login_required` (the grant has ended or can't be refreshed), `RefreshTokenSpent`,
 * `provider_unreachable`, `token_request_failed`, `token_response_invalid`; see `sessionAfter`.
 */
export async function refreshGrant(provider: Provider, grant: Grant, facts: LogFields): Promise<Grant> {
  const requests = new ProviderRequests(provider, { record: false });
  const started = Date.now();
  const line = () => ({
    ...facts,
    provider: provider.id,
    duration_ms: Date.now() - started,
    provider_requests: requests.count,
  });
  try {
    const renewed = await untilRefreshed(requests, grant, started);
    log('refresh_finished', line());
    return renewed;
  } catch (error) {
    const { code, detail } = errorData(error);
    log('refresh_failed', { ...line(), error: code, detail });
    throw error;
  }
}

async function untilRefreshed(requests: ProviderRequests, grant: Grant, started: number): Promise<Grant> {
  const refreshToken = sendable(requests.provider, grant);
  const pauses = isLive(grant, started / 1000) ? [] : PAUSES_MS;
  for (let failures = 0; ; failures++) {
    try {
      const response = await refreshTokens(requests, refreshToken, grant);
      return refreshedGrant(grant, response, Math.floor(Date.now() / 1000));
    } catch (error) {
      const pause = pauses[failures];
      if (pause === undefined || !isTransient(error) || Date.now() - started > PATIENCE_MS) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)));
    }
  }
}

/** The refresh token, if there is one and the provider is still the one that gave it. Throws `login_required`. */
function sendable(provider: Provider, grant: Grant): string {
  if (grant.refresh_token === undefined) {
    throw new DrawbridgeError('login_required', {
      description: 'The provider gave no refresh token, so this grant can’t be renewed without you.',
      hint: refreshTokenHint(provider),
    });
  }
  if (grant.issuer !== provider.issuer) {
    throw new DrawbridgeError('login_required', { detail: 'the provider of this id is another one now' });
  }
  return grant.refresh_token;
}

function isTransient(error: unknown): boolean {
  return (
    error instanceof DrawbridgeError &&
    error.code === 'provider_unreachable' &&
    !(error instanceof RefreshTokenSpent)
  );
}

/** True if both are the same version of the same grant: no login and no refresh lies between them. */
export function isSameVersion(a: Grant, b: Grant): boolean {
  return a.state === b.state && a.refresh_count === b.refresh_count;
}

/**
 * What a failed refresh leaves of a session: without the grant when the provider has ended it, the grant without
 * its refresh token when that is used up, else the very same session.
 */
export function sessionAfter(error: unknown, session: Session, grant: Grant): Session {
  const held = grantOf(session, grant.provider);
  if (!held || !isSameVersion(held, grant)) return session;
  if (held.refresh_token === undefined) return session;
  if (error instanceof RefreshTokenSpent) return withGrant(session, { ...held, refresh_token: undefined });
  const ended = error instanceof DrawbridgeError && error.code === 'login_required';
  return ended ? withoutGrant(session, grant.provider) : session;
}

/** True if the old access token does for a caller whose refresh failed. `now` in seconds. */
export function mayServeOld(
  error: unknown,
  grant: Grant,
  { force, now }: { force: boolean; now: number },
): boolean {
  const ended = error instanceof DrawbridgeError && error.code === 'login_required';
  return !ended && !force && isLive(grant, now);
}
