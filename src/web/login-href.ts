import type { Context } from 'hono';
import type { AppEnv } from './app-env.ts';
import { href } from './href.tsx';

/** What a link to a login may say beside the provider. */
export interface LoginLink {
  /** Where the user goes afterwards, as `judgeReturnTo` let it pass. */
  readonly returnTo?: string | undefined;
  /** The grant is added to the session that is there, its other grants stay as they are. */
  readonly connect?: boolean;
}

/** Where a login at a provider starts. */
export function loginHref(
  c: Context<AppEnv>,
  provider: string,
  { returnTo, connect }: LoginLink = {},
): string {
  const query = new URLSearchParams({
    ...(connect && { connect: '1' }),
    ...(returnTo !== undefined && { return_to: returnTo }),
  });
  return href(c, `/login/${provider}${query.size > 0 ? `?${query}` : ''}`);
}
