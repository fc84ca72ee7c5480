import { RpcTarget } from 'cloudflare:workers';
import { nowSeconds } from '../clock.ts';
import { DrawbridgeError } from '../errors.ts';
import { newFlow } from '../flow.ts';
import { type Grant, schemeOf } from '../grants/grant.ts';
import { log } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import {
  type ClaimValue,
  type PublicSession,
  publicSession,
  type UserClaims,
} from '../sessions/public-session.ts';
import { grantOf, type Session } from '../sessions/session.ts';
import { forward } from '../upstreams/forward.ts';
import { isWebSocket } from '../upstreams/websocket.ts';
import { SessionCaller } from '../web/upstreams/session-caller.ts';
import { failureResponse } from './answers.ts';
import { loginUrl } from './login-url.ts';
import { permits } from './policy.ts';
import { type Failure, failureOf, type Result } from './results.ts';
import { scopeList } from './scopes.ts';
import { matchById, requestOf, withCookies } from './upstream-request.ts';
import type { Visit } from './visit.ts';

/** Who is signed in, as far as the app's policy allows it to know. */
export interface SessionInfo<Claims = UserClaims> extends PublicSession<Claims> {
  /** Whether a verified e-mail address counts in `allow`; `hd`: only with the domain in that claim. */
  readonly trust_email: boolean | 'hd';
}

/** An access token, for an app that may have it. */
export interface AccessToken {
  readonly access_token: string;
  readonly token_type: string;
  /** In seconds from now; undefined if the provider does not say. */
  readonly expires_in: number | undefined;
  /** As granted; space-separated. */
  readonly scope: string;
  /** `Set-Cookie` lines that must reach the browser: a refreshed session in cookies is another cookie. */
  readonly setCookie: readonly string[];
}

/** What an access token must allow. */
export interface AccessTokenOptions {
  /** Scopes that it must have: a list, or a text with spaces. */
  readonly scope?: string | readonly string[] | undefined;
}

/**
 * The session of one request, for the app that got the request; use it for that request only. Every method checks that
 * the session has not ended since. (With sessions in cookies, that it has not expired and was not ended by this target.)
 */
export class SessionTarget extends RpcTarget {
  readonly #visit: Visit;
  #session: Session | undefined;

  constructor(visit: Visit, session: Session) {
    super();
    this.#visit = visit;
    this.#session = session;
  }

  /** Who is signed in. Code: `not_signed_in`. */
  async info(): Promise<Result<SessionInfo>> {
    return this.#result(async () => ({ ok: true, ...infoOf(await this.#alive(), this.#visit) }));
  }

