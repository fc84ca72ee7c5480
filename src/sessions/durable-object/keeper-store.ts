import { nowSeconds } from '../../clock.ts';
import { sha256Hex } from '../../crypto/hash.ts';
import { DrawbridgeError, errorFrom } from '../../errors.ts';
import { decideRefresh, type Force } from '../../grants/decide-refresh.ts';
import type { Grant } from '../../grants/grant.ts';
import { revokeGrants } from '../../grants/revoke-grants.ts';
import { log } from '../../log.ts';
import type { Provider } from '../../providers/provider.ts';
import type { ServerBindings } from '../../settings/platform-bindings.ts';
import type { Settings } from '../../settings/settings.ts';
import type { CookieJar } from '../cookies/cookie-jar.ts';
import type { Outcome, SessionDirectory } from '../directory.ts';
import { type Ending, grantOf, newGrants, type Session } from '../session.ts';
import type { Beginning, SessionStore } from '../store.ts';
import { KeeperDirectory } from './keeper-directory.ts';
import type { Reading, SessionObject, WantedGrant } from './session-object.ts';

const COOKIE = 'session';

/** What a cookie says: the id of its session, and by that the name of the object that keeps it. */
interface Named {
  readonly id: string;
  readonly object: string;
  /** False if the cookie is sealed with an old secret. */
  readonly isCurrent: boolean;
  /** The session as this isolate last got it, unless it is large. Only its object can tell whether it still is. */
  seen?: { readonly version: string; readonly session: Session } | undefined;
}

/** By what was opened: a cookie that comes again decrypts to the same object (`Sealer.open`), for a limited number. */
const known = new WeakMap<object, Named>();

/**
 * Sessions on the server: the cookie holds nothing but the id, its hash names the Durable Object that keeps the
 * session. A request costs one call of that object, and none of KV.
 */
export class KeeperStore implements SessionStore {
  readonly #settings: Settings;
  readonly #server: ServerBindings;
  readonly #jar: CookieJar;
  #directory: SessionDirectory | undefined;
  #held: Promise<Session | undefined> | undefined;

  constructor(settings: Settings, server: ServerBindings, jar: CookieJar) {
    this.#settings = settings;
    this.#server = server;
    this.#jar = jar;
  }

  get reach(): SessionDirectory {
    this.#directory ??= new KeeperDirectory(this.#settings, this.#server);
    return this.#directory;
  }

  read(): Promise<Session | undefined> {
    this.#held ??= this.#open().then(({ session }) => session);
    return this.#held;
  }

  async readFresh(provider: string | undefined, { force }: { force: Force }): Promise<Session | undefined> {
    const reading = this.#open({ provider, force });
    this.#held = reading.then(({ session }) => session);
    // What goes wrong is thrown below; nobody may ever ask for `#held`.
    this.#held.catch(() => undefined);
    const { session, error, provider: id } = await reading;
    if (error) throw errorFrom(error).with({ provider: id });
    return session;
  }

