import type { Grant } from '../grants/grant.ts';
import type { Step } from '../oauth/steps.ts';
import type { Provider } from '../providers/provider.ts';
import type { Settings } from '../settings/settings.ts';

/** Who is signed in, and what was granted. Times are seconds since the epoch. */
export interface Session {
  /** 256 random bits; new with every login (no session fixation). */
  readonly id: string;
  /** The provider and subject the session was started with. */
  readonly provider: string;
  readonly sub: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** One per provider. */
  readonly grants: readonly Grant[];
  readonly created_at: number;
  /** The end of the sliding lifetime, never past the absolute one. */
  readonly expires_at: number;
  /** In INSPECT: the steps of the login. */
  readonly steps: readonly Step[] | undefined;
}

/** Whose sessions: by the provider's own session (`sid`) where it is given, else by the user (`sub`). */
export interface SessionMatch {
  readonly provider: string;
  readonly sub: string | undefined;
  readonly sid: string | undefined;
}

/** How a session is ended. */
export interface Ending {
  /**
   * Its tokens are revoked at their providers (RFC 7009), who may be down. Not where a provider has ended it: what is
   * to end with its own session it ends itself, and `offline_access` is to outlive that (OpenID Connect Back-Channel
   * Logout §2.7). Nor where another login takes its place: to some providers all tokens of a user are one grant.
   */
  readonly revoke: boolean;
  /** The flow id for the log. */
  readonly flow?: string;
}

/** Where sessions live. One per request; every store passes the same contract suite. */
export interface SessionStore {
  /** The session that the request's cookies name; undefined if there is none, whatever the cookies hold. */
  read(): Promise<Session | undefined>;
  /** Keeps a session and makes it the browser's; the one that was there ends. Throws `session_too_large`. */
  start(session: Session): Promise<void>;
  /**
   * The session with the grant of `provider` refreshed: only if it is about to expire, unless `force` is set.
   * Throws `login_required` when the provider has ended the grant, which is then dropped.
   */
  refresh(session: Session, provider: Provider, options: { force: boolean }): Promise<Session>;
  /** Ends the session that the request’s cookies name and clears them, also unreadable ones. */
  end(ending: Ending): Promise<void>;
  /** What this store can do to sessions of other browsers; undefined if they are out of its reach, in cookies. */
  readonly reach: SessionReach | undefined;
}

/** What a store on the server does to sessions that no cookie of the request names. */
export interface SessionReach {
  /**
   * Ends every session with a grant of that user, or of that one session, at that provider, and returns how many
   * there were.
   */
  endMatching(match: SessionMatch, ending: Ending): Promise<number>;
  /**
   * Takes a message that may be taken once: true for the first caller anywhere, false for each that follows until
   * `until`, in seconds since the epoch. `name` may be of any length.
   */
  takeOnce(name: string, until: number): Promise<boolean>;
  /** True while a message counts as taken. */
  isTaken(name: string): Promise<boolean>;
  /** Lets a message that was taken be taken again: what it asked for could not be done. */
  giveBack(name: string): Promise<void>;
}

/** Claims of the protocol itself, which say nothing of the user. */
const PROTOCOL_CLAIMS = new Set([
  'acr',
  'amr',
  'at_hash',
  'aud',
  'auth_time',
  'azp',
  'c_hash',
  'exp',
  'iat',
  'iss',
  'jti',
  'nbf',
  'nonce',
  's_hash',
  'sid',
  'sub',
]);
/** The claims worth keeping: those about the user. */
export function userClaims(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !PROTOCOL_CLAIMS.has(name)));
}

/** The session with a grant added, or put in the place of the same provider's. */
export function withGrant(session: Session, grant: Grant): Session {
  const known = session.grants.some(({ provider }) => provider === grant.provider);
  const grants = known
    ? session.grants.map((old) => (old.provider === grant.provider ? grant : old))
    : [...session.grants, grant];
  return { ...session, grants };
}

export function grantOf(session: Session | undefined, provider: string): Grant | undefined {
  return session?.grants.find((grant) => grant.provider === provider);
}

/** The session without a provider's grant. */
export function withoutGrant(session: Session, provider: string): Session {
  return { ...session, grants: session.grants.filter((grant) => grant.provider !== provider) };
}

/** How long sessions live, in seconds: unused, and at all. */
type Lifetimes = Pick<Settings, 'sessionIdleSeconds' | 'sessionMaxSeconds'>;

/** The sliding lifetime is written anew when this share of it is gone, so that not every request writes. */
const TOUCH_SHARE = 0.1;

/** The end of a session's sliding lifetime if it is used now; all in seconds. */
export function slidingEnd(createdAt: number, now: number, lifetimes: Lifetimes): number {
  return Math.min(now + lifetimes.sessionIdleSeconds, createdAt + lifetimes.sessionMaxSeconds);
}

/**
 * The session used now: its sliding end moved if enough of it is gone, or if the settings have become shorter, else
 * the very same. `now` in seconds; clocks that differ by less than a tenth of the lifetime move nothing.
 */
export function usedNow(session: Session, now: number, lifetimes: Lifetimes): Session {
  const expires_at = slidingEnd(session.created_at, now, lifetimes);
  const moved = Math.abs(expires_at - session.expires_at);
  if (moved < lifetimes.sessionIdleSeconds * TOUCH_SHARE) return session;
  return { ...session, expires_at };
}

/** True once a session has reached its sliding or its absolute end. `now` in seconds. */
export function hasEnded(session: Session, now: number, lifetimes: Lifetimes): boolean {
  // protects: session lifetime
  return session.expires_at <= now || session.created_at + lifetimes.sessionMaxSeconds <= now;
}

/** What was sealed as a session, if it is one: what other versions or stores have sealed may not be. */
export function asSession(value: unknown): Session | undefined {
  const session = value as Partial<Session> | null | undefined;
  const whole =
    typeof session?.id === 'string' &&
    typeof session.created_at === 'number' &&
    typeof session.expires_at === 'number' &&
    Array.isArray(session.grants);
  return whole ? (session as Session) : undefined;
}
