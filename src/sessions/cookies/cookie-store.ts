import { sha256Hex } from '../../crypto/hash.ts';
import { DrawbridgeError } from '../../errors.ts';
import { isDue } from '../../grants/freshness.ts';
import type { Grant } from '../../grants/grant.ts';
import { mayServeOld, refreshGrant, sessionAfter } from '../../grants/refresh-grant.ts';
import { revokeGrants } from '../../grants/revoke-grants.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Settings } from '../../settings/settings.ts';
import { SingleFlight } from '../../single-flight.ts';
import {
  type Ending,
  grantOf,
  hasEnded,
  type Session,
  type SessionStore,
  usedNow,
  withGrant,
} from '../session.ts';
import { cookieForm, fromCookieForm } from './cookie-form.ts';
import { COOKIE_BUDGET_BYTES, type CookieJar } from './cookie-jar.ts';

const COOKIE = 'session';

/** Refreshes under way in this isolate, by refresh token: requests that come meanwhile share the answer. */
const refreshes = new SingleFlight<string, Grant>();

/** Sessions in the browser: the whole record sealed into cookies. Needs no storage. */
export class CookieStore implements SessionStore {
  readonly reach = undefined;
  readonly #settings: Settings;
  readonly #jar: CookieJar;
  #held: Promise<Session | undefined> | undefined;

  constructor(settings: Settings, jar: CookieJar) {
    this.#settings = settings;
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
    const grant = grantOf(session, provider.id);
    const now = Math.floor(Date.now() / 1000);
    if (!grant || !(options.force || isDue(grant, now, this.#settings.refreshMarginSeconds))) return session;
    let renewed: Session;
    try {
      const key = `${provider.id} ${grant.refresh_token}`;
      const facts = { session: (await sha256Hex(session.id)).slice(0, 12) };
      renewed = withGrant(session, await refreshes.share(key, () => refreshGrant(provider, grant, facts)));
    } catch (error) {
      const left = sessionAfter(error, session, grant);
      if (left !== session) await this.#write(left);
      if (mayServeOld(error, grant, { ...options, now })) return left;
      throw error;
    }
    await this.#write(renewed);
    return renewed;
  }

  async end({ revoke, flow }: Ending): Promise<void> {
    const session = await this.read();
    this.#jar.clear(COOKIE);
    this.#held = Promise.resolve(undefined);
    if (session && revoke) await revokeGrants(this.#settings.providers, session.grants, { flow });
  }

  async #open(): Promise<Session | undefined> {
    const sealed = this.#jar.get(COOKIE);
    if (sealed === undefined) return undefined;
    const session = fromCookieForm(await this.#settings.sealer.open('session', sealed));
    const now = Math.floor(Date.now() / 1000);
    if (!session || hasEnded(session, now, this.#settings)) {
      // A cookie that can't be read is cleared: the browser should not send it for ever.
      this.#jar.clear(COOKIE);
      return undefined;
    }
    const used = usedNow(session, now, this.#settings);
    const current = await this.#settings.sealer.isCurrent('session', sealed);
    if (used !== session || !current) await this.#write(used);
    return used;
  }

  async #write(session: Session): Promise<void> {
    let sealed = await this.#settings.sealer.seal('session', cookieForm(session));
    if (sealed.length > COOKIE_BUDGET_BYTES && session.steps) {
      // The steps are for looking at; the session matters more.
      sealed = await this.#settings.sealer.seal('session', cookieForm({ ...session, steps: undefined }));
    }
    if (sealed.length > COOKIE_BUDGET_BYTES) {
      throw new DrawbridgeError('session_too_large', { detail: `${sealed.length} bytes` });
    }
    this.#jar.set(COOKIE, sealed, session.expires_at - Math.floor(Date.now() / 1000));
    this.#held = Promise.resolve(session);
  }
}
