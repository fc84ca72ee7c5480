import type { Facts, SettledFacts } from './facts.ts';
import type { ProviderSettings } from './provider-settings.ts';
import type { Quirks } from './quirks/quirks.ts';

/** How the client authenticates at the token endpoint (RFC 7591 §2, OpenID Connect Core §9). */
export type TokenEndpointAuthMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'private_key_jwt'
  | 'none';

/** Facts about a provider, so that users need not look them up. Values may contain `{variables}`. */
export interface Preset extends Quirks, Facts {
  readonly display_name: string;
  readonly issuer?: string | undefined;
  /** Hosts of the same provider's other issuers, for national clouds or older versions. */
  readonly other_issuer_hosts?: readonly string[] | undefined;
  readonly authorization_endpoint?: string | undefined;
  readonly token_endpoint?: string | undefined;
  readonly userinfo_endpoint?: string | undefined;
  readonly revocation_endpoint?: string | undefined;
  readonly introspection_endpoint?: string | undefined;
  readonly end_session_endpoint?: string | undefined;
  readonly jwks_uri?: string | undefined;
  /** The default scope, space-separated. */
  readonly scope?: string | undefined;
  readonly token_endpoint_auth_method?: TokenEndpointAuthMethod | undefined;
  /** The provider promises `iss` in its authorization response (RFC 9207). */
  readonly authorization_response_iss_parameter_supported?: boolean | undefined;
  /** The values of `prompt` that the provider's documents name, where its metadata does not. */
  readonly prompt_values_supported?: readonly string[] | undefined;
  readonly response_mode?: 'query' | 'form_post' | undefined;
  readonly authorization_params?: Readonly<Record<string, string>> | undefined;
  readonly token_params?: Readonly<Record<string, string>> | undefined;
  readonly refresh_params?: Readonly<Record<string, string>> | undefined;
  /** Where the userinfo response has the user's id and name: claim -> dotted path. */
  readonly userinfo_claims?: Readonly<Record<'sub' | string, string>> | undefined;
  /** Method of the userinfo request if it is not GET. */
  readonly userinfo_method?: 'GET' | 'POST' | undefined;
  /** The userinfo endpoint uses GraphQL: this query is posted to it. */
  readonly userinfo_query?: string | undefined;
  /** Where the provider lists the user's e-mail addresses and says which is primary and verified (GitHub). */
  readonly userinfo_emails_endpoint?: string | undefined;
  /** Other audiences that an ID token of this provider may have. `*` for any. */
  readonly trusted_audiences?: readonly string[] | undefined;
  /** The name of `post_logout_redirect_uri` at the provider's logout (Cognito: `logout_uri`). */
  readonly post_logout_redirect_uri_parameter?: string | undefined;
  /** Other parameters of the logout request. */
  readonly logout_params?: Readonly<Record<string, string>> | undefined;
  /** Values that the user must set, e.g. `{ tenant: 'your directory (tenant) id' }`. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** The token endpoint checks the code before the client secret, so a wrong code can't be used to test the secret. */
  readonly checks_code_first?: boolean | undefined;
  /** The scope that is required to get a refresh token. */
  readonly refresh_token_scope?: string | undefined;
  /** The authorization parameters that are required to get a refresh token (Google: `access_type`). */
  readonly refresh_token_params?: Readonly<Record<string, string>> | undefined;
  /** When the provider issues a refresh token, in words. Only for people to read. */
  readonly refresh_tokens?: string | undefined;
  /** Where to register an application. */
  readonly console_url?: string | undefined;
  /** One line: where to click there to register the redirect URI. */
  readonly registration?: string | undefined;
}

/** The settings of one provider, completed by its preset. */
export type FilledSettings = Omit<Partial<Preset>, keyof ProviderSettings | keyof Facts> &
  Omit<ProviderSettings, keyof Facts> &
  SettledFacts;
