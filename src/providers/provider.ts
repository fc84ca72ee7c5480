import type { AuthorizationServer, Client } from 'oauth4webapi';
import type { PrivateKeys } from '../crypto/private-keys.ts';
import type { Allow } from './allow.ts';
import type { SettledFacts } from './facts.ts';
import type { Preset, TokenEndpointAuthMethod } from './preset.ts';
import type { Quirks } from './quirks/quirks.ts';

/**
 * A configured provider: its settings, completed by its preset. Frozen, one per isolate, so that caches can use this
 * object as their key.
 */
export interface Provider
  extends Quirks,
    SettledFacts,
    Pick<
      Preset,
      | 'authorization_params'
      | 'token_params'
      | 'refresh_params'
      | 'userinfo_claims'
      | 'userinfo_method'
      | 'userinfo_query'
      | 'userinfo_emails_endpoint'
      | 'post_logout_redirect_uri_parameter'
      | 'logout_params'
    > {
  readonly id: string;
  readonly display_name: string;
  readonly preset: string | undefined;
  /** The issuer from the settings or the preset. Undefined for plain OAuth 2.0 without one. */
  readonly issuer: string | undefined;
  /** True if endpoints are read from the issuer's metadata (RFC 8414, OpenID Connect Discovery). */
  readonly discover: boolean;
  /** Endpoints and other metadata from the settings. Discovery adds the rest. */
  readonly metadata: Partial<AuthorizationServer>;
  readonly client: Client & { readonly client_id: string };
  /** From the settings or the preset. Undefined: depends on the metadata. */
  readonly token_endpoint_auth_method: TokenEndpointAuthMethod | undefined;
  /** The audience of client assertions. */
  readonly client_assertion_audience: 'issuer' | 'token_endpoint';
  /** Other audiences that an ID token may have. `*` for any. */
  readonly trusted_audiences: readonly string[];
  /** Whether the userinfo endpoint must answer. `optional`: a valid ID token is enough. */
  readonly userinfo: 'required' | 'optional' | 'off';
  /** The browser is sent on to the provider's own logout. */
  readonly end_session: boolean;
  readonly client_secret: string | undefined;
  readonly scope: string;
  /** Scopes that a sign-in link may request in addition to `scope`. Space-separated. */
  readonly optional_scope: string;
  readonly scope_separator: ',' | ' ';
  readonly redirect_uri: string | undefined;
  readonly response_mode: string | undefined;
  readonly max_age: number | undefined;
  readonly resource: readonly string[];
  readonly pkce: boolean;
  readonly private_keys: PrivateKeys;
  /** Pushed authorization requests are required (RFC 9126). The metadata may require them too. */
  readonly require_pushed_authorization_requests?: boolean | undefined;
  /** Authorization requests are signed with this algorithm (RFC 9101). */
  readonly request_object_signing_alg?: string | undefined;
  /** Tokens are bound to a key (RFC 9449). */
  readonly dpop: boolean;
  /** JSON text of the `claims` parameter (OpenID Connect Core §5.5). */
  readonly claims?: string | undefined;
  /** JSON text of the `authorization_details` parameter (RFC 9396). */
  readonly authorization_details?: string | undefined;
  readonly profile?: 'fapi2' | undefined;
  /** Who may sign in with this provider. Undefined: everyone with an account there. */
  readonly allow: Allow | undefined;
  /** The access token is refreshed in the background, so that one is always ready. Needs `SESSION_KEEPER`. */
  readonly keep_fresh: boolean;
  /** Logout tokens must have `typ: logout+jwt`. Otherwise `JWT` or no `typ` is accepted too, as from older providers. */
  readonly logout_token_typ_required: boolean;
  readonly console_url: string | undefined;
  readonly registration: string | undefined;
  /** A wrong code can't be used to test the client secret. */
  readonly checks_code_first: boolean;
  /** The scope that is required to get a refresh token. */
  readonly refresh_token_scope: string | undefined;
  /** The authorization parameters that are required to get a refresh token. */
  readonly refresh_token_params: Readonly<Record<string, string>> | undefined;
  /** When the provider issues a refresh token, in words from the preset. */
  readonly refresh_tokens: string | undefined;
}

/** The path, below `BASE_PATH`, of a provider's redirect URI unless `redirect_uri` is set. Distinct per provider (RFC 9700 §4.4). */
export function callbackPath(providerId: string, defaultProviderId: string | undefined): string {
  return providerId === defaultProviderId ? '/callback' : `/callback/${providerId}`;
}

/** What the redirect URIs of all providers depend on. */
interface RedirectPlace {
  readonly basePath: string;
  readonly defaultProviderId: string | undefined;
}

/** The redirect URI to register at a provider. `origin` is where users see the Worker. */
export function redirectUriOf(
  provider: Provider,
  place: RedirectPlace & { readonly origin: string },
): string {
  return provider.redirect_uri ?? place.origin + ownRedirectPath(provider, place);
}

/** The path of that redirect URI in Hono's form of request paths: percent-decoded where that changes no structure. */
export function redirectPath(provider: Provider, place: RedirectPlace): string {
  if (provider.redirect_uri === undefined) return ownRedirectPath(provider, place);
  const { pathname } = new URL(provider.redirect_uri);
  try {
    return decodeURI(pathname);
  } catch {
    return pathname;
  }
}

function ownRedirectPath({ id }: Provider, { basePath, defaultProviderId }: RedirectPlace): string {
  return basePath + callbackPath(id, defaultProviderId);
}

/** The identity behind the provider's id: its issuer; without one, the host of its token endpoint. */
export function homeOf({ issuer, metadata }: Provider): string | undefined {
  const { token_endpoint } = metadata;
  return issuer ?? (token_endpoint === undefined ? undefined : new URL(token_endpoint).origin);
}

/** True if the scope asks for OpenID Connect, so an ID token is required. */
export function isOpenId(scope: string): boolean {
  return ` ${scope} `.includes(' openid ');
}