  /**
   * Sends a request to an upstream with the user's token, and returns its response. `path` is below the upstream's base
   * and may have a query. Drawbridge's own errors are responses too, with the header `Drawbridge-Error`: `not_signed_in`,
   * `not_allowed`, `not_found` (no such upstream for this app), `login_required`, `insufficient_scope`,
   * `invalid_request`, `method_not_allowed`, `upstream_unreachable`, `upstream_timeout`. If a refresh changed the
   * session's cookies, they are on the response.
   */
  async fetch(upstream: string, path: string, init?: RequestInit | Request): Promise<Response> {
    try {
      const session = await this.#alive();
      const { settings, origin, policy } = this.#visit;
      const match = matchById(settings.upstreams, (id) => permits(policy.upstreams, id), upstream, path);
      const caller = new SessionCaller(this.#visit.store, session, {
        by: 'binding',
        signInUrl: ({ provider, scope, acr_values, max_age }) =>
          loginUrl(settings.basePath, {
            provider,
            scope,
            acr_values,
            max_age: Number(max_age),
            connect: true,
          }),
      });
      const context = { settings, origin, publicPath: '/', flow: newFlow() };
      const response = await forward(this.#requestOf(init), match, caller, context);
      return withCookies(response, this.#visit.takeCookies());
    } catch (error) {
      return withCookies(failureResponse(this.#failure(error)), this.#visit.takeCookies());
    }
  }

  /**
   * A fresh access token of a provider (by default the one that the user signed in with); only with `raw_tokens`.
   * Codes: `not_allowed`, `not_signed_in`, `unknown_provider`, `login_required`, `insufficient_scope`, `invalid_request`,
   * `provider_unreachable` and the other errors of a refresh.
   */
  async accessToken(provider?: string, options?: AccessTokenOptions): Promise<Result<AccessToken>> {
    return this.#result(async () => {
      // protects: raw tokens of an app
      if (this.#visit.policy.raw_tokens !== true) throw new DrawbridgeError('not_allowed', NO_RAW_TOKENS);
      const session = await this.#alive();
      const owner = this.#provider(provider ?? session.provider);
      const wanted = scopesOf(options);
      const grant = await this.#freshGrant(session, owner, wanted);
      return { ok: true, ...tokenOf(grant), setCookie: this.#visit.takeCookies() };
    });
  }

  /**
   * Ends the session and revokes its tokens. The user stays signed in at the provider; a form that posts to `/logout`
   * signs out there too. Code: `not_signed_in`.
   */
  async end(): Promise<Result<{ readonly setCookie: readonly string[] }>> {
    return this.#result(async () => {
      const { provider } = await this.#alive();
      this.#session = undefined;
      const flow = newFlow();
      await this.#visit.store.end({ revoke: true, flow });
      log('logout', { flow, provider, app: this.#visit.policy.app });
      return { ok: true, setCookie: this.#visit.takeLastCookies() };
    });
  }

  async #result<T extends { ok: true }>(work: () => Promise<T>): Promise<T | Failure> {
    try {
      return await work();
    } catch (error) {
      return this.#failure(error);
    }
  }

  /** Throws `invalid_request`. */
  #requestOf(init: RequestInit | Request | undefined): Request {
    const request = requestOf(init);
    if (!this.#visit.isRemote || !isWebSocket(request.headers)) return request;
    throw new DrawbridgeError('invalid_request', {
      description: 'A WebSocket can’t pass from one Worker to another as the result of `fetch`.',
      hint: 'Pass the request on with the `fetch` of the binding: `env.AUTH.fetch(request)`, at the upstream’s own path.',
      detail: 'a WebSocket over RPC',
    });
  }

  #failure(error: unknown): Failure {
    return failureOf(error, { app: this.#visit.policy.app });
  }

  /** The session, if it has not ended meanwhile. Throws `not_signed_in`. */
  async #alive(): Promise<Session> {
    const session = this.#session;
    // protects: sessions that ended elsewhere
    if (session && (await this.#visit.store.isAlive(session))) return session;
    this.#session = undefined;
    throw new DrawbridgeError('not_signed_in').with({ loginUrl: loginUrl(this.#visit.settings.basePath) });
  }

  /** Throws `unknown_provider`, also for one that the policy hides. */
  #provider(id: unknown): Provider {
    const { settings, policy } = this.#visit;
    const provider =
      typeof id === 'string' && permits(policy.providers, id) ? settings.providers.get(id) : undefined;
    if (!provider) throw new DrawbridgeError('unknown_provider');
    return provider;
  }

  /** Throws `login_required`, `insufficient_scope` and the errors of a refresh, with the sign-in that helps. */
  async #freshGrant(session: Session, provider: Provider, wanted: readonly string[]): Promise<Grant> {
    const link = (scope?: string) => ({
      loginUrl: loginUrl(this.#visit.settings.basePath, { provider: provider.id, connect: true, scope }),
      provider: provider.id,
    });
    const held = grantOf(session, provider.id);
    if (!held) throw new DrawbridgeError('login_required').with(link());
    const missing = wanted.filter((scope) => !scopeList(held.scope).includes(scope));
    if (missing.length > 0) {
      const union = [...new Set([...scopeList(held.scope), ...wanted])].join(' ');
      throw new DrawbridgeError('insufficient_scope').with(link(union));
    }
    try {
      this.#session = await this.#visit.store.refresh(session, provider, { force: false });
    } catch (error) {
      const isSolvable = error instanceof DrawbridgeError && error.code === 'login_required';
      throw isSolvable ? error.with(link()) : error;
    }
    const grant = grantOf(this.#session, provider.id);
    if (!grant) throw new DrawbridgeError('login_required').with(link());
    if (grant.dpop_key) throw new DrawbridgeError('not_allowed', BOUND);
    return grant;
  }
}

const NO_RAW_TOKENS = {
  description: 'This app may call upstreams, but may not have the access tokens themselves.',
  hint: 'Use `fetch`, or set `raw_tokens` in the props of the binding.',
};
const BOUND = {
  description: 'The token is bound to a key that only Drawbridge has (DPoP), so it is useless elsewhere.',
  hint: 'Use `fetch`, which adds the proof.',
};

/**
 * What the app may know. Grants of providers that its policy hides are left out. All of it is the app's own: other
 * requests have the same session in memory, and `allow` and the headers of upstreams go by its claims.
 */
export function infoOf(session: Session, { policy, settings }: Visit): SessionInfo {
  const info = publicSession(session);
  const trust_email = settings.providers.get(session.provider)?.trust_email ?? false;
  return {
    ...info,
    ...(info.amr && { amr: [...info.amr] }),
    claims: copiesIn(info.claims),
    trust_email,
    grants: info.grants.filter(({ provider }) => permits(policy.providers, provider)),
  };
}

function copiesIn(claims: object): UserClaims {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, copyOf(value)]));
}

function copyOf(value: ClaimValue): ClaimValue {
  if (Array.isArray(value)) return value.map(copyOf);
  return typeof value === 'object' && value !== null ? copiesIn(value) : value;
}

function tokenOf({ access_token, token_type, expires_at, scope }: Grant) {
  const now = nowSeconds();
  const expires_in = expires_at === undefined ? undefined : Math.max(0, expires_at - now);
  return { access_token, token_type: schemeOf(token_type), expires_in, scope };
}

/** Throws `invalid_request`. */
function scopesOf(options: AccessTokenOptions | undefined): readonly string[] {
  try {
    return scopeList(options?.scope);
  } catch (error) {
    throw new DrawbridgeError('invalid_request', {
      description: '`scope` is neither a text nor a list of texts.',
      hint: 'Pass scopes as in `{ scope: "read write" }`.',
      detail: String(error),
    });
  }
}
