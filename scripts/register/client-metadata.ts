import type { JWK } from 'jose';
import type { AuthorizationServer } from 'oauth4webapi';
import { callbackPath } from '../../src/providers/provider.ts';

/** What is to be registered; in an update, what is undefined stays as it is. */
export interface Wanted {
  /** The provider's id in the settings. */
  readonly id: string;
  /** The Worker's origin. */
  readonly origin: string;
  readonly isDefault: boolean;
  readonly authMethod: string | undefined;
  readonly scope: string | undefined;
  readonly name: string | undefined;
  readonly fapi2: boolean;
  /** The public half of the client's key, if it signs. */
  readonly publicKey: JWK | undefined;
}

/** The Worker's redirect URI at this provider. */
export function redirectUriOf({ id, origin, isDefault }: Wanted): string {
  return origin + callbackPath(id, isDefault ? id : undefined);
}

/**
 * Pure: this Worker as a client (RFC 7591 §2, OpenID Connect Registration §2), with what the server's metadata
 * says that it has a use for.
 */
export function clientMetadata(wanted: Wanted, server: AuthorizationServer) {
  const { id, origin } = wanted;
  const isPublic = origin.startsWith('https:');
  return {
    application_type: 'web',
    redirect_uris: [redirectUriOf(wanted)],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    ...(wanted.name !== undefined && { client_name: wanted.name }),
    ...(wanted.authMethod !== undefined && { token_endpoint_auth_method: wanted.authMethod }),
    ...(wanted.scope !== undefined && { scope: wanted.scope }),
    ...(server.end_session_endpoint && { post_logout_redirect_uris: [`${origin}/`] }),
    ...(server.backchannel_logout_supported && {
      backchannel_logout_uri: `${origin}/backchannel-logout/${id}`,
    }),
    ...(isPublic && { initiate_login_uri: `${origin}/login` }),
    ...(wanted.publicKey && keysOf(wanted.publicKey, isPublic ? `${origin}/jwks` : undefined)),
    ...(wanted.fapi2 && FAPI2),
  };
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
