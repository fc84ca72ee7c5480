import type { Grant } from '../../grants/grant.ts';
import type { Identity } from '../../providers/allow.ts';
import type { Provider } from '../../providers/provider.ts';
import { grantOf, type Session } from '../../sessions/session.ts';
import type { SessionStore } from '../../sessions/store.ts';
import type { Caller, SignInWishes } from '../../upstreams/caller.ts';

/** A session, or nobody, as the caller of the forwarding engine. */
export class SessionCaller implements Caller {
  readonly identity: Identity | undefined;
  readonly isBrowser: boolean;
  readonly facts;
  readonly signInUrl: (wishes: SignInWishes) => string | undefined;
  readonly #store: SessionStore;
  #session: Session | undefined;

  constructor(
    store: SessionStore,
    session: Session | undefined,
    options: {
      /** `browser` for requests of a browser, whose cookies are on our origin. */
      readonly by: 'browser' | 'binding';
      readonly signInUrl: (wishes: SignInWishes) => string | undefined;
    },
  ) {
    this.#store = store;
    this.#session = session;
    this.identity = session;
    this.isBrowser = options.by === 'browser';
    this.facts = { by: options.by };
    this.signInUrl = options.signInUrl;
  }

  grant(provider: Provider): Promise<Grant | undefined> {
    return this.#refreshed(provider, false);
  }

  rejected(provider: Provider): Promise<Grant | undefined> {
    return this.#refreshed(provider, 'rejected');
  }

  async isAlive(): Promise<boolean> {
    return this.#session === undefined || this.#store.isAlive(this.#session);
  }

  aliveUntil(): number | undefined {
    return this.#session && this.#store.aliveUntil(this.#session);
  }

  async #refreshed(provider: Provider, force: false | 'rejected'): Promise<Grant | undefined> {
    if (!grantOf(this.#session, provider.id) || !this.#session) return undefined;
    this.#session = await this.#store.refresh(this.#session, provider, { force });
    return grantOf(this.#session, provider.id);
  }
}
