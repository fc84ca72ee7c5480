import type { JWK } from 'jose';
import type { AuthorizationServer } from 'oauth4webapi';
import { isLoopback } from '../../src/providers/allowed-url.ts';
import { callbackPath } from '../../src/providers/provider.ts';

/** What is to be registered; in an update, what is undefined stays as it is. */
export interface Wanted {
  /** The provider's id in the settings. */
  readonly id: string;
  /** Where users see the Worker; the first is the one that the provider itself talks to. */
  readonly origins: readonly [string, ...string[]];
  /** `BASE_PATH`, without a final slash; empty unless set. */
  readonly basePath: string;
  readonly isDefault: boolean;
  readonly authMethod: string | undefined;
  readonly scope: string | undefined;
  readonly name: string | undefined;
  readonly fapi2: boolean;
  readonly applicationType: 'web' | 'native' | undefined;
  /** False: no logout tokens, as for sessions in cookies, which they could not end. */
  readonly backchannelLogout: boolean;
  /** The public half of the client's key, if it signs. */
  readonly publicKey: JWK | undefined;
  /** How the provider gets that key: from `/jwks`, or in the registration. */
  readonly keysBy: 'uri' | 'value';
}

/**
 * The redirect URIs that the Worker may send with the entry that is printed: which one it is depends on whether the
 * provider is the default one where the entry is pasted, so both are registered unless that is settled.
 */
export function redirectUrisOf({ id, origins, basePath, isDefault }: Wanted): string[] {
  const paths = isDefault ? [callbackPath(id, id)] : [callbackPath(id, undefined), callbackPath(id, id)];
  return origins.flatMap((origin) => paths.map((path) => origin + basePath + path));
}

/**
 * Pure: this Worker as a client (RFC 7591 §2, OpenID Connect Registration §2), with what the server's metadata
 * says that it has a use for.
 */
export function clientMetadata(wanted: Wanted, server: AuthorizationServer) {
  const { id, origins, basePath } = wanted;
  const base = origins[0] + basePath;
  return {
    ...(wanted.applicationType !== undefined && { application_type: wanted.applicationType }),
    redirect_uris: redirectUrisOf(wanted),
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    ...(wanted.name !== undefined && { client_name: wanted.name }),
    ...(wanted.authMethod !== undefined && { token_endpoint_auth_method: wanted.authMethod }),
    ...(wanted.scope !== undefined && { scope: wanted.scope }),
    ...(server.end_session_endpoint && {
      post_logout_redirect_uris: origins.map((origin) => `${origin}${basePath}/`),
    }),
    ...(mayCallBack(wanted, server) && {
      backchannel_logout_uri: `${base}/backchannel-logout/${id}`,
    }),
    ...(base.startsWith('https:') && { initiate_login_uri: `${base}/login` }),
    ...(wanted.publicKey && keysOf(wanted.publicKey, wanted.keysBy === 'uri' ? `${base}/jwks` : undefined)),
    ...(wanted.fapi2 && FAPI2),
  };
}

/** The provider sends logout tokens, and reaches the Worker: a loopback address only from the same machine. */
function mayCallBack({ origins, backchannelLogout }: Wanted, server: AuthorizationServer): boolean {
  if (!backchannelLogout || !server.backchannel_logout_supported) return false;
  return !isLoopback(new URL(origins[0]).hostname) || isLoopback(new URL(server.issuer).hostname);
}

/** Where the provider finds the client's keys, so that they can be changed; by value where it can't reach that. */
function keysOf(publicKey: JWK, jwks_uri: string | undefined) {
  const token_endpoint_auth_signing_alg = publicKey.alg;
  if (jwks_uri === undefined) return { token_endpoint_auth_signing_alg, jwks: { keys: [publicKey] } };
  return { token_endpoint_auth_signing_alg, jwks_uri };
}

const FAPI2 = {
  id_token_signed_response_alg: 'ES256',
  require_pushed_authorization_requests: true,
  dpop_bound_access_tokens: true,
};
