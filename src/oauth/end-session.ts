import type { AuthorizationServer } from 'oauth4webapi';
import type { Provider } from '../providers/provider.ts';
import { logoutParameters } from '../providers/quirks/logout.ts';
import { signedToken } from './client-keys.ts';

/** Servers refuse longer URLs, many at 8 KB. */
const MAX_URL_LENGTH = 7000;

/** True if an ID token will be sent to the provider when the user signs out, so that it is worth storing. */
export function isHint(
  { end_session_endpoint: endpoint }: Pick<AuthorizationServer, 'end_session_endpoint'>,
  idToken: string | undefined,
): boolean {
  return endpoint !== undefined && idToken !== undefined && idToken.length < MAX_URL_LENGTH;
}

/**
 * An ID token as a hint for the provider that issued it: decrypted if it is encrypted, since only we can do that (OpenID
 * Connect Core §3.1.2.1). Undefined if there is none, or if the key for it has been removed from the settings.
 */
export async function idTokenHint(
  provider: Provider,
  idToken: string | undefined,
): Promise<string | undefined> {
  try {
    return idToken && (await signedToken(provider, idToken));
  } catch {
    return undefined;
  }
}

/**
 * The URL to send the browser to, to end the session at the provider too (OpenID Connect RP-Initiated Logout §2).
 * The provider sends the browser back to `returnTo` with `state`. An ID token that makes the URL too long is left
 * out: it is only a hint, and `client_id` identifies the client.
 */
export function endSessionUrl(
  provider: Provider,
  endpoint: string,
  options: { idToken: string | undefined; returnTo: string; state: string },
): string {
  const url = new URL(endpoint);
  const { client_id } = provider.client;
  const parameters = { client_id, ...logoutParameters(provider, options.returnTo), state: options.state };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  if (!options.idToken) return url.href;
  const without = url.href;
  url.searchParams.set('id_token_hint', options.idToken);
  return url.href.length > MAX_URL_LENGTH ? without : url.href;
}
