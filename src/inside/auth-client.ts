import { DrawbridgeError } from '../errors.ts';
import { isOpenId, type Provider } from '../providers/provider.ts';
import type { Env } from '../settings/env.ts';
import { loadSettings } from '../settings/load-settings.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { type LoginUrlOptions, loginUrl } from './login-url.ts';
import { type AuthProps, authPolicy, permits, settingsFor } from './policy.ts';
import { type Failure, failureOf } from './results.ts';
import { infoOf, type SessionInfo, SessionTarget } from './session-target.ts';
import { Visit } from './visit.ts';

/** The result of `session(headers)`. The `setCookie` lines must reach the browser, whether there is a session or not. */
export type SessionResult<Target = SessionTarget> = { readonly setCookie: readonly string[] } & (
  | { readonly ok: true; readonly session: Target; readonly info: SessionInfo }
  | { readonly ok: true; readonly session: null; readonly info: null }
  | (Failure & { readonly session: null; readonly info: null })
);

/** What an app asks of Drawbridge, over a binding or in the same Worker. */
export class AuthClient {
  readonly #env: Env;
  readonly #props: unknown;
  readonly #isRemote: boolean;

  /** `isRemote`: for another Worker, over a binding. */
  constructor(env: Env, props: unknown, { isRemote = false } = {}) {
    this.#env = env;
    this.#props = props;
    this.#isRemote = isRemote;
  }

  /**
   * Finds the session for a request's headers; `session` is null if there is none. `origin` is the origin that the browser
   * requested, by default from the `Host` header. Never throws. Codes: `config_invalid`, `invalid_request`.
   */
  async session(headers: Headers, options?: { readonly origin?: string }): Promise<SessionResult> {
    let policy: AuthProps | undefined;
    try {
      policy = authPolicy(this.#props);
      const settings = loadSettings(this.#env);
      // Throws if the policy names no provider that is set up.
      if (policy.providers) settingsFor(settings, policy);
      const visit = new Visit(settings, policy, asHeaders(headers), {
        origin: asOrigin(options?.origin),
        isRemote: this.#isRemote,
      });
      const session = await visit.store.read();
      const setCookie = visit.takeCookies();
      // protects: providers of an app
      if (!session || !permits(policy.providers, session.provider)) {
        return { ok: true, session: null, info: null, setCookie };
      }
      const info = infoOf(session, visit);
      return { ok: true, session: new SessionTarget(visit, session), info, setCookie };
    } catch (error) {
      return { ...failureOf(error, { app: policy?.app }), session: null, info: null, setCookie: [] };
    }
  }

  /**
   * The path that starts a sign-in. `max_age` and `acr_values` are left out if the provider has no OpenID Connect, since
   * it could not fulfil them.
   */
  loginUrl(options: LoginUrlOptions = {}): string {
    const { basePath, settings } = readSettings(this.#env);
    const { max_age, acr_values, ...others } = Object(options);
    const provider = settings && this.#provider(settings, others.provider);
    const scope = typeof others.scope === 'string' ? others.scope : provider?.scope;
    const isPlainOAuth = scope !== undefined && !isOpenId(scope);
    return loginUrl(basePath, isPlainOAuth ? others : options);
  }

  /** The provider with that id, or the one that uses `/login` for this app. */
  #provider(settings: Settings, id: unknown): Provider | undefined {
    try {
      const { providers, defaultProvider } = settingsFor(settings, authPolicy(this.#props));
      return typeof id === 'string' ? providers.get(id) : defaultProvider;
    } catch {
      // With wrong props, `/login` only shows an error anyway.
      return undefined;
    }
  }
}

/** What comes over a binding may be anything. Throws `invalid_request`. */
function asHeaders(headers: unknown): Headers {
  if (headers instanceof Headers) return headers;
  throw new DrawbridgeError('invalid_request', {
    description: 'The headers of the visitor’s request are missing.',
    hint: 'Call `session(request.headers)`, with the `Headers` themselves.',
    detail: 'session: no Headers',
  });
}

/** As above; names and attributes of cookies depend on it. Throws `invalid_request`. */
function asOrigin(origin: unknown): string | undefined {
  if (origin == null) return undefined;
  if (typeof origin === 'string' && ORIGIN.test(origin)) return origin;
  throw new DrawbridgeError('invalid_request', {
    description: 'The option `origin` is not an origin.',
    hint: 'Pass the one that the browser requested, such as `new URL(request.url).origin`, or leave it out.',
    detail: 'session: no origin',
  });
}

const ORIGIN = /^https?:\/\/./;