  async start(session: Session, { continues, replacing }: Beginning = {}): Promise<void> {
    const inCookie = (await this.#inCookie())?.id;
    const before = continues === undefined ? undefined : await this.read();
    try {
      const started = await this.#create(session, continues);
      await this.#give(started);
      this.#held = Promise.resolve(started);
    } catch (error) {
      await revokeGrants(this.#settings, newGrants(session, before), {});
      throw error;
    }
    const replaced = [inCookie, replacing].filter((id) => id !== undefined && id !== continues);
    await Promise.all([...new Set(replaced)].map((id) => this.#endReplaced(id as string, session)));
  }

  async refresh(session: Session, provider: Provider, { force }: { force: Force }): Promise<Session> {
    const grant = grantOf(session, provider.id);
    if (!grant || this.#isServed(grant, provider, force)) return session;
    this.#held = undefined;
    const { state, refresh_count } = grant;
    const outcome = await this.#callOf(session.id, (object) =>
      object.refresh(provider.id, { force, seen: { state, refresh_count } }),
    );
    if (!outcome.session) this.#jar.clear(COOKIE);
    const renewed = take(outcome);
    if (!renewed)
      throw new DrawbridgeError('not_signed_in', { detail: 'the session ended during a refresh' });
    this.#held = Promise.resolve(renewed);
    return renewed;
  }

  async isAlive({ id }: Session): Promise<boolean> {
    return this.#callOf(id, (object) => object.alive());
  }

  aliveUntil(): undefined {
    return undefined;
  }

  async end(ending: Ending): Promise<void> {
    const named = await this.#inCookie();
    this.#jar.clear(COOKIE);
    this.#held = Promise.resolve(undefined);
    if (named) await this.#call(named.object, (object) => object.end(ending));
  }

  /** True if the object would only say that the grant is good as it is. */
  #isServed(grant: Grant, provider: Provider, force: Force): boolean {
    if (force !== false) return false;
    const when = { now: nowSeconds(), margin: this.#settings.refreshMarginSeconds, force, retry: undefined };
    return decideRefresh(grant, provider, when).kind === 'serve';
  }

  /** Throws `session_too_large`, and `not_signed_in` if the session that it continues has ended. */
  async #create(session: Session, continues: string | undefined): Promise<Session> {
    const before = continues === undefined ? undefined : await sha256Hex(continues);
    const created = await this.#callOf(session.id, (object) => object.create(session, before));
    const started = take(created);
    if (started) return started;
    throw new DrawbridgeError('not_signed_in', { detail: 'the session ended while a provider was added' });
  }

  /**
   * Ends the session that another replaces. Nobody has its cookie any more, so the login ignores an error: that session
   * expires. Tokens of an account that the new session also has are not revoked: some providers treat all tokens of a
   * user as one grant.
   */
  async #endReplaced(id: string, { grants }: Session): Promise<void> {
    const sparing = grants.map(({ provider, sub }) => ({ provider, sub }));
    try {
      await this.#callOf(id, (object) => object.end({ revoke: true, sparing, promptly: true }));
    } catch (error) {
      log('end_failed', { session: (await sha256Hex(id)).slice(0, 12), detail: String(error) });
    }
  }

  async #open(wanted?: WantedGrant): Promise<Reading> {
    const sealed = this.#jar.get(COOKIE);
    if (sealed === undefined) return { session: undefined, extended: false };
    const named = await this.#inCookie(sealed);
    const found = named && (await this.#readNamed(named, wanted));
    if (!found?.session) {
      // A cookie that names no session is cleared, so that the browser stops sending it.
      this.#jar.clear(COOKIE);
      return found ?? { session: undefined, extended: false };
    }
    if (found.extended || !named?.isCurrent) await this.#give(found.session);
    return found;
  }

  /** Asks the object every time, since the session may have ended; what has not changed is not sent again. */
  async #readNamed(named: Named, wanted: WantedGrant | undefined): Promise<Reading> {
    const { seen } = named;
    const reading = await this.#call(named.object, (object) => object.read(wanted, seen?.version));
    if (reading.unchanged) return { ...reading, session: seen?.session };
    const { session, version } = reading;
    named.seen = session && version !== undefined ? { version, session } : undefined;
    return reading;
  }

  /** Gives the browser the cookie that names the session, for as long as the session lives. */
  async #give({ id, expires_at }: Session): Promise<void> {
    const sealed = await this.#settings.sealer.seal('session', { id });
    this.#jar.set(COOKIE, sealed, expires_at - nowSeconds());
  }

  /** What the request's cookie names, if it is a cookie of ours. */
  async #inCookie(sealed = this.#jar.get(COOKIE)): Promise<Named | undefined> {
    if (sealed === undefined) return undefined;
    const opened = Object(await this.#settings.sealer.open('session', sealed)) as { id?: unknown };
    let named = known.get(opened);
    if (!named && typeof opened.id === 'string') {
      const isCurrent = await this.#settings.sealer.isCurrent('session', sealed);
      named = { id: opened.id, object: await sha256Hex(opened.id), isCurrent };
      known.set(opened, named);
    }
    return named;
  }

  async #callOf<T>(id: string, use: (object: SessionObject) => Promise<T>): Promise<T> {
    return this.#call(await sha256Hex(id), use);
  }

  /** Calls the object of a session; once more if the platform says that this helps. Every call may be repeated. */
  async #call<T>(name: string, use: (object: SessionObject) => Promise<T>): Promise<T> {
    try {
      return await use(this.#server.keepers.getByName(name));
    } catch (error) {
      if (!isRetryable(error)) throw error;
      // A stub that has thrown must not be used again.
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
