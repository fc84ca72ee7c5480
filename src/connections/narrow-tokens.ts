import { nowSeconds } from '../clock.ts';
import { DrawbridgeError, errorData, errorFrom } from '../errors.ts';
import type { RefreshResult } from '../grants/apply-outcome.ts';
import { isDue, isLive } from '../grants/freshness.ts';
import { type Grant, refreshedGrant } from '../grants/grant.ts';
import { log } from '../log.ts';
import { ProviderRequests } from '../oauth/provider-requests.ts';
import { RefreshTokenSpent, refreshTokens } from '../oauth/refresh.ts';
import type { Provider } from '../providers/provider.ts';
import type { KeptRecord } from './kept-record.ts';

/** As many scopes are remembered for one connection; the oldest make room. */
const MOST = 10;

/**
 * Access tokens with fewer scopes than the connection's (RFC 6749 §6). They live in memory alone: a refresh brings
 * another. The refresh token that comes with one is stored; the connection's own access token stays.
 */
export class NarrowTokens {
  readonly #record: KeptRecord;
  readonly #held = new Map<string, Grant>();

  constructor(record: KeptRecord) {
    this.#record = record;
  }

  /** A token for exactly this scope, if there is one that lives long enough. `now` and `margin` in seconds. */
  get(scope: string, now: number, margin: number): Grant | undefined {
    const grant = this.#held.get(scope);
    // One of an earlier consent is gone with it.
    if (!grant || grant.state !== this.#record.held?.grant?.state) return undefined;
    return isLive(grant, now) && !isDue(grant, now, margin) ? grant : undefined;
  }

  /** Asks the provider for one. Never throws: what went wrong is in the result. */
  async ask(provider: Provider, scope: string): Promise<RefreshResult> {
    const grant = this.#record.held?.grant;
    if (grant?.refresh_token === undefined) {
      return { kind: 'ended', error: new DrawbridgeError('login_required', { detail: 'no refresh token' }) };
    }
    try {
      const requests = new ProviderRequests(provider, { record: false });
      const response = await refreshTokens(requests, grant.refresh_token, grant, { scope });
      const now = nowSeconds();
      const renewed = refreshedGrant({ ...grant, scope }, response, {
        now,
        assumed: provider.assumed_expires_in,
      });
      await this.#record.change((latest) =>
        latest.grant?.state === grant.state
          ? { ...latest, grant: { ...latest.grant, refresh_token: renewed.refresh_token } }
          : latest,
      );
      this.#keep(scope, renewed);
      log('refresh_finished', { ...this.#record.facts, provider: provider.id });
      return { kind: 'refreshed', grant: renewed };
    } catch (error) {
      const { code, detail } = errorData(error);
      log('refresh_failed', { ...this.#record.facts, provider: provider.id, error: code, detail });
      const known = error instanceof DrawbridgeError ? error : errorFrom(errorData(error));
      if (known instanceof RefreshTokenSpent)
        return { kind: 'spent', error: known, successor: known.successor };
      return { kind: known.code === 'login_required' ? 'ended' : 'failed', error: known };
    }
  }

  #keep(scope: string, grant: Grant): void {
    this.#held.delete(scope);
    if (this.#held.size >= MOST) this.#held.delete(this.#held.keys().next().value as string);
    this.#held.set(scope, grant);
  }
}
