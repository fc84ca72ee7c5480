import { nowSeconds } from '../../clock.ts';
import { sha256Hex } from '../../crypto/hash.ts';
import { DrawbridgeError } from '../../errors.ts';
import {
  applyOutcome,
  errorFor,
  type RefreshOutcome,
  type RefreshResult,
} from '../../grants/apply-outcome.ts';
import { decideRefresh, type Force } from '../../grants/decide-refresh.ts';
import type { Grant } from '../../grants/grant.ts';
import { RecentRefreshes, refreshKey } from '../../grants/recent-refreshes.ts';
import { refreshGrant } from '../../grants/refresh-grant.ts';
import { revokeGrants } from '../../grants/revoke-grants.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Settings } from '../../settings/settings.ts';
import { SingleFlight } from '../../single-flight.ts';
import { endOf, hasEnded, usedNow } from '../lifetime.ts';
import {
  type Ending,
  grantOf,
  isOfAnotherIssuer,
  newGrants,
  type Session,
  sessionAfter,
} from '../session.ts';
import type { Beginning, SessionStore } from '../store.ts';
import { cookieForm, fromCookieForm } from './cookie-form.ts';
import { COOKIE_BUDGET_BYTES, type CookieJar } from './cookie-jar.ts';

const COOKIE = 'session';

interface Refreshed {
  readonly result: RefreshResult;
  readonly outcome: RefreshOutcome;
}

/** Refreshes under way in this isolate: requests that come meanwhile share the answer. */
const refreshes = new SingleFlight<string, Refreshed>();
const recent = new RecentRefreshes();

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

  async start(session: Session, { continues }: Beginning = {}): Promise<void> {
    try {
      if (continues !== undefined && (await this.read())?.id !== continues) {
        throw new DrawbridgeError('not_signed_in', {
          detail: 'the session ended while a provider was added',
        });
      }
      await this.#write(session);
    } catch (error) {
      await revokeGrants(this.#settings, newGrants(session, await this.read()), {});
      throw error;
    }
  }

  async refresh(session: Session, provider: Provider, { force }: { force: Force }): Promise<Session> {
    const seen = grantOf(session, provider.id);
    if (!seen) return session;
    const now = nowSeconds();
    const { grant, retry, error } = recent.latest(seen, now);
    if (!grant) return this.#refuse(session, provider.id, grant, error);
    const margin = this.#settings.refreshMarginSeconds;
    const decision = decideRefresh(grant, provider, { now, margin, force, seen, retry });
    switch (decision.kind) {
      case 'serve':
        return this.#keep(session, sessionAfter(session, provider.id, grant));
      case 'refuse':
        return this.#refuse(session, provider.id, grant, decision.error);
      case 'ended':
        return this.#refuse(session, provider.id, undefined, decision.error);
      case 'refresh': {
        const { result, outcome } = await this.#refreshShared(session, provider, grant, force);
        const fault = errorFor(result, grant, { force, now });
        if (fault) return this.#refuse(session, provider.id, outcome.grant, fault);
        return this.#keep(session, sessionAfter(session, provider.id, outcome.grant));
      }
      default:
        return decision satisfies never;
    }
  }

  async readFresh(provider: string | undefined, options: { force: Force }): Promise<Session | undefined> {
    const session = await this.read();
    if (!session) return undefined;
    const named = this.#settings.providers.get(provider ?? session.provider);
    if (!named) throw new DrawbridgeError('unknown_provider');
    try {
      if (!grantOf(session, named.id)) throw new DrawbridgeError('login_required');
      return await this.refresh(session, named, options);
    } catch (error) {
      throw error instanceof DrawbridgeError ? error.with({ provider: named.id }) : error;
    }
  }

  async isAlive(session: Session): Promise<boolean> {
    return !hasEnded(session, nowSeconds(), this.#settings);
  }

  aliveUntil(session: Session): number {
    return endOf(session, this.#settings);
  }

  async #refreshShared(session: Session, provider: Provider, grant: Grant, force: Force): Promise<Refreshed> {
    const facts = { session: (await sha256Hex(session.id)).slice(0, 12) };
    return refreshes.share(refreshKey(grant), async () => {
      const { retry } = recent.latest(grant, nowSeconds());
      const result = await refreshGrant(provider, grant, facts);
      const now = nowSeconds();
      const outcome = applyOutcome(grant, grant, result, { now, random: Math.random(), force, retry });
      const error = result.kind === 'ended' ? result.error : undefined;
      recent.add(grant, { ...outcome, error, at: now });
      return { result, outcome };
    });
  }

  /** Stores what is left of the session, and throws. */
  async #refuse(
    session: Session,
    provider: string,
    grant: Grant | undefined,
    error: DrawbridgeError = new DrawbridgeError('login_required'),
  ): Promise<never> {
    const left = sessionAfter(session, provider, grant);
    if (left) await this.#keep(session, left);
    else await this.#drop(session, provider);
    throw error;
  }

  async #keep(before: Session, after: Session | undefined): Promise<Session> {
    if (after && after !== before) await this.#write(after);
    return after ?? before;
  }

  /** The grant that it began with has ended, and so has the session. Its other tokens are of no more use. */
  async #drop({ grants }: Session, founder: string): Promise<void> {
    this.#jar.clear(COOKIE);
    this.#held = Promise.resolve(undefined);
    const others = grants.filter(({ provider }) => provider !== founder);
    await revokeGrants(this.#settings, others, {});
  }

  async end({ revoke, flow }: Ending): Promise<void> {
    const session = await this.read();
    this.#jar.clear(COOKIE);
    this.#held = Promise.resolve(undefined);
    if (session && revoke) await revokeGrants(this.#settings, session.grants, { flow });
  }

  async #open(): Promise<Session | undefined> {
    const sealed = this.#jar.get(COOKIE);
    if (sealed === undefined) return undefined;
    const session = fromCookieForm(await this.#settings.sealer.open('session', sealed));
    const now = nowSeconds();
    if (
      !session ||
      hasEnded(session, now, this.#settings) ||
      isOfAnotherIssuer(session, this.#settings.providers)
    ) {
      // A cookie that can't be read is cleared, so that the browser stops sending it.
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
    this.#jar.set(COOKIE, sealed, session.expires_at - nowSeconds());
    this.#held = Promise.resolve(session);
  }
}
