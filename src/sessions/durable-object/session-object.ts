import type { ErrorData } from '../../errors.ts';
import type { Force } from '../../grants/decide-refresh.ts';
import type { GrantVersion } from '../../grants/grant.ts';
import type { Resealing } from '../../objects/resealing.ts';
import type { Inspected, Outcome } from '../directory.ts';
import type { Ending, Session, SessionMatch } from '../session.ts';

/** Whether a grant is to be refreshed as well, and which. */
export interface WantedGrant {
  /** The provider's id; undefined: the one that the session was founded with. */
  readonly provider: string | undefined;
  readonly force: Force;
}

/** What came of reading a session; an error is data, since it would lose its class. */
export interface Reading {
  /** Undefined also if it is `unchanged`. */
  readonly session: Session | undefined;
  /** Its sliding lifetime has been extended. */
  readonly extended: boolean;
  /** It is the one that the caller has seen. */
  readonly unchanged?: true;
  /**
   * Stands for the session exactly as it is now: a random text, which no other object and no other session ever has.
   * Undefined if it is too large for callers to remember.
   */
  readonly version?: string;
  readonly error?: ErrorData;
  /** The provider that a grant was wanted of. */
  readonly provider?: string;
}

/** Sessions to end at a later time: KV lists lag, and an object may not be on them yet. */
export interface Sweep {
  readonly match: SessionMatch;
  readonly ending: Ending;
  /** Those that began later are spared; in milliseconds since the epoch. */
  readonly before: number;
  /** When it is done, in milliseconds since the epoch. */
  readonly at: number;
}

/** What the object of a session does for the Worker, and for other objects. Times are seconds since the epoch. */
export interface SessionObject {
  /**
   * Stores a new session. It takes over from the session whose object is called `continues`, with the grants as they
   * are there by then: no session if that one has ended. Error: `session_too_large`.
   */
  create(session: Session, continues?: string): Promise<Outcome>;
  /**
   * The session, its sliding lifetime extended if enough of it was gone, and a grant refreshed if that is wanted. `seen` is
   * the `version` that the caller remembers: if it is still the current one, the session itself is left out. Objects and
   * callers of an earlier version know neither, and get all of it.
   */
  read(wanted?: WantedGrant, seen?: string): Promise<Reading>;
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
  /**
   * Ends the session in favour of the one whose object is called `successor`, after refreshes under way, and returns
   * what it was. A repeated call returns the same. `handed` is false if it had ended before.
   */
  handOver(successor: string): Promise<{ readonly handed: boolean; readonly session: Session | undefined }>;
  /** The session, for an operator: reading it does not extend it. */
  inspect(): Promise<Inspected | undefined>;
  /** Seals the record with the first secret, unless it is. */
  reseal(): Promise<Resealing>;
  /**
   * Ends the session, or the one that continues it, and returns what it was. A refresh in progress does not bring it
   * back; its tokens are revoked, or not, in the same way.
   */
  end(ending: Ending): Promise<Session | undefined>;
  /**
   * Ends the session if it matches and began by `before` (milliseconds since the epoch), and returns what it was:
   * whoever found it somewhere else may have been misled.
   */
  endIf(match: SessionMatch, ending: Ending, before?: number): Promise<Session | undefined>;
  /** For an object that stands for a message, not a session: true for the first call until `until`, in seconds. */
  takeOnce(until: number): Promise<boolean>;
  /** True from `takeOnce` on, until its end or `giveBack`. */
  isTaken(): Promise<boolean>;
  /** Undoes `takeOnce`. */
  giveBack(): Promise<void>;
  /** For an object of its own: ends sessions when their time has come. */
  sweepLater(sweep: Sweep): Promise<void>;
}

/** The namespace of the objects; the name of each is the SHA-256 of its session's id, in hex. */
declare module '../../settings/object-namespaces.ts' {
  interface SessionObjects {
    getByName(name: string): SessionObject;
  }
}
