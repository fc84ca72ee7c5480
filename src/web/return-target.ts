import type { Context } from 'hono';
import { judgeReturnTo } from '../login/return-to.ts';
import type { AppEnv } from './app-env.ts';

/** Where a request may send the user after a login; undefined where it names no such place. */
export function returnTarget(c: Context<AppEnv>, candidate: string | undefined): string | undefined {
  if (candidate === undefined) return undefined;
  const { basePath, returnToOrigins } = c.get('settings');
  return judgeReturnTo(candidate, { origin: c.get('origin'), basePath, allowedOrigins: returnToOrigins });
}
