import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import { knownServer } from '../../oauth/metadata.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Session } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';
import { href } from '../href.tsx';
import { loginHref } from '../login-href.ts';
import { formTarget } from '../middleware/headers.ts';

export function notSignedIn(c: Context<AppEnv>): DrawbridgeError {
  return new DrawbridgeError('not_signed_in').with({ retry: href(c, '/') });
}

/** The session, and the provider `named` (else the one it was started with), which has a grant in it. */
export async function sessionGrant(
  c: Context<AppEnv>,
  named = c.req.query('provider') || undefined,
): Promise<{ session: Session; provider: Provider }> {
  const current = await c.get('sessions').read();
  if (!current) throw notSignedIn(c);
  const id = named ?? current.provider;
  const provider = c.get('settings').providers.get(id);
  if (!provider) throw new DrawbridgeError('unknown_provider');
  if (!current.grants.some((grant) => grant.provider === id)) {
    throw new DrawbridgeError('login_required').with({
      retry: loginHref(c, id, { connect: true }),
      provider: id,
    });
  }
  return { session: current, provider };
}

/** Signing out redirects the form's answer to the provider, which the page's CSP must allow. */
export function endSessionTargets(current: Session, providers: ReadonlyMap<string, Provider>): string[] {
  const provider = providers.get(current.provider);
  if (!provider?.end_session) return [];
  const { end_session_endpoint } = knownServer(provider);
  const place = end_session_endpoint ?? provider.issuer;
  return place === undefined ? [] : [formTarget(place)];
}
