import { DurableObject } from 'cloudflare:workers';
import { nowSeconds } from '../../clock.ts';
import { DrawbridgeError, errorData } from '../../errors.ts';
import { errorFor } from '../../grants/apply-outcome.ts';
import { decideRefresh, type Force } from '../../grants/decide-refresh.ts';
import type { Grant, GrantVersion } from '../../grants/grant.ts';
import { revokeGrants } from '../../grants/revoke-grants.ts';
import { log } from '../../log.ts';
import { KeptValue } from '../../objects/kept-value.ts';
import type { Resealing } from '../../objects/resealing.ts';
import { readRow } from '../../objects/row.ts';
import type { Env } from '../../settings/env.ts';
import { loadSettings } from '../../settings/load-settings.ts';
import type { ServerBindings } from '../../settings/platform-bindings.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Inspected, Outcome } from '../directory.ts';
import { hasEnded, usedNow } from '../lifetime.ts';
import {
  beganAt,
  type Ending,
  grantOf,
  isMatch,
  isOfAnotherIssuer,
  type Session,
  type SessionMatch,
  sessionAfter,
} from '../session.ts';
import { adoptFirstVersion } from './first-version.ts';
import { type KeptSession, sessionKind } from './kept-session.ts';
import { Message } from './message.ts';
import { SessionRefreshes } from './refreshes.ts';
import type { Reading, SessionObject, Sweep, WantedGrant } from './session-object.ts';
import { mergedGrants } from './successor.ts';
import { SessionVersions } from './versions.ts';

/** The largest record that is kept, in bytes sealed; a value in the object's storage may have 2 MB. */
const RECORD_LIMIT_BYTES = 1_500_000;
/**
 * How long an object remembers that its session has ended, and which one continues it, in seconds: an earlier request
 * or an operator's list may still name it.
 */
const TOMBSTONE_SECONDS = 900;

/**
 * The Durable Object of one session, its source of truth and only writer. Export it from your Worker for the binding
 * `SESSION_KEEPER`. See `KeptValue` for how it is stored.
 */
