import type { ErrorCode } from '../error-kinds.ts';
import type { ErrorData } from '../errors.ts';
import type { Faults, HistoryEvent } from '../grants/history.ts';
import type { ResealCounts } from '../objects/resealing.ts';
import type { LoginHistory } from './login-history.ts';
import type { Ending, Session, SessionMatch } from './session.ts';

/** What is readable of a session without opening it. Times are seconds since the epoch. */
export interface Listed {
  /** The hash of the session's id, which opens nothing. */
  readonly id: string;
  readonly provider?: string;
  readonly iss?: string;
  /** A subject with an @ is shown as a hash. */
  readonly sub?: string | null;
  readonly created_at?: number;
  /** When it ends at the latest, however much it is used. */
  readonly expires_at?: number;
  /** The id of the key that it is sealed with. */
  readonly kid?: string;
  readonly faults?: Faults | Readonly<Record<string, ErrorCode>>;
  readonly grants?: readonly ListedGrant[];
  readonly grants_left_out?: number;
}

interface ListedGrant {
  readonly provider: string;
  readonly scope: string;
  readonly flow: string | null;
  readonly issued_at: number;
  readonly expires_at: number | null;
  readonly refreshable: boolean;
  readonly refreshed_at: number | null;
  readonly refresh_count: number;
}

/** Which sessions to list; a filter that is undefined lets all pass. */
export interface Search {
  /** With a grant of this provider. */
  readonly provider?: string | undefined;
  readonly iss?: string | undefined;
  /** Of this subject, exactly. */
  readonly sub?: string | undefined;
  /** That end before this moment however much they are used, in seconds since the epoch. */
  readonly endsBefore?: number | undefined;
  /** Only those with a grant whose last refresh failed. */
  readonly failed?: boolean | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface Page {
  readonly sessions: readonly Listed[];
  /** Where the next page begins; undefined on the last one. */
  readonly cursor: string | undefined;
}

/** Some of the sessions that a search finds, the newest first. */
export interface NewestSessions {
  readonly sessions: readonly Listed[];
  /** How many were found. */
  readonly total: number;
  /** There are more sessions than one search looks at, so others may match too. */
  readonly isPartial: boolean;
}

/** A session, undefined if it has ended; with what went wrong, as data. */
export interface Outcome {
  readonly session: Session | undefined;
  readonly error?: ErrorData;
}

/** A session as an operator may look at it. */
export interface Inspected {
  readonly session: Session;
  /** The last refreshes and errors, the oldest first. */
  readonly history: readonly HistoryEvent[];
  /** The size of the sealed record. */
  readonly bytes: number;
}

/** A user, as a session knows them. */
export type User = Pick<Session, 'iss' | 'provider' | 'legacy'> & { readonly sub: string };

/** A session of a user in any browser; `id` is the hash of its id, which opens nothing. */
export interface OwnSession {
  readonly id: string;
  readonly session: Session;
}

export interface OwnSessions {
  /** The latest first. */
  readonly sessions: readonly OwnSession[];
  /** There are more, which are not among these. */
  readonly more: boolean;
}

/** How the doctor tries one binding of the store. */
export interface StorageProbe {
  readonly binding: string;
  /** What is then true of the binding, as a sentence that begins with its name. */
  readonly success: string;
  readonly failure: string;
  /** What a failure means, and what to do. */
  readonly hint: string;
  /** Rejects if the binding does not work. */
  run(): Promise<unknown>;
}

/** What a store on the server does to sessions that no cookie of the request names. An `id` is the hash of one. */
export interface SessionDirectory {
  /** Lists sessions, a page at a time. Throws `invalid_request` for a cursor that is none. */
  list(search: Search): Promise<Page>;
  /**
   * The sessions that a search finds, the newest first, from `offset` on: all of a user, others among 10,000. Its cursor is
   * not looked at.
   */
  newest(search: Search, offset: number): Promise<NewestSessions>;
  /** Every session that is known, up to 10,000. */
  all(): AsyncGenerator<Listed>;
  /** The ids that begin with `start`: none, one, or two if it is not unique. */
  idsBeginningWith(start: string): Promise<readonly string[]>;
  inspect(id: string): Promise<Inspected | undefined>;
  /** Refreshes a grant now. */
  refresh(id: string, provider: string): Promise<Outcome>;
  /** Ends a session, or the one that continues it, and returns what it was; undefined if it had ended. */
  end(id: string, ending: Ending): Promise<Session | undefined>;
  /** Seals a page of sessions with the first secret, those that are not. */
  reseal(cursor: string | undefined, limit: number): Promise<{ page: Page } & ResealCounts>;
  /** The sessions of a user; those that began in the last minute may be missing. */
  sessionsOf(user: User): Promise<OwnSessions>;
  /** Ends a session of the user, and returns what it was; undefined, and nothing ends, if it is none of theirs. */
  endSessionOf(user: User, id: string, ending: Ending): Promise<Session | undefined>;
  /**
   * Ends every session that matches and returns how many there were. The index lags by a minute, so it searches again
   * after 90 s, unless `sweep` is false; sessions that began after this call are not affected.
   */
  endMatching(match: SessionMatch, ending: Ending, options?: { sweep?: boolean }): Promise<number>;
  /** The users that a `sub` may be at a provider: several where it has tenants. */
  issuersOf(provider: string, sub: string): Promise<readonly string[]>;
  /**
   * Accepts a message once: true for the first caller anywhere, false for every later one until `until`, in seconds
   * since the epoch. `name` may be of any length.
   */
  takeOnce(name: string, until: number): Promise<boolean>;
  /** True while a message counts as taken. */
  isTaken(name: string): Promise<boolean>;
  /** Lets a message that was taken be taken again: what it asked for could not be done. */
  giveBack(name: string): Promise<void>;
  readonly logins: LoginHistory;
  readonly probes: readonly StorageProbe[];
}

/** Pure: what the sessions of a user match. */
export function matchOf({ iss, provider, sub, legacy }: User): SessionMatch {
  return { ...(!legacy && { iss }), provider, sub };
}
