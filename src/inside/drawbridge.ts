import type { Context, MiddlewareHandler } from 'hono';
import type { UserClaims } from '../sessions/public-session.ts';
import type { Env } from '../settings/env.ts';
import { textOf } from '../settings/setting-names.ts';
import { AuthClient } from './auth-client.ts';
import { envAt } from './base-path.ts';
import { boundSource, type DrawbridgeEnv, type Source, sessionMiddleware } from './middleware.ts';
import type { AuthProps } from './policy.ts';
import { type Failure, failureOf } from './results.ts';

/** Where the session comes from: Drawbridge in this Worker, or in another one over a binding. */
export interface DrawbridgeOptions extends Partial<AuthProps> {
  /** The name of a service binding to the entrypoint `Auth`. Its `props` are then the policy. */
  readonly binding?: string | undefined;
  /** Where `createDrawbridge()` is mounted, if `BASE_PATH` does not say so; `/auth` by default. */
  readonly path?: string | undefined;
}

/**
 * Middleware that puts the session of each request on Hono's context (`DrawbridgeVariables`) and sends the cookies that
 * Drawbridge sets. A request without a cookie costs nothing, any other one call of the session's object. If settings or
 * props are wrong, the request gets a 503 `config_invalid` and no handler runs.
 *
 * In the same Worker you may have raw tokens unless `raw_tokens` is false. Over a binding, its `props` decide.
 *
 * @example
 * ```ts
 * app.use(drawbridge())                       // createDrawbridge() is mounted in this app
 * app.use(drawbridge({ binding: 'AUTH' }))    // Drawbridge is another Worker
 *
 * app.get('/', (c) => c.text(`Hello ${c.var.session?.sub ?? 'stranger'}`))
 * ```
 */
export function drawbridge<Claims = UserClaims>({
  binding,
  path,
  ...policy
}: DrawbridgeOptions = {}): MiddlewareHandler<DrawbridgeEnv<Claims>> {
  const props: AuthProps = { app: 'mounted', raw_tokens: true, ...policy };
  return sessionMiddleware((c) =>
    binding === undefined ? mountedSource(c, path, props) : boundSource(c, binding),
  );
}

function mountedSource(c: Context, path: string | undefined, props: AuthProps): Source | Failure {
  const env: Env = Object(c.env);
  try {
    return new AuthClient(envAt(env, textOf(env.BASE_PATH) ?? path ?? '/auth'), props);
  } catch (error) {
    return failureOf(error);
  }
}
