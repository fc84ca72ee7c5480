import type { Settings } from '../settings/settings.ts';
import type { Session } from './session.ts';

/** How long sessions live, in seconds: unused, and at all. */
export type Lifetimes = Pick<Settings, 'sessionIdleSeconds' | 'sessionMaxSeconds'>;

/** The sliding lifetime is extended only after this share of it has passed, so that not every request writes. */
const TOUCH_SHARE = 0.1;

/** The end of a session's sliding lifetime if it is used now; all in seconds. */
export function slidingEnd(createdAt: number, now: number, lifetimes: Lifetimes): number {
  return Math.min(now + lifetimes.sessionIdleSeconds, createdAt + lifetimes.sessionMaxSeconds);
}

/**
 * The session after it has been used. Its sliding end moves if a tenth of the idle lifetime has passed, or if the
 * settings have become shorter; otherwise the same object is returned. `now` in seconds. Clocks that differ by less than a
 * tenth of the lifetime move nothing.
 */
export function usedNow(session: Session, now: number, lifetimes: Lifetimes): Session {
  const expires_at = slidingEnd(session.created_at, now, lifetimes);
  const moved = Math.abs(expires_at - session.expires_at);
  if (moved < lifetimes.sessionIdleSeconds * TOUCH_SHARE) return session;
  return { ...session, expires_at };
}

/** The sliding or the absolute end of a session, whichever comes first; in seconds. */
export function endOf({ expires_at, created_at }: Session, { sessionMaxSeconds }: Lifetimes): number {
  // protects: session lifetime
  return Math.min(expires_at, created_at + sessionMaxSeconds);
}

/** True once a session has reached its end. `now` in seconds. */
export function hasEnded(session: Session, now: number, lifetimes: Lifetimes): boolean {
  return endOf(session, lifetimes) <= now;
}
