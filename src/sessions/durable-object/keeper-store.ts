import { sha256Hex } from '../../crypto/hash.ts';
import { DrawbridgeError, type ErrorData, errorFrom } from '../../errors.ts';
import { decideRefresh, type Force } from '../../grants/decide-refresh.ts';
import type { Grant, GrantVersion } from '../../grants/grant.ts';
import type { HistoryEvent } from '../../grants/history.ts';
import { log } from '../../log.ts';
import type { Provider } from '../../providers/provider.ts';
import type { ServerBindings, Settings } from '../../settings/settings.ts';
import type { CookieJar } from '../cookies/cookie-jar.ts';
import {
  type Beginning,
  type Ending,
  grantOf,
  type Session,
  type SessionMatch,
  type SessionReach,
  type SessionStore,
} from '../session.ts';
import { indexPrefix } from './kv-copy.ts';

/** A session, undefined if it has ended; with what went wrong, as data, since an error would lose its class. */
export interface Outcome {
  readonly session: Session | undefined;
  readonly error?: ErrorData;
}

/** A session as an operator may look at it. */
export interface Inspected {
  readonly session: Session;
  /** The last refreshes and faults, the oldest first. */
  readonly history: readonly HistoryEvent[];
  /** The size of the sealed record. */
  readonly bytes: number;
}

/** What the object of a session does for the Worker. Times are seconds since the epoch. */
export interface Keeper {
  /** Keeps a new session. Error: `session_too_large`. */
  create(session: Session): Promise<Outcome>;
  /** The session, its sliding lifetime extended (`extended`) if enough of it was gone. */
  read(): Promise<{ readonly session: Session | undefined; readonly extended: boolean }>;
  /**
   * The session with the grant of `provider` refreshed if `decideRefresh` says so; `seen` is the version of the grant
   * that the caller has used. Errors: `login_required`, `provider_unreachable` and the others of `refreshGrant`.
   */
  refresh(
    provider: string,
    options: { readonly force: Force; readonly seen: GrantVersion | undefined },
  ): Promise<Outcome>;
  /** True while the session has not ended. Extends nothing. */
  alive(): Promise<boolean>;
  /** Ends the session after refreshes under way, and returns what it was: its grants live on in another. */
  handOver(): Promise<Session | undefined>;
  /** The session as it is, for an operator to look at: its lifetime is not extended. */
  inspect(): Promise<Inspected | undefined>;
  /** Seals the record with the first secret, if it is not. Returns true if it was sealed anew. */
  reseal(): Promise<boolean>;
  /** Ends the session. A refresh under way does not bring it back; what it yields is revoked, or not, likewise. */
  end(ending: Ending): Promise<void>;
  /** For an object that stands for a message, not a session: true for the first call until `until`, in seconds. */
  takeOnce(until: number): Promise<boolean>;
  /** True from `takeOnce` on, until its end or `giveBack`. */
  isTaken(): Promise<boolean>;
  /** Undoes `takeOnce`. */
  giveBack(): Promise<void>;
}

/** The namespace of the objects; the name of each is the SHA-256 of its session's id, in hex. */
declare module '../../settings/object-namespaces.ts' {
  interface SessionObjects {
    getByName(name: string): Keeper;
  }
}

const COOKIE = 'session';

/**
 * Sessions on the server: the cookie holds nothing but the id, its hash names the Durable Object that keeps the
 * session. A request costs one call of that object, and none of KV.
 */
export class KeeperStore implements SessionStore, SessionReach {
  readonly reach = this;
  readonly #settings: Settings;
  readonly #server: ServerBindings;
  readonly #jar: CookieJar;
  #held: Promise<Session | undefined> | undefined;

  constructor(settings: Settings, server: ServerBindings, jar: CookieJar) {
    this.#settings = settings;
    this.#server = server;
    this.#jar = jar;
  }

  read(): Promise<Session | undefined> {
    this.#held ??= this.#open();
    return this.#held;
  }

