import { DrawbridgeError, errorData, errorFrom } from '../errors.ts';
import { type LogFields, log } from '../log.ts';
import { ProviderRequests } from '../oauth/provider-requests.ts';
import { RefreshTokenSpent, refreshTokens } from '../oauth/refresh.ts';
import type { Provider } from '../providers/provider.ts';
import type { RefreshResult } from './apply-outcome.ts';
import { isLive } from './freshness.ts';
import { type Grant, refreshedGrant } from './grant.ts';

/** Pauses before the second and third try of a refresh that somebody waits for, in milliseconds. */
const PAUSES_MS = [200, 600];
/** No further try once so much time is gone, in milliseconds: nobody waits that long. */
const PATIENCE_MS = 12_000;

/**
 * Asks the provider for a new access token; `decideRefresh` has said that it may be asked. While the old one lives,
 * there is one try. Once it has ended there is nothing else to serve, so a provider that can't be reached is asked up
 * to three times.
 *
 * A connection that breaks leaves open whether the refresh token was used up. It is sent again all the same: if
 * the request was lost it is good, and providers that rotate allow for a lost answer with a time of grace; where
 * one does not, the grant was lost with the answer. It is not sent again once an answer brought its successor.
 *
 * Logged with `facts`, which name the session or the connection. Never throws: what went wrong is in the result
 * (`login_required`, `provider_unreachable`, `token_request_failed`, `token_response_invalid`, `id_token_invalid`).
 */
export async function refreshGrant(
  provider: Provider,
  grant: Grant,
  facts: LogFields,
): Promise<RefreshResult> {
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
    return { kind: 'refreshed', grant: renewed };
  } catch (error) {
    const { code, detail } = errorData(error);
    log('refresh_failed', { ...line(), error: code, detail });
    return resultOf(error);
  }
}

function resultOf(error: unknown): RefreshResult {
  if (error instanceof RefreshTokenSpent) return { kind: 'spent', error, successor: error.successor };
  const known = error instanceof DrawbridgeError ? error : errorFrom(errorData(error));
  return { kind: known.code === 'login_required' ? 'ended' : 'failed', error: known };
}

async function untilRefreshed(requests: ProviderRequests, grant: Grant, started: number): Promise<Grant> {
  const assumed = requests.provider.assumed_expires_in;
  const pauses = isLive(grant, started / 1000) ? [] : PAUSES_MS;
  for (let failures = 0; ; failures++) {
    try {
      const response = await refreshTokens(requests, grant.refresh_token ?? '', grant);
      return refreshedGrant(grant, response, { now: Math.floor(Date.now() / 1000), assumed });
    } catch (error) {
      const pause = pauses[failures];
      if (pause === undefined || !isTransient(error) || Date.now() - started > PATIENCE_MS) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)));
    }
  }
}

function isTransient(error: unknown): boolean {
  return (
    error instanceof DrawbridgeError &&
    error.code === 'provider_unreachable' &&
    error.retryAfter === undefined &&
    !(error instanceof RefreshTokenSpent)
  );
}
