import type { Context, MiddlewareHandler } from 'hono';
import { errorData } from '../errors.ts';
import type { UserClaims } from '../sessions/public-session.ts';
import type { Env } from '../settings/env.ts';
import { textOf } from '../settings/setting-names.ts';
import { AuthClient } from './auth-client.ts';
import { envAt } from './base-path.ts';
import { drawbridge as boundDrawbridge } from './bound-drawbridge.ts';
import { type DrawbridgeEnv, type Source, sessionMiddleware } from './middleware.ts';
import { requireOptions } from './options.ts';
import { type AuthProps, authPolicy } from './policy.ts';
import { type Failure, failureOf } from './results.ts';

/** Where the session comes from: Drawbridge in this Worker, or in another one over a binding. */
export interface DrawbridgeOptions extends Partial<AuthProps> {
  /** The name of a service binding to the entrypoint `Auth`. Its `props` are then the policy, and no other option counts. */
  readonly binding?: string | undefined;
  /** Where `createDrawbridge()` is mounted, if `BASE_PATH` does not say so; `/auth` by default. */
  readonly path?: string | undefined;
}

/**
 * Middleware that puts the session of each request on Hono's context (`DrawbridgeVariables`) and sends the cookies that
 * Drawbridge sets. A request without a cookie costs nothing, any other one call of the session's object. If settings or
 * props are wrong, the request gets a 503 `config_invalid` and no handler runs.
 *
 * In the same Worker you may have raw tokens unless `raw_tokens` is false. Over a binding, its `props` decide. Throws a
 * `TypeError` at the start for options that are unknown, have the wrong type, or would not count.
 *
 * @example
 * ```ts
 * app.use(drawbridge())                       // createDrawbridge() is mounted in this app
 * app.use(drawbridge({ binding: 'AUTH' }))    // Drawbridge is another Worker
 *
 * app.get('/', (c) => c.text(`Hello ${c.var.session?.sub ?? 'stranger'}`))
 * ```
 */
export function drawbridge<Claims = UserClaims>(
  options: DrawbridgeOptions = {},
): MiddlewareHandler<DrawbridgeEnv<Claims>> {
  if (options?.binding !== undefined)
    return boundDrawbridge<Claims>({ ...options, binding: options.binding });
  requireOptions('drawbridge', options, OPTIONS);
  const { binding: _, path, ...policy } = options;
  const props = mountedPolicy(policy);
  return sessionMiddleware((c) => mountedSource(c, path, props));
}

const OPTIONS = ['binding', 'path', 'app', 'providers', 'upstreams', 'raw_tokens'];

/** What this app may do. Throws a `TypeError`. */
function mountedPolicy(policy: Partial<AuthProps>): AuthProps {
  try {
    return authPolicy({ app: 'mounted', raw_tokens: true, ...policy });
  } catch (error) {
    throw new TypeError(`drawbridge: an option has the wrong type (${errorData(error).detail})`);
  }
}

function mountedSource(c: Context, path: string | undefined, props: AuthProps): Source | Failure {
  const env: Env = Object(c.env);
  try {
    return new AuthClient(envAt(env, textOf(env.BASE_PATH) ?? path ?? '/auth'), props);
  } catch (error) {
    return failureOf(error);
  }
}