  async start(session: Session, { continues, replacing }: Beginning = {}): Promise<void> {
    const previous = (await this.#cookieId()) ?? replacing;
    const started = continues !== undefined ? await this.#moveGrants(session) : session;
    take(await this.#call(session.id, (keeper) => keeper.create(started)));
    await this.#give(started);
    this.#held = Promise.resolve(started);
    if (previous !== undefined) await this.#endPrevious(previous);
  }

  async refresh(session: Session, provider: Provider, { force }: { force: Force }): Promise<Session> {
    const grant = grantOf(session, provider.id);
    if (!grant || !this.#mayChange(grant, provider, force)) return session;
    this.#held = undefined;
    const outcome = await this.#call(session.id, (keeper) =>
      keeper.refresh(provider.id, { force, seen: versionOf(grant) }),
    );
    if (!outcome.session) this.#jar.clear(COOKIE);
    const renewed = take(outcome);
    if (!renewed)
      throw new DrawbridgeError('not_signed_in', { detail: 'the session ended during a refresh' });
    this.#held = Promise.resolve(renewed);
    return renewed;
  }

  async isAlive({ id }: Session): Promise<boolean> {
    return this.#call(id, (keeper) => keeper.alive());
  }

  /** False if the object would only say that the grant is good as it is. */
  #mayChange(grant: Grant, provider: Provider, force: Force): boolean {
    const now = Math.floor(Date.now() / 1000);
    const margin = this.#settings.refreshMarginSeconds;
    return (
      decideRefresh(grant, provider, { now, margin, force, retry: undefined }).kind !== 'serve' ||
      force !== false
    );
  }

  async end(ending: Ending): Promise<void> {
    const id = await this.#cookieId();
    this.#jar.clear(COOKIE);
    this.#held = Promise.resolve(undefined);
    if (id !== undefined) await this.#call(id, (keeper) => keeper.end(ending));
  }

  /** Found by the index in KV, which may lag by a minute elsewhere; ended in the objects, at once. */
  async endMatching(match: SessionMatch, ending: Ending): Promise<number> {
    const prefix = await indexPrefix(match);
    let cursor: string | undefined;
    let ended = 0;
    do {
      const page: KVNamespaceListResult<unknown> = await this.#server.tokens.list({
        prefix,
        ...(cursor !== undefined && { cursor }),
      });
      const hashes = page.keys.map(({ name }) => name.slice(prefix.length));
      await Promise.all(hashes.map((hash) => this.#server.keepers.getByName(hash).end(ending)));
      ended += hashes.length;
      cursor = page.list_complete ? undefined : page.cursor;
    } while (cursor !== undefined);
    return ended;
  }

  async takeOnce(name: string, until: number): Promise<boolean> {
    return (await this.#message(name)).takeOnce(until);
  }

  async isTaken(name: string): Promise<boolean> {
    return (await this.#message(name)).isTaken();
  }

  async giveBack(name: string): Promise<void> {
    await (await this.#message(name)).giveBack();
  }

  /**
   * A message has an object of its own, which forgets it when its time is over. KV would be cheaper by nothing that
   * counts (a write either way, and logout tokens are rare) and blind to a replay for its minute of lag; memory is
   * blind to one that reaches another isolate.
   */
  async #message(name: string): Promise<Keeper> {
    return this.#server.keepers.getByName(`message:${await sha256Hex(name)}`);
  }

  /**
   * The session with the grants that move over from the one before as they are when that one has ended: it may
   * have refreshed them since they were read, and it must not do so once they live here.
   */
  async #moveGrants(session: Session): Promise<Session> {
    const before = await this.read();
    const last = before && (await this.#call(before.id, (keeper) => keeper.handOver()));
    const grants = session.grants.map((grant) => {
      const newest = grantOf(last, grant.provider);
      return newest?.state === grant.state ? newest : grant;
    });
    return { ...session, grants };
  }

  /** Nobody holds its cookie any more, so a fault here costs the login nothing: that session ends in time. */
  async #endPrevious(id: string): Promise<void> {
    try {
      await this.#call(id, (keeper) => keeper.end({ revoke: false }));
    } catch (error) {
      log('end_failed', { session: (await sha256Hex(id)).slice(0, 12), detail: String(error) });
    }
  }

  async #open(): Promise<Session | undefined> {
    const sealed = this.#jar.get(COOKIE);
    if (sealed === undefined) return undefined;
    const id = await this.#cookieId();
    const found = id === undefined ? undefined : await this.#call(id, (keeper) => keeper.read());
    if (!found?.session) {
      // A cookie that names no session is cleared: the browser should not send it for ever.
      this.#jar.clear(COOKIE);
      return undefined;
    }
    const current = await this.#settings.sealer.isCurrent('session', sealed);
    if (found.extended || !current) await this.#give(found.session);
    return found.session;
  }

  /** Gives the browser the cookie that names the session, for as long as the session lives. */
  async #give({ id, expires_at }: Session): Promise<void> {
    const sealed = await this.#settings.sealer.seal('session', { id });
    this.#jar.set(COOKIE, sealed, expires_at - Math.floor(Date.now() / 1000));
  }

  /** The session id that the request's cookie names, if it is a cookie of ours. */
  async #cookieId(): Promise<string | undefined> {
    const sealed = this.#jar.get(COOKIE);
    if (sealed === undefined) return undefined;
    const opened = (await this.#settings.sealer.open('session', sealed)) as
      | { id?: unknown }
      | null
      | undefined;
    return typeof opened?.id === 'string' ? opened.id : undefined;
  }

  /** Calls the object of a session; once more if the platform says that this helps. Every call may be repeated. */
  async #call<T>(id: string, use: (keeper: Keeper) => Promise<T>): Promise<T> {
    const name = await sha256Hex(id);
    try {
      return await use(this.#server.keepers.getByName(name));
    } catch (error) {
      if (!isRetryable(error)) throw error;
      // A stub that has thrown is not to be used again.
      return use(this.#server.keepers.getByName(name));
    }
  }
}

/** True while an object moves to another machine or restarts with new code, not while it has too much to do. */
function isRetryable(error: unknown): boolean {
  const { retryable, overloaded } = error as { retryable?: unknown; overloaded?: unknown };
  return retryable === true && overloaded !== true;
}

function take({ session, error }: Outcome): Session | undefined {
  if (error) throw errorFrom(error);
  return session;
}

function versionOf({ state, refresh_count }: Grant): GrantVersion {
  return { state, refresh_count };
}
