import type { AuthorizationServer } from 'oauth4webapi';
import type { LoginWishes } from '../oauth/authorization-request.ts';
import { isOpenId, type Provider } from '../providers/provider.ts';

const OFFLINE_ACCESS = 'offline_access';

/**
 * Pure: what to ask a provider for so that a refresh token comes, and the user sees what they consent to. `scope` is what
 * the connection is to have; undefined: what the settings say. OpenID Connect Core §11: `offline_access` comes with
 * `prompt=consent`.
 */
export function offlineWishes(
  provider: Provider,
  server: Pick<AuthorizationServer, 'scopes_supported'>,
  scope: string | undefined,
): LoginWishes {
  const wanted = (scope ?? provider.scope).split(/\s+/).filter(Boolean);
  const isOffered = isOpenId(wanted.join(' ')) && server.scopes_supported?.includes(OFFLINE_ACCESS);
  const offline = provider.refresh_token_scope ?? (isOffered ? OFFLINE_ACCESS : undefined);
  const { prompt: own, ...parameters } = {
    ...provider.authorization_params,
    ...provider.refresh_token_params,
  };
  return {
    scope: [...new Set([...wanted, ...(offline === undefined ? [] : [offline])])].join(' '),
    // protects: a fresh consent for each connection
    prompt: own ?? 'consent',
    extra: parameters,
  };
}
