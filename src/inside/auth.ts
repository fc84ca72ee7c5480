import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Hono } from 'hono';
import { createApp } from '../app.ts';
import type { Env } from '../settings/env.ts';
import { loadSettings } from '../settings/load-settings.ts';
import type { AppEnv } from '../web/app-env.ts';
import { AuthClient, type SessionResult } from './auth-client.ts';
import type { LoginUrlOptions } from './login-url.ts';
import { type AuthProps, authPolicy, propsText, settingsFor } from './policy.ts';

/**
 * Drawbridge for another Worker of the same account, over a service binding. The binding's `props` (`AuthProps`) are the
 * policy of that app.
 *
 * @example
 * ```toml
 * [[services]]
 * binding = "AUTH"
 * service = "drawbridge"
 * entrypoint = "Auth"
 * props = { app = "shop" }
 * ```
 */
export class Auth extends WorkerEntrypoint<Env, AuthProps> {
  readonly #client = new AuthClient(this.env, this.ctx.props, { isRemote: true });

  /** Serves Drawbridge's own routes for an app that owns the hostname: `/login`, `/callback`, `/logout` and the others. */
  override async fetch(request: Request): Promise<Response> {
    return appFor(this.ctx.props).fetch(request, this.env, this.ctx);
  }

  /**
   * Finds the session for a request's headers. `origin` is the origin that the browser requested, by default
   * from the `Host` header. The `setCookie` lines of the result must reach the browser. Never throws. Codes:
   * `config_invalid`, `invalid_request`.
   */
  async session(headers: Headers, options?: { readonly origin?: string }): Promise<SessionResult> {
    return this.#client.session(headers, options);
  }

  /** Returns the path that starts a sign-in. Options that are malformed are left out. */
  async loginUrl(options?: LoginUrlOptions): Promise<string> {
    return this.#client.loginUrl(options);
  }
}

/** The app of each policy; props are configuration, so there are as many as bindings. */
const apps = new Map<string, Hono<AppEnv>>();
const MOST_APPS = 100;

/** Drawbridge's app as the policy lets it be seen; with a mistake in the props it answers 503. */
function appFor(props: unknown): Hono<AppEnv> {
  const key = propsText(props);
  const app = apps.get(key) ?? createApp((env) => settingsFor(loadSettings(env), authPolicy(props)));
  if (apps.size < MOST_APPS) apps.set(key, app);
  return app;
}
