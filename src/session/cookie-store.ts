import type { Config } from '../config.ts';
import { DrawbridgeError } from '../errors.ts';
import { ProviderRequests } from '../oauth/provider-requests.ts';
import { refreshTokens } from '../oauth/refresh.ts';
import type { Provider } from '../providers/provider.ts';
import { COOKIE_BUDGET_BYTES, type CookieJar } from './cookies.ts';
import { isDue, isLive } from './freshness.ts';
import {
  type Grant,
  refreshedGrant,
  type Session,
  type SessionStore,
  slidingEnd,
  withGrant,
  withoutGrant,
} from './session.ts';

const COOKIE = 'session';
/** The sliding lifetime is written anew when this share of it is gone, so that not every request sets cookies. */
const TOUCH_SHARE = 0.1;

/** Refreshes under way in this isolate, by refresh token: requests that come meanwhile share the answer. */
const refreshing = new Map<string, Promise<Grant>>();

/** Sessions in the browser: the whole record sealed into cookies. Needs no storage. */
export class CookieStore implements SessionStore {
  readonly #config: Config;
  readonly #jar: CookieJar;
  #held: Promise<Session | undefined> | undefined;

  constructor(config: Config, jar: CookieJar) {
    this.#config = config;
    this.#jar = jar;
  }

  read(): Promise<Session | undefined> {
    this.#held ??= this.#open();
    return this.#held;
  }

  async start(session: Session): Promise<void> {
    await this.#write(session);
  }

  async refresh(session: Session, provider: Provider, options: { force: boolean }): Promise<Session> {
    const grant = session.grants.find((candidate) => candidate.provider === provider.id);
    const now = Math.floor(Date.now() / 1000);
    if (!grant || !(options.force || isDue(grant, now))) return session;
    let renewed: Session;
    try {
      renewed = withGrant(session, await refreshShared(provider, grant));
    } catch (error) {
      if (error instanceof DrawbridgeError && error.code === 'login_required') {
        await this.#write(withoutGrant(session, provider.id));
      } else if (!options.force && isLive(grant, now)) {
        return session;
      }
      throw error;
    }
    await this.#write(renewed);
    return renewed;
  }

  async end(): Promise<void> {
    this.#jar.clear(COOKIE);
    this.#held = Promise.resolve(undefined);
  }

  async #open(): Promise<Session | undefined> {
    const sealed = this.#jar.get(COOKIE);
    if (sealed === undefined) return undefined;
    const session = (await this.#config.sealer.open('session', sealed)) as Session | undefined;
    const now = Math.floor(Date.now() / 1000);
    if (!session || session.expires_at <= now || session.created_at + this.#config.sessionMaxSeconds <= now) {
      // A cookie that can't be read is cleared: the browser should not send it for ever.
      this.#jar.clear(COOKIE);
      return undefined;
    }
    return this.#touch(session, now);
  }

  /** Moves the end of the sliding lifetime, if enough of it is gone. */
  async #touch(session: Session, now: number): Promise<Session> {
    const { sessionIdleSeconds: idle, sessionMaxSeconds: max } = this.#config;
    const expires_at = slidingEnd(session.created_at, now, { idle, max });
    if (expires_at - session.expires_at < idle * TOUCH_SHARE) return session;
    const touched = { ...session, expires_at };
    await this.#write(touched);
    return touched;
  }

  async #write(session: Session): Promise<void> {
    let sealed = await this.#config.sealer.seal('session', session);
    if (sealed.length > COOKIE_BUDGET_BYTES && session.steps) {
      // The steps are for looking at; the session matters more.
      sealed = await this.#config.sealer.seal('session', { ...session, steps: undefined });
    }
    if (sealed.length > COOKIE_BUDGET_BYTES) {
      throw new DrawbridgeError('session_too_large', { detail: `${sealed.length} bytes` });
    }
    this.#jar.set(COOKIE, sealed, session.expires_at - Math.floor(Date.now() / 1000));
    this.#held = Promise.resolve(session);
  }
}

async function refreshShared(provider: Provider, grant: Grant): Promise<Grant> {
  const { refresh_token } = grant;
  if (refresh_token === undefined) {
    throw new DrawbridgeError('login_required', {
      description: 'The provider gave no refresh token, so this grant can’t be renewed without you.',
      hint: 'Sign in again; see the provider’s page in the docs for how to ask for a refresh token.',
    });
  }
  const key = `${provider.id} ${refresh_token}`;
  let pending = refreshing.get(key);
  if (!pending) {
    pending = refreshNow(provider, grant, refresh_token).finally(() => refreshing.delete(key));
    refreshing.set(key, pending);
  }
  return pending;
}

async function refreshNow(provider: Provider, grant: Grant, refreshToken: string): Promise<Grant> {
  const requests = new ProviderRequests(provider, { record: false });
  const { response } = await refreshTokens(requests, refreshToken, grant);
  return refreshedGrant(grant, response, Math.floor(Date.now() / 1000));
}
