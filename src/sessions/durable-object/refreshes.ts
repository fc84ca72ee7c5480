import { nowSeconds } from '../../clock.ts';
import { applyOutcome, type RefreshResult } from '../../grants/apply-outcome.ts';
import type { Force } from '../../grants/decide-refresh.ts';
import type { Grant } from '../../grants/grant.ts';
import { type HistoryEvent, withEvent } from '../../grants/history.ts';
import { refreshGrant } from '../../grants/refresh-grant.ts';
import type { Retry } from '../../grants/retries.ts';
import type { LogFields } from '../../log.ts';
import type { KeptValue } from '../../objects/kept-value.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Settings } from '../../settings/settings.ts';
import { SingleFlight } from '../../single-flight.ts';
import { grantOf, type Session, sessionAfter } from '../session.ts';
import { keptFresh } from './keep-fresh.ts';
import type { KeptSession } from './kept-session.ts';

/** The session after a refresh, and what the provider said. */
interface Refreshed {
  readonly session: Session | undefined;
  readonly result: RefreshResult;
}

/** Refreshes of the grants of one session: one at a time per grant, however many ask. */
export class SessionRefreshes {
  readonly #kept: KeptValue<KeptSession>;
  readonly #facts: LogFields;
  readonly #revoke: (grants: readonly Grant[]) => Promise<void>;
  readonly #flights = new SingleFlight<string, Refreshed>();

  /** `revoke` gets what is left over when a session has ended meanwhile; log lines have `facts`. */
  constructor(
    kept: KeptValue<KeptSession>,
    { facts, revoke }: { facts: LogFields; revoke: (grants: readonly Grant[]) => Promise<void> },
  ) {
    this.#kept = kept;
    this.#facts = facts;
    this.#revoke = revoke;
  }

  /** True while a grant of that provider is being refreshed. */
  has(provider: string): boolean {
    return this.#flights.has(provider);
  }

  /** True while any grant is being refreshed. */
  get isBusy(): boolean {
    return this.#flights.isBusy;
  }

  /** Resolves when the refreshes under way have ended, however they did. */
  settled(): Promise<void> {
    return this.#flights.settled();
  }

  retryOf(provider: string): Retry | undefined {
    return this.#kept.held?.retries[provider];
  }

  /** Refreshes a grant, or joins the refresh under way. It continues if the clients that asked disconnect. */
  share(provider: Provider, grant: Grant, force: Force): Promise<Refreshed> {
    return this.#flights.share(provider.id, () => this.#refresh(provider, grant, force));
  }

  /** Refreshes what is due of the grants with `keep_fresh`. */
  async keepFresh(
    session: Session,
    settings: Pick<Settings, 'providers' | 'refreshMarginSeconds'>,
  ): Promise<void> {
    for (const { grant, provider, at } of keptFresh(session, settings, (id) => this.retryOf(id))) {
      // A refresh that fails is retried by the next alarm, or by the next request that needs the token.
      if (at <= nowSeconds()) await this.share(provider, grant, false);
    }
  }

  async #refresh(provider: Provider, grant: Grant, force: Force): Promise<Refreshed> {
    const result = await refreshGrant(provider, grant, this.#facts);
    const circumstances = { now: nowSeconds(), random: Math.random(), force };
    let last: Session | undefined;
    const kept = await this.#kept.change((latest) => {
      last = latest.session;
      const retry = latest.retries[provider.id];
      const held = grantOf(latest.session, provider.id);
      const after = applyOutcome(held, grant, result, { ...circumstances, retry });
      const session = held ? sessionAfter(latest.session, provider.id, after.grant) : latest.session;
      return session && withOutcome({ ...latest, session }, provider.id, after);
    });
    // protects: late revocation
    // Nobody would use or revoke tokens that arrive for a session that has ended.
    if (!kept) await this.#revoke(leftOver(result, last));
    return { session: kept?.session, result };
  }
}

function withOutcome(
  kept: KeptSession,
  provider: string,
  { retry, event }: { readonly retry?: Retry | undefined; readonly event: HistoryEvent },
): KeptSession {
  const { [provider]: _, ...others } = kept.retries;
  return {
    ...kept,
    history: withEvent(kept.history, event),
    retries: retry ? { ...others, [provider]: retry } : others,
  };
}

/** What is left to revoke: the grant that came too late, or those that ended with the founding one. */
function leftOver(result: RefreshResult, last: Session | undefined): readonly Grant[] {
  if (result.kind === 'refreshed') return [result.grant];
  return last?.grants.filter(({ provider }) => provider !== last.provider) ?? [];
}
