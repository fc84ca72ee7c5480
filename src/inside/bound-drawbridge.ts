import type { MiddlewareHandler } from 'hono';
import type { UserClaims } from '../sessions/public-session.ts';
import { boundSource, type DrawbridgeEnv, sessionMiddleware } from './middleware.ts';
import { requireOptions } from './options.ts';

/**
 * Middleware that puts the session of each request on Hono's context (`DrawbridgeVariables`) and sends the cookies that
 * Drawbridge sets. A request without a cookie costs nothing, any other one call of the binding. If the binding is missing
 * or its `props` are wrong, the request gets a 503 `config_invalid` and no handler runs. Throws a `TypeError` at the start
 * for any other option: the policy of the app is the binding's `props`.
 *
 * @example
 * ```ts
 * app.use(drawbridge({ binding: 'AUTH' }))
 * app.get('/', (c) => c.text(`Hello ${c.var.session?.sub ?? 'stranger'}`))
 * ```
 */
export function drawbridge<Claims = UserClaims>(options: {
  /** The name of a service binding to the entrypoint `Auth`. */
  readonly binding: string;
}): MiddlewareHandler<DrawbridgeEnv<Claims>> {
  requireOptions('drawbridge, over a binding', options, ['binding']);
  const { binding } = options;
  if (typeof binding !== 'string' || binding === '') {
    throw new TypeError('drawbridge: `binding` is not the name of a service binding');
  }
  return sessionMiddleware((c) => boundSource(c, binding));
}
