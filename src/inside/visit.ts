import { isLoopback } from '../providers/allowed-url.ts';
import { type CookieJar, cookieJar } from '../sessions/cookies/cookie-jar.ts';
import { sessionStore } from '../sessions/session-store.ts';
import type { SessionStore } from '../sessions/store.ts';
import type { Settings } from '../settings/settings.ts';
import type { AuthProps } from './policy.ts';

/** One request of a user, as an app shows it: its cookies, and those that must reach the browser. */
export class Visit {
  readonly settings: Settings;
  readonly policy: AuthProps;
  readonly store: SessionStore;
  /** True if the app is another Worker, so that every result is serialized. */
  readonly isRemote: boolean;
  /** The origin that the browser asked. */
  readonly origin: string;
  readonly #jar: CookieJar;
  #isOver = false;

  /** `settings` are all of them: a policy hides providers, but what it hides is still revoked at sign-out. */
  constructor(
    settings: Settings,
    policy: AuthProps,
    headers: Headers,
    { origin, isRemote = false }: { readonly origin: string | undefined; readonly isRemote?: boolean },
  ) {
    this.isRemote = isRemote;
    this.settings = settings;
    this.policy = policy;
    const cookie = headers.get('cookie');
    this.origin = settings.publicOrigin ?? origin ?? originOf(headers.get('host') ?? '', cookie);
    this.#jar = cookieJar(cookie, this.origin);
    this.store = sessionStore(settings, this.#jar);
  }

  /** The `Set-Cookie` lines written since the last call. */
  takeCookies(): string[] {
    return this.#isOver ? [] : this.#jar.take();
  }

  /** As above, for the last time: a refresh that is still under way must not bring back the cookie of an ended session. */
  takeLastCookies(): string[] {
    const last = this.takeCookies();
    this.#isOver = true;
    return last;
  }
}

/** The origin that the last request came to: nearly always the only one, so that its host is read once. */
let last: { readonly host: string; readonly isSecure: boolean; readonly origin: string } | undefined;

/**
 * The origin that a `Host` header stands for. It says no scheme, and only the names of cookies depend on that: https,
 * except on a loopback host that has sent no cookie of https.
 */
function originOf(host: string, cookie: string | null): string {
  const isSecure = cookie?.includes('__Host-') === true;
  if (last?.host === host && last.isSecure === isSecure) return last.origin;
  const url = URL.parse(`https://${host}`);
  const isPlain = url && isLoopback(url.hostname) && !isSecure;
  const origin = isPlain ? `http://${host}` : (url?.origin ?? 'https://unknown.invalid');
  last = { host, isSecure, origin };
  return origin;
}
