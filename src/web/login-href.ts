import type { Context } from 'hono';
import { type LoginWishes, STANDARD_WISHES } from '../oauth/authorization-request.ts';
import type { AppEnv } from './app-env.ts';
import { href } from './href.tsx';

/** What a link to a login may contain besides the provider. */
export interface LoginLink {
  /** Where the user goes afterwards, as `judgeReturnTo` let it pass. */
  readonly returnTo?: string | undefined;
  /** The grant is added to the current session; its other grants stay as they are. */
  readonly connect?: boolean;
  /** What the authorization request asks for beyond the settings. */
  readonly wishes?: LoginWishes;
}

/** Where a login at a provider starts. */
export function loginHref(
  c: Context<AppEnv>,
  provider: string,
  { returnTo, connect, wishes = {} }: LoginLink = {},
): string {
  const query = new URLSearchParams();
  for (const name of STANDARD_WISHES) {
    const wish = wishes[name];
    if (wish !== undefined) query.set(name, String(wish));
  }
  if (connect) query.set('connect', '1');
  if (returnTo !== undefined) query.set('return_to', returnTo);
  return href(c, `/login/${provider}${query.size > 0 ? `?${query}` : ''}`);
}
