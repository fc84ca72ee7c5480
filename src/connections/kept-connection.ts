import { nowSeconds } from '../clock.ts';
import { DrawbridgeError, errorData } from '../errors.ts';
import { applyOutcome, errorFor, type RefreshResult } from '../grants/apply-outcome.ts';
import { decideRefresh, type Force } from '../grants/decide-refresh.ts';
import { isLive } from '../grants/freshness.ts';
import { type Grant, isSameVersion } from '../grants/grant.ts';
import { withEvent as withHistory } from '../grants/history.ts';
import { refreshGrant } from '../grants/refresh-grant.ts';
import type { Provider } from '../providers/provider.ts';
import type { Settings } from '../settings/settings.ts';
import { SingleFlight } from '../single-flight.ts';
import { type Connection, reauthorizationUri, usedAt, withoutConsent } from './connection.ts';
import type { Presented, Use, Used, UsedGrant } from './connections.ts';
import type { KeptRecord } from './kept-record.ts';
import { NarrowTokens } from './narrow-tokens.ts';
import { acceptedKey, narrowerScope, useRefusal } from './use.ts';

/** What came of asking for a fresh grant. */
type Fresh = { readonly grant: UsedGrant } | { readonly error: DrawbridgeError };

/**
 * One connection in use: who may, a token that is fresh, one refresh at a time for all who ask. Uses interleave at every
 * `await`, so what was checked before one is checked again after it.
 */
export class KeptConnection {
  readonly #record: KeptRecord;
  readonly #settings: () => Settings;
  readonly #flights = new SingleFlight<string, RefreshResult>();
  readonly #narrow: NarrowTokens;
  /** The refresh under way: refreshes of any scope use up the same refresh token, so they come one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(record: KeptRecord, settings: () => Settings) {
    this.#record = record;
    this.#settings = settings;
    this.#narrow = new NarrowTokens(record);
  }

  async use(presented: Presented, use: Use): Promise<Used> {
    const connection = await this.#record.live();
    const key = acceptedKey(connection, presented, nowSeconds());
    if (!connection || !key) return { error: errorData(noSuchKey()) };
    const provider = this.#settings().providers.get(connection.provider);
    const refusal = useRefusal(connection, key, use, provider);
    if (refusal) return { error: errorData(refusal) };
    const needsToken = use.kind === 'exchange' || use.provider !== undefined;
    const fresh = needsToken ? await this.#fresh(connection, provider, use) : undefined;
    // protects: keys that end while a request runs
    if (!acceptedKey(await this.#record.live(), presented, nowSeconds()))
      return { error: errorData(noSuchKey()) };
    await this.#record.change((latest) => usedAt(latest, key.id, nowSeconds()));
    if (fresh && 'error' in fresh) return this.#refused(fresh.error);
    const { id, label, owner } = connection;
    return {
      connection: { id, label, owner, provider: connection.provider },
      key: key.id,
      grant: fresh?.grant,
    };
  }

  async isAlive(presented: Presented): Promise<boolean> {
    return acceptedKey(await this.#record.live(), presented, nowSeconds()) !== undefined;
  }

  /** Refreshes grants with `keep_fresh` in the background. */
  async keepFresh(provider: Provider, grant: Grant): Promise<void> {
    await this.#refresh(provider, grant, false);
  }

