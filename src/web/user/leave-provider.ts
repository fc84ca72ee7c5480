import type { Context } from 'hono';
import { sameText } from '../../crypto/same-text.ts';
import { DrawbridgeError } from '../../errors.ts';
import { isGrantOf } from '../../grants/grant.ts';
import { endSessionUrl, idTokenHint } from '../../oauth/end-session.ts';
import { authorizationServer } from '../../oauth/metadata.ts';
import { ProviderRequests } from '../../oauth/provider-requests.ts';
import type { Provider } from '../../providers/provider.ts';
import { grantOf, type Session } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';
import { href } from '../href.tsx';
import { requireRealVisit } from '../middleware/own-page.ts';
import { keepLogoutState } from './logout-state.ts';

/** Where the session at the provider is ended. */
interface Leaving {
  readonly url: string;
  /** The same without the ID token, which may be long. */
  readonly bareUrl: string;
  readonly state: string;
}

/** Where the session that was founded at a provider is ended there; undefined if it is not. */
export async function leaveProvider(c: Context<AppEnv>, current: Session): Promise<Leaving | undefined> {
  const provider = c.get('settings').providers.get(current.provider);
  const grant = provider && grantOf(current, provider.id);
  return (
    provider && leavingWith(c, provider, grant && isGrantOf(grant, provider) ? grant.id_token : undefined)
  );
}

/** Where somebody who is signed in at a provider, be it only there, is signed out; `held` is the ID token that came. */
export async function leavingWith(
  c: Context<AppEnv>,
  provider: Provider,
  held: string | undefined,
): Promise<Leaving | undefined> {
  if (!provider.end_session) return undefined;
  try {
    const { end_session_endpoint } = await authorizationServer(
      new ProviderRequests(provider, { record: false }),
    );
    if (!end_session_endpoint) return undefined;
    const idToken = await idTokenHint(provider, held);
    const state = keepLogoutState(c.get('jar'));
    const options = { returnTo: c.get('origin') + href(c, '/'), state };
    return {
      url: endSessionUrl(provider, end_session_endpoint, { ...options, idToken }),
      bareUrl: endSessionUrl(provider, end_session_endpoint, { ...options, idToken: undefined }),
      state,
    };
  } catch {
    return undefined;
  }
}

const COOKIE = 'logout-next';
/** How long a page may take to send the user on, in seconds. */
const LIFETIME_SECONDS = 600;
/** How much fits into one cookie, in bytes. */
const LONGEST = 3600;

/**
 * A URL of ours, good for one visit, that leads on to the provider. Script of a page gets this one: the provider's own
 * holds the ID token.
 */
export async function ownLeavingUrl(c: Context<AppEnv>, { url, bareUrl, state }: Leaving): Promise<string> {
  const { sealer } = c.get('settings');
  const sealed = await sealer.seal('logout', { url, state });
  const fits = sealed.length <= LONGEST ? sealed : await sealer.seal('logout', { url: bareUrl, state });
  c.get('jar').set(COOKIE, fits, LIFETIME_SECONDS);
  return `${c.get('origin')}${href(c, '/logout/provider')}?${new URLSearchParams({ state })}`;
}

/** `GET /logout/provider?state=`: goes on to end the session at the provider, once. */
export async function logoutAtProvider(c: Context<AppEnv>): Promise<Response> {
  requireRealVisit(c);
  const destination = c.req.header('sec-fetch-dest') ?? 'document';
  if (destination !== 'document') {
    throw new DrawbridgeError('forbidden', {
      description: 'This address redirects to another site, so it can’t be fetched.',
      hint: 'Navigate to it instead: set `location`.',
      detail: `destination ${destination}`,
    });
  }
  const jar = c.get('jar');
  const sealed = jar.get(COOKIE);
  const opened = sealed === undefined ? undefined : await c.get('settings').sealer.open('logout', sealed);
  const next = opened as Partial<Leaving> | undefined;
  if (!next?.url || !sameText(next.state ?? '', c.req.query('state') ?? ''))
    return c.redirect(href(c, '/'), 303);
  jar.clear(COOKIE);
  return c.redirect(next.url, 303);
}
