import type { AuthorizationServer, Client } from 'oauth4webapi';
import type { PrivateKeys } from '../crypto/private-keys.ts';
import type { Allow } from './allow.ts';
import type { Preset, Quirks, SettledFacts, TokenEndpointAuthMethod } from './preset.ts';

/**
 * A provider as set up here: the settings over its preset. Frozen, one per isolate, so that whatever is
 * cached for a provider can hang on this very object.
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
  /** The issuer as promised by settings or preset; undefined for plain OAuth 2.0 without one. */
  readonly issuer: string | undefined;
  /** True if endpoints come from the issuer's metadata (RFC 8414, OpenID Connect Discovery). */
  readonly discover: boolean;
  /** Endpoints and promises as far as they are set; discovery fills in the rest. */
  readonly metadata: Partial<AuthorizationServer>;
  readonly client: Client & { readonly client_id: string };
  /** As set by settings or preset; undefined: what the metadata lists decides. */
  readonly token_endpoint_auth_method: TokenEndpointAuthMethod | undefined;
  /** Whom client assertions are for. */
  readonly client_assertion_audience: 'issuer' | 'token_endpoint';
  /** Further audiences that an ID token may name; `*` for any. */
  readonly trusted_audiences: readonly string[];
  /** Whether the userinfo endpoint must answer; `optional`: a valid ID token is enough. */
  readonly userinfo: 'required' | 'optional' | 'off';
  /** The browser is sent on to the provider's own logout. */
  readonly end_session: boolean;
  readonly client_secret: string | undefined;
  readonly scope: string;
  /** What a link to a sign-in may ask for beyond `scope`; space-separated. */
  readonly optional_scope: string;
  readonly scope_separator: ',' | ' ';
  readonly redirect_uri: string | undefined;
  readonly response_mode: string | undefined;
  readonly max_age: number | undefined;
  readonly resource: readonly string[];
  readonly pkce: boolean;
  readonly private_keys: PrivateKeys;
  /** Pushed authorization requests are asked for (RFC 9126); the metadata may ask as well. */
  readonly require_pushed_authorization_requests?: boolean | undefined;
  /** Authorization requests are signed with this algorithm (RFC 9101). */
  readonly request_object_signing_alg?: string | undefined;
  /** Tokens are bound to a key of their own (RFC 9449). */
  readonly dpop: boolean;
  /** JSON text of the `claims` parameter (OpenID Connect Core §5.5). */
  readonly claims?: string | undefined;
  /** JSON text of the `authorization_details` parameter (RFC 9396). */
  readonly authorization_details?: string | undefined;
  readonly profile?: 'fapi2' | undefined;
  /** Who may sign in with it; undefined: whoever has an account there. */
  readonly allow: Allow | undefined;
  /** The access token is refreshed in the background, so that one is ready at any time; needs `SESSION_KEEPER`. */
  readonly keep_fresh: boolean;
  /** Logout tokens must be of `typ` `logout+jwt`; without it `JWT` or none will do, as older providers send. */
  readonly logout_token_typ_required: boolean;
  readonly console_url: string | undefined;
  readonly registration: string | undefined;
  /** A wrong code tells nothing of the client secret. */
  readonly checks_code_first: boolean;
  /** The scope without which no refresh token comes. */
  readonly refresh_token_scope: string | undefined;
  /** The authorization parameters without which no refresh token comes. */
  readonly refresh_token_params: Readonly<Record<string, string>> | undefined;
  /** When a refresh token comes, as the preset knows it: in words. */
  readonly refresh_tokens: string | undefined;
}

/** The path, below `BASE_PATH`, of a provider's redirect URI unless `redirect_uri` is set: distinct for each (RFC 9700 §4.4). */
export function callbackPath(providerId: string, defaultProviderId: string | undefined): string {
  return providerId === defaultProviderId ? '/callback' : `/callback/${providerId}`;
}

/** Where a provider's redirect URI is, for all of them. */
interface RedirectPlace {
  readonly basePath: string;
  readonly defaultProviderId: string | undefined;
}

/** The redirect URI of a provider, as it must be registered there; `origin` is where users see the Worker. */
export function redirectUriOf(
  provider: Provider,
  place: RedirectPlace & { readonly origin: string },
): string {
  return provider.redirect_uri ?? place.origin + ownRedirectPath(provider, place);
}

/** The path of that redirect URI as Hono tells the paths of requests: percent-decoded where that changes no structure. */
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

/** Whom the provider's id stands for: its issuer; without one, the host of its token endpoint. */
export function homeOf({ issuer, metadata }: Provider): string | undefined {
  const { token_endpoint } = metadata;
  return issuer ?? (token_endpoint === undefined ? undefined : new URL(token_endpoint).origin);
}

/** True if the scope asks for OpenID Connect, so that an ID token must come. */
export function isOpenId(scope: string): boolean {
  return scope.split(' ').includes('openid');
}
