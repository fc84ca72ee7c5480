import { DurableObject } from 'cloudflare:workers';
import { DrawbridgeError, errorData } from '../../errors.ts';
import { isDue, isLive } from '../../grants/freshness.ts';
import type { Grant } from '../../grants/grant.ts';
import { failedRefresh, History, type HistoryEvent } from '../../grants/history.ts';
import { isSameVersion, mayServeOld, refreshGrant, sessionAfter } from '../../grants/refresh-grant.ts';
import { Retries } from '../../grants/retries.ts';
import { revokeGrants } from '../../grants/revoke-grants.ts';
import { type LogFields, log } from '../../log.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Env } from '../../settings/env.ts';
import { loadSettings, type ServerBindings, type Settings } from '../../settings/settings.ts';
import { SingleFlight } from '../../single-flight.ts';
import { type Ending, grantOf, hasEnded, type Session, usedNow, withGrant } from '../session.ts';
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
  readonly #refreshes = new SingleFlight<string, Session | undefined>();
  readonly #retries: Retries;
  readonly #history: History;
  /** What a refresh yields after the end is revoked, as the tokens of the session were. */
  #revokesLate = true;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = ctx.storage.kv;
    this.#hash = ctx.id.name ?? this.#store.get<string>(NAME) ?? '';
    this.#record = new KeeperRecord(this.#store, this.#hash, () => this.#settings);
    this.#copy = new KvCopy(this.#store, this.#hash);
    this.#retries = new Retries(this.#store);
    this.#history = new History(this.#store);
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

  async refresh(providerId: string, { force, seen }: { force: boolean; seen: number }): Promise<Outcome> {
    const session = await this.#live();
    if (!session) return { session };
    const provider = this.#settings.providers.get(providerId);
    const grant = grantOf(session, providerId);
    if (!provider) return { session, error: errorData(new DrawbridgeError('unknown_provider')) };
    if (!grant) return { session, error: errorData(new DrawbridgeError('login_required')) };
    const wanted = force && grant.refresh_count === seen;
    const now = nowSeconds();
    if (!wanted && !this.#refreshes.has(providerId)) {
      if (!isDue(grant, now, this.#settings.refreshMarginSeconds)) return { session };
      const retry = this.#retries.of(providerId);
      if (retry && retry.at > now) return isLive(grant, now) ? { session } : { session, error: retry.error };
    }
    try {
      return { session: await this.#refreshShared(provider, grant) };
    } catch (error) {
      const left = await this.#live();
      const served = mayServeOld(error, grant, { force, now: nowSeconds() });
      return served ? { session: left } : { session: left, error: errorData(error) };
    }
  }

  async inspect(): Promise<Inspected | undefined> {
    const session = await this.#live();
    const bytes = this.#record.sealed?.length ?? 0;
    return session && { session, history: this.#history.list(), bytes };
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
    if (session && hasEnded(session, nowSeconds(), this.#settings)) this.#forget();
    return this.#record.held;
  }

  /**
   * Changes the session; undefined if it has ended meanwhile. Sealing takes its time, so a change that was
   * overtaken by another is made again. It is stored before anyone sees it, and with it the event that it stems from.
   */
  async #change(change: (latest: Session) => Session, event?: HistoryEvent): Promise<Session | undefined> {
    for (;;) {
      const before = await this.#record.open();
      if (!before) return undefined;
      const after = change(before);
      if (after === before && !this.#record.isSealedWithOldKey) {
        if (event && this.#history.add(event)) this.#copyNow();
        return before;
      }
      const sealed = await this.#record.seal(after);
      if (this.#record.held !== before) continue;
      if (event) this.#history.add(event);
      this.#keep(after, sealed);
      return after;
    }
  }

  #keep(session: Session, sealed: string): void {
    this.#record.keep(session, sealed);
    this.#copyNow();
  }

  #forget(): void {
    if (this.#record.sealed === undefined) return;
    this.#retries.clear();
    this.#history.clear();
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
      return { session, sealed, endsAt, faults: this.#history.faults() };
    });
    await this.#setAlarm();
  }

  /** Sets the alarm for the next thing to do. When there is nothing left, the object leaves nothing behind. */
  async #setAlarm(earliest = Date.now()): Promise<void> {
    const { endsAt, held } = this.#record;
    const takenUntil = this.#store.get<number>(TAKEN_UNTIL) ?? 0;
    const kept = held ? keptFresh(held, this.#settings, this.#retries) : [];
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
  #refreshShared(provider: Provider, grant: Grant): Promise<Session | undefined> {
    return this.#refreshes.share(provider.id, () => this.#refreshNow(provider, grant));
  }

  async #refreshNow(provider: Provider, grant: Grant): Promise<Session | undefined> {
    try {
      const renewed = await refreshGrant(provider, grant, { session: this.#shortHash });
      const event = { event: 'refreshed', provider: provider.id, at: nowSeconds() } as const;
      const session = await this.#change((latest) => withRenewed(latest, grant, renewed), event);
      this.#retries.done(provider.id);
      // The session ended while the provider was asked: nobody will use, or end, what it gave.
      if (!session && this.#revokesLate) await this.#revoke([renewed]);
      return session;
    } catch (error) {
      const event = failedRefresh(provider.id, errorData(error), nowSeconds());
      const session = await this.#change((latest) => sessionAfter(error, latest, grant), event);
      if (grantOf(session, provider.id)) this.#retries.failed(provider.id, errorData(error), nowSeconds());
      throw error;
    }
  }

  #revoke(grants: readonly Grant[], facts: LogFields = {}): Promise<void> {
    return revokeGrants(this.#settings.providers, grants, { ...facts, session: this.#shortHash });
  }

  async #keepFresh(session: Session): Promise<void> {
    for (const { grant, provider, at } of keptFresh(session, this.#settings, this.#retries)) {
      // A refresh that fails is retried by the next alarm, or by who needs the token first.
      if (at <= nowSeconds()) await this.#refreshShared(provider, grant).catch(() => undefined);
    }
  }
}

/** The session with a grant renewed, unless that is another version by now. */
function withRenewed(session: Session, grant: Grant, renewed: Grant): Session {
  const held = grantOf(session, grant.provider);
  return held && isSameVersion(held, grant) ? withGrant(session, renewed) : session;
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
