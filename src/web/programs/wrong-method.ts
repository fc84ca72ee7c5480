import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import type { AppEnv } from '../app-env.ts';

/** What programs reach by POST alone: in a query, a key would be logged by everyone on the way. */
const BY_POST: ReadonlySet<string> = new Set(['/token', '/revoke', '/device_authorization']);

/** `not_found`, which says so where only the method is wrong. */
export function nothingHere(c: Context<AppEnv>): DrawbridgeError {
  const isByPost = BY_POST.has(c.req.path) && c.get('settings').connections !== undefined;
  if (!isByPost) return new DrawbridgeError('not_found');
  return new DrawbridgeError('not_found', {
    description: 'This address is for programs and only accepts POST requests.',
    hint: 'Send the parameters by POST, in the body as `application/x-www-form-urlencoded`.',
    detail: `${c.req.method} instead of POST`,
  });
}
