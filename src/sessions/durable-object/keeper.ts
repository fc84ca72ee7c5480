import { DurableObject } from 'cloudflare:workers';
import { DrawbridgeError, errorData } from '../../errors.ts';
import { applyOutcome, errorFor, type RefreshResult } from '../../grants/apply-outcome.ts';
import { decideRefresh, type Force } from '../../grants/decide-refresh.ts';
import type { Grant, GrantVersion } from '../../grants/grant.ts';
import { faultsOf, type HistoryEvent, withEvent } from '../../grants/history.ts';
import { refreshGrant } from '../../grants/refresh-grant.ts';
import type { Retry } from '../../grants/retries.ts';
import { revokeGrants } from '../../grants/revoke-grants.ts';
import { type LogFields, log } from '../../log.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Env } from '../../settings/env.ts';
import { loadSettings } from '../../settings/load-settings.ts';
import type { ServerBindings, Settings } from '../../settings/settings.ts';
import { SingleFlight } from '../../single-flight.ts';
import {
  type Ending,
  grantOf,
  hasEnded,
  isOfAnotherIssuer,
  type Session,
  sessionAfter,
  usedNow,
} from '../session.ts';
import { keptFresh } from './keep-fresh.ts';
import { KeeperRecord } from './keeper-record.ts';
import type { Inspected, Keeper, Outcome } from './keeper-store.ts';
import { KvCopy } from './kv-copy.ts';

/** The largest record that is kept, in bytes sealed; a value in the object's storage may have 2 MB. */
const RECORD_LIMIT_BYTES = 1_500_000;
/** When the alarm could not do its work at all, in seconds. */
const ALARM_RETRY_SECONDS = 300;

/** How long KV is given before the alarm sees to it, in milliseconds. */
const SAFETY_MS = 5000;

/** The name of this object, for an alarm that wakes it by its id alone. */
const NAME = 'name';
/** In an object that stands for a message: until when it counts as taken, in seconds since the epoch. */
const TAKEN_UNTIL = 'taken_until';

const HISTORY = 'history';
const RETRY = 'retry:';

/** The session after a refresh, and what the provider said. */
interface Refreshed {
  readonly session: Session | undefined;
  readonly result: RefreshResult;
}

/**
 * One session: the truth, and its only writer. The record is sealed in the object's own storage; KV gets a copy.
 *
 * Requests to one object interleave at every `await`, so `#change` starts anew when another change came between.
 */