  /** The provider has ended the grant: no new request is made, and the answer says where a new consent begins. */
  async #refused(error: DrawbridgeError): Promise<Used> {
    const connection = await this.#record.live();
    const uri = error.code === 'invalid_grant' && connection ? reauthorizationUri(connection) : undefined;
    return { error: errorData(error), reauthorization_uri: uri };
  }

  async #fresh(connection: Connection, provider: Provider | undefined, use: Use): Promise<Fresh> {
    const { grant } = connection;
    if (!provider) return { error: new DrawbridgeError('unknown_provider') };
    if (!grant) return { error: consentEnded() };
    const margin = Math.max(
      this.#settings().refreshMarginSeconds,
      use.kind === 'exchange' ? (use.min_ttl ?? 0) : 0,
    );
    const scope = narrowerScope(connection, use);
    if (scope !== undefined) return this.#narrowed(provider, scope, margin);
    const force: Force = use.kind === 'relay' && use.rejected !== undefined ? 'rejected' : false;
    const seen = use.kind === 'relay' ? use.rejected : undefined;
    const now = nowSeconds();
    const decision = decideRefresh(grant, provider, { now, margin, force, seen, retry: connection.retry });
    switch (decision.kind) {
      case 'serve':
        return this.#served(grant, now);
      case 'ended':
        return this.#ended(decision.error);
      case 'refuse':
        return grant.refresh_token === undefined ? this.#served(grant, now) : { error: decision.error };
      case 'refresh':
        return this.#refreshed(provider, grant, force);
      default:
        return decision satisfies never;
    }
  }

  /** The current token; if it has expired and can't be refreshed, a new consent is needed. */
  async #served(grant: Grant, now: number): Promise<Fresh> {
    if (isLive(grant, now) || grant.refresh_token !== undefined) return { grant: usable(grant) };
    return this.#ended(new DrawbridgeError('login_required', { detail: 'the refresh token is used up' }));
  }

  async #ended(error: DrawbridgeError): Promise<Fresh> {
    const reason = error.providerError ?? error.code;
    await this.#record.change((latest) => withoutConsent(latest, reason, nowSeconds()));
    return { error: consentEnded() };
  }

  async #refreshed(provider: Provider, asked: Grant, force: Force): Promise<Fresh> {
    const result = await this.#refresh(provider, asked, force);
    const connection = await this.#record.live();
    const grant = connection?.grant;
    if (!grant) return { error: consentEnded() };
    const error = errorFor(result, asked, { force, now: nowSeconds() });
    if (!error || (grant !== asked && isLive(grant, nowSeconds()))) return { grant: usable(grant) };
    if (grant.refresh_token === undefined && !isLive(grant, nowSeconds())) return this.#ended(error);
    return { error };
  }

  /** One refresh at a time, however many ask. It continues if their clients disconnect. */
  #refresh(provider: Provider, asked: Grant, force: Force): Promise<RefreshResult> {
    return this.#flights.share('refresh', () =>
      this.#inTurn(async () => {
        const held = this.#record.held?.grant;
        // What came while this one waited for its turn will do.
        if (held && !isSameVersion(held, asked)) return { kind: 'refreshed', grant: held };
        const result = await refreshGrant(provider, held ?? asked, this.#record.facts);
        await this.#store(held ?? asked, result, force);
        return result;
      }),
    );
  }

  async #store(asked: Grant, result: RefreshResult, force: Force): Promise<void> {
    const connection = await this.#record.change((latest) => afterRefresh(latest, asked, result, force));
    // The connection ended while the provider was asked: nobody will use, or end, what it gave.
    if (!connection && result.kind === 'refreshed') await this.#record.revoke(result.grant);
  }

  async #narrowed(provider: Provider, scope: string, margin: number): Promise<Fresh> {
    const known = this.#narrow.get(scope, nowSeconds(), margin);
    if (known) return { grant: known };
    const result = await this.#flights.share(`scope ${scope}`, () =>
      this.#inTurn(() => this.#narrow.ask(provider, scope)),
    );
    if (result.kind === 'refreshed') return { grant: usable(result.grant) };
    if (result.kind === 'ended' || result.kind === 'spent') return this.#ended(result.error);
    return { error: result.error };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

/** Pure but for time and chance: the connection after a refresh. */
function afterRefresh(connection: Connection, asked: Grant, result: RefreshResult, force: Force): Connection {
  const now = nowSeconds();
  const circumstances = { now, random: Math.random(), force, retry: connection.retry };
  const { grant, retry, event } = applyOutcome(connection.grant, asked, result, circumstances);
  const after = { ...connection, grant, retry, history: withHistory(connection.history, event) };
  if (grant !== undefined || result.kind !== 'ended') return after;
  return withoutConsent(after, result.error.providerError ?? result.error.code, now);
}

function usable(grant: Grant): UsedGrant {
  const { provider, access_token, token_type, scope, expires_at, dpop_key, state, refresh_count } = grant;
  return { provider, access_token, token_type, scope, expires_at, dpop_key, state, refresh_count };
}

function noSuchKey(): DrawbridgeError {
  return new DrawbridgeError('invalid_token', { detail: 'no such connection or key' });
}

function consentEnded(): DrawbridgeError {
  return new DrawbridgeError('invalid_grant', {
    description: 'The provider has ended this connection’s access.',
    hint: 'The owner of the connection can reconnect it at `reauthorization_uri`.',
  });
}
