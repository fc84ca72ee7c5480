import { nowSeconds } from '../clock.ts';
import { DrawbridgeError, errorData, errorFrom } from '../errors.ts';
import { type LogFields, log } from '../log.ts';
import { ProviderRequests } from '../oauth/provider-requests.ts';
import { RefreshTokenSpent, refreshTokens } from '../oauth/refresh.ts';
import type { Provider } from '../providers/provider.ts';
import type { RefreshResult } from './apply-outcome.ts';
import { isLive } from './freshness.ts';
import { type Grant, refreshedGrant } from './grant.ts';

/** Pauses before the second and third attempt of a refresh that a user waits for, in milliseconds. */
const PAUSES_MS = [200, 600];
/** No more attempts after this time, in milliseconds: nobody waits longer. */
const PATIENCE_MS = 12_000;

/**
 * Asks the provider for a new access token, after `decideRefresh` has allowed it. While the old token is valid, there is
 * one attempt. After it has expired, a provider that can't be reached is asked up to three times.
 *
 * If the connection breaks, we don't know whether the refresh token was used up. It is sent again anyway: if the request
 * was lost, the token is still good, and if the response was lost, most providers that rotate tokens allow a grace
 * period. At the others, the grant was lost with the response. It is not sent again after its successor has arrived.
 *
 * Logged with `facts`, which name the session or the connection. Never throws: the error is in the result
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
      return refreshedGrant(grant, response, { now: nowSeconds(), assumed });
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
