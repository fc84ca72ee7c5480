import { base64url } from 'jose';
import { sameText } from '../../crypto/same-text.ts';
import type { CookieJar } from '../../sessions/cookies/cookie-jar.ts';

const COOKIE = 'logout';
/** How long the user may take at the provider, in seconds. */
const LIFETIME_SECONDS = 600;

/** A new `state` for a logout at the provider (OpenID Connect RP-Initiated Logout §2), kept in a cookie. */
export function keepLogoutState(jar: CookieJar): string {
  const state = base64url.encode(crypto.getRandomValues(new Uint8Array(16)));
  jar.set(COOKIE, state, LIFETIME_SECONDS);
  return state;
}

/**
 * True, once, if `state` is that of the logout which this browser was sent to the provider with: so the provider
 * sent it back (§3). Any other changes nothing: a link of somebody else's making can't say that a logout is done.
 */
export function takeLogoutState(jar: CookieJar, state: string | undefined): boolean {
  const expected = jar.get(COOKIE);
  if (!expected || !state || !sameText(state, expected)) return false;
  jar.clear(COOKIE);
  return true;
}