export class SessionKeeper extends DurableObject<Env> implements SessionObject {
  readonly #name: string;
  readonly #kept: KeptValue<KeptSession>;
  readonly #message: Message;
  readonly #refreshes: SessionRefreshes;
  readonly #versions = new SessionVersions();
  /** How the session has ended. Tokens from a refresh that finishes later are treated the same way. */
  #ending: Ending = { revoke: true };

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { kv } = ctx.storage;
    this.#name = ctx.id.name ?? readRow(kv)?.name ?? kv.get<string>('name') ?? '';
    const before = adoptFirstVersion(ctx.storage, this.#name);
    const settings = () => this.#settings;
    this.#kept = new KeptValue(ctx, this.#name, sessionKind(this.#name, settings, before));
    this.#refreshes = new SessionRefreshes(this.#kept, {
      facts: { session: this.#shortHash },
      revoke: (grants) => this.#revoke(grants),
    });
    this.#message = new Message(ctx.storage, this.#name, settings);
  }

  async create(session: Session, continues?: string): Promise<Outcome> {
    await this.#kept.open();
    if (this.#kept.ended) return { session: undefined };
    const stored = await this.#store(session);
    if (stored.error || continues === undefined) return stored;
    const before = this.#objectOf(continues);
    const { handed, session: last } = await before.handOver(this.#name);
    if (!handed) {
      this.#kept.end({ forSeconds: TOMBSTONE_SECONDS });
      return { session: undefined };
    }
    const after = last && (await this.#change((latest) => mergedGrants(latest, last)));
    return { session: after ?? this.#kept.held?.session };
  }

  async read(wanted?: WantedGrant, seen?: string): Promise<Reading> {
    const before = await this.#live();
    const session = before && (await this.#change((latest) => usedNow(latest, nowSeconds(), this.#settings)));
    const extended = session?.expires_at !== before?.expires_at;
    if (!session) return { session, extended };
    if (!wanted) return this.#versions.reading({ session, extended }, this.#kept.bytes, seen);
    const { force, provider = session.provider } = wanted;
    return { extended, provider, ...(await this.refresh(provider, { force, seen: undefined })) };
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
    const retry = this.#refreshes.retryOf(providerId);
    const decision = decideRefresh(grant, provider, { now: nowSeconds(), margin, force, seen, retry });
    if (decision.kind === 'refuse') return { session, error: errorData(decision.error) };
    if (decision.kind === 'ended') {
      const left = await this.#change((latest) => sessionAfter(latest, providerId, undefined));
      return { session: left, error: errorData(decision.error) };
    }
    if (decision.kind === 'serve' && !this.#refreshes.has(providerId)) return { session };
    const { session: after, result } = await this.#refreshes.share(provider, grant, force);
    const error = errorFor(result, grant, { force, now: nowSeconds() });
    return { session: after, ...(error && { error: errorData(error) }) };
  }

  async alive(): Promise<boolean> {
    const kept = await this.#kept.open();
    return kept !== undefined && !hasEnded(kept.session, nowSeconds(), this.#settings);
  }

  async inspect(): Promise<Inspected | undefined> {
    const session = await this.#live();
    const history = this.#kept.held?.history ?? [];
    return session && { session, history, bytes: this.#kept.bytes };
  }

  reseal(): Promise<Resealing> {
    return this.#kept.reseal();
  }

  async handOver(successor: string) {
    await this.#kept.open();
    if (this.#kept.ended) return { handed: this.#kept.ended.successor === successor, session: undefined };
    let session: Session | undefined;
    do {
      await this.#refreshes.settled();
      session = await this.#live();
    } while (this.#refreshes.isBusy);
    if (!session) return { handed: false, session };
    // protects: tombstones
    this.#kept.end({ successor, forSeconds: TOMBSTONE_SECONDS });
    return { handed: true, session };
  }

  async end(ending: Ending): Promise<Session | undefined> {
    const kept = await this.#kept.open();
    const successor = this.#kept.ended?.successor;
    // protects: successors
    if (successor !== undefined) return this.#objectOf(successor).end(ending);
    this.#ending = ending;
    this.#kept.end({ forSeconds: TOMBSTONE_SECONDS });
    // It has ended by now, whatever the providers say.
    if (kept) await this.#revoke(kept.session.grants);
    return kept?.session;
  }

  async endIf(match: SessionMatch, ending: Ending, before?: number): Promise<Session | undefined> {
    await this.#kept.open();
    const successor = this.#kept.ended?.successor;
    // protects: successors of listed sessions
    if (successor !== undefined) return this.#objectOf(successor).endIf(match, ending, before);
    const session = await this.#live();
    // protects: objects judge for themselves
    if (!session || !isMatch(session, match)) return undefined;
    // protects: sessions that began later
    if (before !== undefined && beganAt(session) > before) return undefined;
    return this.end(ending);
  }

  takeOnce(until: number): Promise<boolean> {
    return this.#message.takeOnce(until);
  }

  isTaken(): Promise<boolean> {
    return this.#message.isTaken();
  }

  giveBack(): Promise<void> {
    return this.#message.giveBack();
  }

  sweepLater(sweep: Sweep): Promise<void> {
    return this.#message.sweepLater(sweep);
  }

  /** Ends what has expired, updates KV, and refreshes grants with `keep_fresh`. */
  override async alarm(invocation?: AlarmInvocationInfo): Promise<void> {
    try {
      if (await this.#message.alarm()) return;
      await this.#kept.alarm(invocation, async () => {
        const session = await this.#live();
        if (session) await this.#refreshes.keepFresh(session, this.#settings);
      });
    } catch (error) {
      log('alarm_failed', { session: this.#shortHash, detail: String(error) });
      this.#kept.retryAlarm();
    }
  }

  get #settings(): Settings {
    return loadSettings(this.env);
  }

  get #shortHash(): string {
    return this.#name.slice(0, 12);
  }

  #objectOf(name: string): SessionObject {
    return (this.#settings.server as ServerBindings).keepers.getByName(name);
  }

  /** The session, if it has not reached one of its ends. */
  async #live(): Promise<Session | undefined> {
    const kept = this.#kept.held ?? (await this.#kept.open());
    if (!kept) return undefined;
    if (hasEnded(kept.session, nowSeconds(), this.#settings)) this.#kept.end({});
    else if (isOfAnotherIssuer(kept.session, this.#settings.providers)) await this.end({ revoke: true });
    return this.#kept.held?.session;
  }

  async #store(session: Session): Promise<Outcome> {
    const kept: KeptSession = { session, history: [], retries: {} };
    const sealed = await this.#kept.seal(kept);
    if (sealed.length > RECORD_LIMIT_BYTES) {
      return { session: undefined, error: errorData(tooLarge(sealed.length)) };
    }
    await this.#kept.create(kept, sealed);
    return { session };
  }

  /** Changes the session; undefined if it has ended, before or by the change. */
  async #change(change: (latest: Session) => Session | undefined): Promise<Session | undefined> {
    const kept = await this.#kept.change((latest) => {
      const session = change(latest.session);
      if (session === latest.session) return latest;
      return session && { ...latest, session };
    });
    return kept?.session;
  }

  /** Revokes what the session had, as its ending says. */
  async #revoke(grants: readonly Grant[]): Promise<void> {
    const { revoke, sparing = [], promptly, flow } = this.#ending;
    if (!revoke) return;
    const left = grants.filter(
      ({ provider, sub }) => !sparing.some((spared) => spared.provider === provider && spared.sub === sub),
    );
    const revoking = revokeGrants(this.#settings, left, { flow, session: this.#shortHash });
    if (promptly) this.ctx.waitUntil(revoking);
    else await revoking;
  }
}

function tooLarge(bytes: number): DrawbridgeError {
  return new DrawbridgeError('session_too_large', {
    title: 'The session is too large',
    description: 'The tokens of this session are larger than what a server-side session may hold.',
    hint: 'Ask the provider for less: fewer scopes, fewer claims in the ID token.',
    detail: `${bytes} bytes`,
  });
}
