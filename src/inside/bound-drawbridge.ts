import type { MiddlewareHandler } from 'hono';
import type { UserClaims } from '../sessions/public-session.ts';
import { boundSource, type DrawbridgeEnv, sessionMiddleware } from './middleware.ts';

/**
 * Middleware that puts the session of each request on Hono's context (`DrawbridgeVariables`) and sends the cookies that
 * Drawbridge sets. A request without a cookie costs nothing, any other one call of the binding. If the binding is missing
 * or its `props` are wrong, the request gets a 503 `config_invalid` and no handler runs.
 *
 * @example
 * ```ts
 * app.use(drawbridge({ binding: 'AUTH' }))
 * app.get('/', (c) => c.text(`Hello ${c.var.session?.sub ?? 'stranger'}`))
 * ```
 */
export function drawbridge<Claims = UserClaims>({
  binding,
}: {
  /** The name of a service binding to the entrypoint `Auth`. */
  readonly binding: string;
}): MiddlewareHandler<DrawbridgeEnv<Claims>> {
  return sessionMiddleware((c) => boundSource(c, binding));
}
