import type { Provider } from '../providers/provider.ts';

/**
 * Where the browser goes to end the session at the provider too (OpenID Connect RP-Initiated Logout §2). `state`
 * comes back to `returnTo` with it.
 */
export function endSessionUrl(
  provider: Provider,
  endpoint: string,
  options: { idToken: string | undefined; returnTo: string; state: string },
): string {
  const url = new URL(endpoint);
  if (options.idToken) url.searchParams.set('id_token_hint', options.idToken);
  url.searchParams.set('client_id', provider.client.client_id);
  url.searchParams.set('post_logout_redirect_uri', options.returnTo);
  url.searchParams.set('state', options.state);
  return url.href;
}
