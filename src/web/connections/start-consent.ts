import type { Context } from 'hono';
import { offlineWishes } from '../../connections/offline.ts';
import type { ConnectionWish } from '../../connections/wish.ts';
import { DrawbridgeError } from '../../errors.ts';
import { authorizationServer, knownServer } from '../../oauth/metadata.ts';
import { ProviderRequests } from '../../oauth/provider-requests.ts';
import type { Provider } from '../../providers/provider.ts';
import type { AppEnv } from '../app-env.ts';
import { failedLogin } from '../errors/failed-login.ts';
import { newFlow, wantsJson } from '../errors/respond.tsx';
import { href } from '../href.tsx';
import { formTarget } from '../middleware/headers.ts';
import { beginLogin } from '../user/login.ts';
import { deskOf } from './consent.ts';

/**
 * Sends the browser to the provider for the consent of a connection. A program that asked for JSON gets the URL,
 * and the cookie that the browser must bring back with the response.
 */
export async function startConsent(
  c: Context<AppEnv>,
  provider: Provider,
  scope: string | undefined,
  wish: ConnectionWish,
): Promise<Response> {
  const flow = newFlow();
  try {
    const server = await authorizationServer(new ProviderRequests(provider, { record: false }));
    const wishes = offlineWishes(provider, server, scope);
    const url = await beginLogin(c, provider, wishes, { returnTo: undefined, flow, connection: wish });
    return wantsJson(c) ? c.json({ authorization_url: url }) : c.redirect(url, 303);
  } catch (error) {
    if (!(error instanceof DrawbridgeError)) throw error;
    throw failedLogin(c, error, { flow, provider: provider.id, retry: href(c, deskOf(wish).href) });
  }
}

/** Where forms may lead if the response redirects to one of these providers; the page's CSP must allow it. */
export function consentTargets(providers: Iterable<Provider>): string[] {
  const places = [...providers].map((provider) => {
    const { authorization_endpoint } = knownServer(provider);
    return [authorization_endpoint, provider.issuer].filter((place) => place !== undefined);
  });
  return [...new Set(places.flat().map(formTarget))];
}
