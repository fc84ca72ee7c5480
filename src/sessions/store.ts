import type { Force } from '../grants/decide-refresh.ts';
import type { Provider } from '../providers/provider.ts';
import type { SessionDirectory } from './directory.ts';
import type { Ending, Session } from './session.ts';

/** What a new session has to do with those that were there before. */
export interface Beginning {
  /**
   * The id of the session whose grants it takes over (`connect=1`; see `sessionWith`). That one must exist until the new
   * one is stored; then it ends, and requests for it go to the new one.
   */
  readonly continues?: string | undefined;
  /**
   * The id of the session that the browser had when the login began, if this request has no cookie to tell (a form
   * posted by another site). That session ends, like one that a cookie names.
   */
  readonly replacing?: string | undefined;
}

/** Where sessions live. One per request; every store passes the same contract suite. */
export interface SessionStore {
  /** The session that the request's cookies name; undefined if there is none, whatever the cookies hold. */
  read(): Promise<Session | undefined>;
  /**
   * The session that the request's cookies name, with the grant of a provider (undefined: the founding one) refreshed
   * as `refresh` does, in one call of its object. Throws what `refresh` throws, `login_required` also if the session has
   * no such grant, and `unknown_provider`. Undefined if there is no session.
   */
  readFresh(provider: string | undefined, options: { force: Force }): Promise<Session | undefined>;
  /**
   * Stores a session and makes it the browser's; the browser's previous session ends. If storing fails, the previous
   * session stays, and the new grants are revoked. Throws `session_too_large`, and `not_signed_in` if the session that
   * it continues has ended.
   */
  start(session: Session, beginning?: Beginning): Promise<void>;
  /**
   * The session with the grant of `provider` refreshed, as `decideRefresh` says. `force`: `false` if it is about to
   * end, `true` if a user asks for it, `'rejected'` if a resource server answered 401 to the access token of this
   * `session`'s grant: then a newer grant that is already stored is returned unchanged, and so is one from such a
   * refresh less than 300 s ago.
   * Throws `login_required` when the provider has ended the grant, which is then dropped; with the founding grant the
   * session ends. Throws `provider_unreachable` and others of `refreshGrant` if there is no live token to serve.
   */
  refresh(session: Session, provider: Provider, options: { force: Force }): Promise<Session>;
  /** True while the session has not ended. Does not extend it. With sessions in cookies only time ends one. */
  isAlive(session: Session): Promise<boolean>;
  /**
   * When time ends the session, in seconds since the epoch, where nothing else can end it before; undefined where it
   * may end at any moment.
   */
  aliveUntil(session: Session): number | undefined;
  /** Ends the session that the request’s cookies name and clears them, also unreadable ones. */
  end(ending: Ending): Promise<void>;
  /** What this store can do to sessions of other browsers; undefined if they are out of its reach, in cookies. */
  readonly reach: SessionDirectory | undefined;
}