export class SessionKeeper extends DurableObject<Env> implements Keeper {
  readonly #store: SyncKvStorage;
  readonly #hash: string;
  readonly #record: KeeperRecord;
  readonly #copy: KvCopy;
  readonly #refreshes = new SingleFlight<string, Refreshed>();
  /** What a refresh yields after the end is revoked, as the tokens of the session were. */
  #revokesLate = true;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = ctx.storage.kv;
    this.#hash = ctx.id.name ?? this.#store.get<string>(NAME) ?? '';
    this.#record = new KeeperRecord(this.#store, this.#hash, () => this.#settings);
    this.#copy = new KvCopy(this.#store, this.#hash);
  }

  async create(session: Session): Promise<Outcome> {
    await this.#record.open();
    const sealed = await this.#record.seal(session);
    if (sealed.length > RECORD_LIMIT_BYTES) {
      const error = new DrawbridgeError('session_too_large', {
        title: 'The session is too large',
        description: 'The tokens of this session are larger than what a server-side session may hold.',
        hint: 'Ask the provider for less: fewer scopes, fewer claims in the ID token.',
        detail: `${sealed.length} bytes`,
      });
      return { session: undefined, error: errorData(error) };
    }
    this.#store.put(NAME, this.#hash);
    this.#keep(session, sealed);
    return { session };
  }

  async read() {
    const before = await this.#live();
    const session = before && (await this.#change((latest) => usedNow(latest, nowSeconds(), this.#settings)));
    return { session, extended: session?.expires_at !== before?.expires_at };
  }

  async refresh(
    providerId: string,
    { force, seen }: { force: Force; seen: GrantVersion | undefined },
  ): Promise<Outcome> {
    const session = await this.#live();
    if (!session) return { session };
    const provider = this.#settings.providers.get(providerId);
    const grant = grantOf(session, providerId);
    if (!provider) return { session, error: errorData(new DrawbridgeError('unknown_provider')) };
    if (!grant) return { session, error: errorData(new DrawbridgeError('login_required')) };
    const { refreshMarginSeconds: margin } = this.#settings;
    const retry = this.#retryOf(providerId);
    const decision = decideRefresh(grant, provider, { now: nowSeconds(), margin, force, seen, retry });
    if (decision.kind === 'refuse') return { session, error: errorData(decision.error) };
    if (decision.kind === 'ended') {
      const left = await this.#change((latest) => sessionAfter(latest, providerId, undefined));
      return { session: left, error: errorData(decision.error) };
    }
    if (decision.kind === 'serve' && !this.#refreshes.has(providerId)) return { session };
    const { session: after, result } = await this.#refreshShared(provider, grant, force);
    const error = errorFor(result, grant, { force, now: nowSeconds() });
    return { session: after, ...(error && { error: errorData(error) }) };
  }

  async alive(): Promise<boolean> {
    const session = await this.#record.open();
    return session !== undefined && !hasEnded(session, nowSeconds(), this.#settings);
  }

  async inspect(): Promise<Inspected | undefined> {
    const session = await this.#live();
    const bytes = this.#record.sealed?.length ?? 0;
    return session && { session, history: this.#history, bytes };
  }

  async reseal(): Promise<boolean> {
    await this.#record.open();
    const wasOld = this.#record.isSealedWithOldKey;
    await this.#change((latest) => latest);
    return wasOld;
  }

  async handOver(): Promise<Session | undefined> {
    await this.#refreshes.settled();
    const session = await this.#live();
    this.#forget();
    return session;
  }

  async end({ revoke, flow }: Ending): Promise<void> {
    const session = await this.#record.open();
    this.#revokesLate = revoke;
    this.#forget();
    // It has ended by now, whatever the providers say.
    if (session && revoke) await this.#revoke(session.grants, { flow });
  }

  async takeOnce(until: number): Promise<boolean> {
    if (await this.isTaken()) return false;
    this.#store.put(TAKEN_UNTIL, until);
    await this.ctx.storage.setAlarm(until * 1000);
    return true;
  }

  async isTaken(): Promise<boolean> {
    return (this.#store.get<number>(TAKEN_UNTIL) ?? 0) > nowSeconds();
  }

  async giveBack(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  /** Ends what has reached its end, brings KV up to date, keeps fresh what is to be kept fresh. */
  override async alarm(): Promise<void> {
    try {
      const session = await this.#live();
      const { endsAt } = this.#record;
      // A record that can't be opened is kept for a secret that may come back, but no longer than it would live.
      if (!session && endsAt !== undefined && endsAt <= nowSeconds()) this.#forget();
      if (session) await this.#keepFresh(session);
      await this.#follow();
    } catch (error) {
      log('alarm_failed', { session: this.#shortHash, detail: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + ALARM_RETRY_SECONDS * 1000);
    }
  }

  get #settings(): Settings {
    return loadSettings(this.env);
  }

  get #shortHash(): string {
    return this.#hash.slice(0, 12);
  }

  /** The session, if it has not reached one of its ends. */
  async #live(): Promise<Session | undefined> {
    const session = await this.#record.open();
    if (!session) return undefined;
    if (hasEnded(session, nowSeconds(), this.#settings)) this.#forget();
    else if (isOfAnotherIssuer(session, this.#settings.providers)) await this.end({ revoke: true });
    return this.#record.held;
  }

  /**
   * Changes the session; undefined if it has ended, meanwhile or by the change. Sealing takes its time, so a change that
   * was overtaken by another is made again. It is stored before anyone sees it, and with it the event it stems from.
   */
  async #change(
    change: (latest: Session) => Session | undefined,
    event?: HistoryEvent,
  ): Promise<Session | undefined> {
    for (;;) {
      const before = await this.#record.open();
      if (!before) return undefined;
      const after = change(before);
      if (!after) {
        this.#forget();
        return undefined;
      }
      if (after === before && !this.#record.isSealedWithOldKey) {
        if (event) this.#add(event);
        return before;
      }
      const sealed = await this.#record.seal(after);
      if (this.#record.held !== before) continue;
      if (event) this.#add(event);
      this.#keep(after, sealed);
      return after;
    }
  }

  get #history(): readonly HistoryEvent[] {
    return this.#store.get<HistoryEvent[]>(HISTORY) ?? [];
  }

  #add(event: HistoryEvent): void {
    const before = this.#history;
    this.#store.put(HISTORY, withEvent(before, event));
    if (faultsOf(before)[event.provider] !== event.error) this.#copyNow();
  }

  #retryOf(provider: string): Retry | undefined {
    return this.#store.get<Retry>(RETRY + provider);
  }

  #keep(session: Session, sealed: string): void {
    this.#record.keep(session, sealed);
    this.#copyNow();
  }

  #forget(): void {
    if (this.#record.sealed === undefined) return;
    for (const [name] of [...this.#store.list({ prefix: RETRY })]) this.#store.delete(name);
    this.#store.delete(HISTORY);
    this.#record.drop();
    this.#copyNow();
  }

  /** What KV shows has changed. */
  #copyNow(): void {
    this.#copy.markDue();
    this.ctx.waitUntil(this.#follow());
  }

  /** Brings KV up to date as far as it lets us, and sets the alarm for the rest. */
  async #follow(): Promise<void> {
    // First for the case that this object does not live to see the end of it.
    await this.#setAlarm(Date.now() + SAFETY_MS);
    const { tokens } = this.#settings.server as ServerBindings;
    await this.#copy.follow(tokens, () => {
      const { held: session, sealed } = this.#record;
      if (!session || sealed === undefined) return undefined;
      const endsAt = session.created_at + this.#settings.sessionMaxSeconds;
      return { session, sealed, endsAt, faults: faultsOf(this.#history) };
    });
    await this.#setAlarm();
  }

  /** Sets the alarm for the next thing to do. When there is nothing left, the object leaves nothing behind. */
  async #setAlarm(earliest = Date.now()): Promise<void> {
    const { endsAt, held } = this.#record;
    const takenUntil = this.#store.get<number>(TAKEN_UNTIL) ?? 0;
    const kept = held ? keptFresh(held, this.#settings, (id) => this.#retryOf(id)) : [];
    const times = [
      ...(endsAt === undefined ? [] : [endsAt * 1000]),
      ...(takenUntil <= nowSeconds() ? [] : [takenUntil * 1000]),
      ...(this.#copy.dueAt === undefined ? [] : [this.#copy.dueAt]),
      ...kept.map(({ at }) => at * 1000),
    ];
    if (times.length > 0) await this.ctx.storage.setAlarm(Math.max(Math.min(...times), earliest));
    else await this.ctx.storage.deleteAll();
  }

  /** One refresh at a time for a grant, whoever asks; it goes on when they have gone. */
  #refreshShared(provider: Provider, grant: Grant, force: Force): Promise<Refreshed> {
    return this.#refreshes.share(provider.id, () => this.#refreshNow(provider, grant, force));
  }

  async #refreshNow(provider: Provider, grant: Grant, force: Force): Promise<Refreshed> {
    const result = await refreshGrant(provider, grant, { session: this.#shortHash });
    const circumstances = { now: nowSeconds(), random: Math.random(), force };
    const retry = this.#retryOf(provider.id);
    const outcomeFor = (latest: Session | undefined) =>
      applyOutcome(grantOf(latest, provider.id), grant, result, { ...circumstances, retry });
    const { event } = outcomeFor(undefined);
    const founded = this.#record.held;
    const session = await this.#change((latest) => {
      const after = outcomeFor(latest);
      if (after.retry) this.#store.put(RETRY + provider.id, after.retry);
      else this.#store.delete(RETRY + provider.id);
      return sessionAfter(latest, provider.id, after.grant);
    }, event);
    // The session ended while the provider was asked: nobody will use, or end, what it gave.
    if (!session && this.#revokesLate) {
      const others = founded?.grants.filter((held) => held.provider !== provider.id) ?? [];
      await this.#revoke(
        result.kind === 'refreshed' ? [result.grant] : result.kind === 'ended' ? others : [],
      );
    }
    return { session, result };
  }

  #revoke(grants: readonly Grant[], facts: LogFields = {}): Promise<void> {
    return revokeGrants(this.#settings, grants, { ...facts, session: this.#shortHash });
  }

  async #keepFresh(session: Session): Promise<void> {
    for (const { grant, provider, at } of keptFresh(session, this.#settings, (id) => this.#retryOf(id))) {
      // A refresh that fails is retried by the next alarm, or by who needs the token first.
      if (at <= nowSeconds()) await this.#refreshShared(provider, grant, false);
    }
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
