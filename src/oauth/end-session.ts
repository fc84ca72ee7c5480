import type { AuthorizationServer } from 'oauth4webapi';
import type { Provider } from '../providers/provider.ts';

/**
 * Where the browser goes to end the session at the provider too (OpenID Connect RP-Initiated Logout §2);
 * undefined if the provider has no such place.
 */
export function endSessionUrl(
  provider: Provider,
  server: AuthorizationServer,
  options: { idToken: string | undefined; returnTo: string },
): string | undefined {
  if (!server.end_session_endpoint) return undefined;
  const url = new URL(server.end_session_endpoint);
  if (options.idToken) url.searchParams.set('id_token_hint', options.idToken);
  url.searchParams.set('client_id', provider.client.client_id);
  url.searchParams.set('post_logout_redirect_uri', options.returnTo);
  return url.href;
}
