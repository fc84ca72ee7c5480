import type { ProviderSettings } from './provider-settings.ts';

/** How the client proves who it is at the token endpoint (RFC 7591 §2, OpenID Connect Core §9). */
export type TokenEndpointAuthMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'private_key_jwt'
  | 'none';

/**
 * What deviates from the RFCs at a provider. Each key names one function of `quirks/`; a setting of the
 * same name in `PROVIDERS` turns it on for any provider.
 */
export interface Quirks {
  /** What stands between scopes in the authorization request; RFC 6749 §3.3 says a space. */
  readonly scope_separator?: ',' | ' ' | undefined;
  /** What stands between scopes in token answers where requests have another separator (GitHub: `,`). */
  readonly token_scope_separator?: ',' | ' ' | undefined;
  /** The name of the `scope` parameter in the authorization request (Slack: `user_scope`). */
  readonly scope_parameter?: string | undefined;
  /** The name of the `client_id` parameter in every request (TikTok: `client_key`). */
  readonly client_id_parameter?: string | undefined;
  /** `json`: token requests carry a JSON body instead of a form. */
  readonly token_request_format?: 'form' | 'json' | undefined;
  /** `form`: token answers are form-encoded (RFC 6749 §5.1 says JSON). */
  readonly token_response_format?: 'json' | 'form' | undefined;
  /** Dotted path to the object that holds the token response (Slack: `authed_user`). */
  readonly token_path?: string | undefined;
  /** Renamed members of the token response: registered name -> name at this provider (dotted path allowed). */
  readonly token_fields?: Readonly<Record<string, string>> | undefined;
  /** The unit of `expires_in` where it is not seconds; `date` for an ISO 8601 time. */
  readonly expires_in_unit?: 'seconds' | 'milliseconds' | 'date' | undefined;
  /** An error is told with status 200; this boolean member says whether it went well (Slack: `ok`). */
  readonly success_field?: string | undefined;
  /** Dotted path of the error code where an error answer does not follow RFC 6749 §5.2. */
  readonly error_path?: string | undefined;
  /** Error codes, or descriptions, of the provider's own making -> what RFC 6749 §5.2 calls them (GitHub: `bad_refresh_token`). */
  readonly error_names?: Readonly<Record<string, string>> | undefined;
  /** Where refresh requests go when that is not the token endpoint. */
  readonly refresh_endpoint?: string | undefined;
  /** Headers sent with every request to the provider's API, named in lower case (never a secret). */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Other spellings of the ID token's `iss` (Google: without `https://`). */
  readonly issuer_aliases?: readonly string[] | undefined;
  /** The ID token's `iss` where it names the user's own tenant: `{tid}` stands for its `tid` claim (Microsoft). */
  readonly issuer_template?: string | undefined;
  /** `false`: the provider's ID tokens carry no `nonce` (LinkedIn), so none is sent. */
  readonly nonce?: boolean | undefined;
  /** Further members of the token response that are kept with the grant (Salesforce: `instance_url`). */
  readonly kept_fields?: readonly string[] | undefined;
  /** What `token_type` means where the provider leaves it out or has a word of its own (Slack: `user`). */
  readonly token_type?: 'bearer' | undefined;
  /** `false`: the provider refuses PKCE. State and the login cookie still bind the code to the browser. */
  readonly pkce?: boolean | undefined;
  /** The client secret is a JWT signed with `<ID>_PRIVATE_KEY` (Apple). */
  readonly signed_client_secret?: 'apple' | undefined;
  /** Who signs that client secret: the id of the developer team. */
  readonly team_id?: string | undefined;
  /** The first callback of a user brings name and e-mail in a `user` parameter, and never again (Apple). */
  readonly user_parameter?: boolean | undefined;
  /** The callback comes with a fragment of the provider's own (Facebook: `#_=_`, Threads: `#_`), which is dropped. */
  readonly callback_fragment?: boolean | undefined;
}

/** How far a provider can be relied on, beyond what it says of itself. A setting of the same name overrides each. */
export interface Facts {
  /**
   * Whether an e-mail address that the provider calls verified may decide who gets in. `true`: yes. `hd`: only in the
   * domain that its `hd` claim names (Google). `never`: anybody can give themselves any address there, so no setting
   * changes it (Microsoft Entra). Left out in a preset: no.
   */
  readonly trust_email?: boolean | 'hd' | 'never' | undefined;
  /** What the revocation of one token ends: that token's grant, or every grant of that user and client (Google). */
  readonly revocation?: 'token' | 'grant' | undefined;
  /** A refresh may ask for fewer scopes than were granted (RFC 6749 §6). */
  readonly narrower_scope?: boolean | undefined;
  /** How long an access token lives where the provider does not say (Salesforce), in seconds. */
  readonly assumed_expires_in?: number | undefined;
}

/** The facts of a provider that is set up: every default is in its place. */
export interface SettledFacts {
  /** Whether an address that the provider calls verified may decide who gets in; `hd`: only in that claim's domain. */
  readonly trust_email: boolean | 'hd';
  readonly revocation: 'token' | 'grant';
  readonly narrower_scope: boolean;
  readonly assumed_expires_in: number | undefined;
}

/** Facts on a provider: what a user need not look up. Values may hold `{variables}`. */
export interface Preset extends Quirks, Facts {
  readonly display_name: string;
  readonly issuer?: string | undefined;
  /** Hosts of the same provider's other issuers: for national clouds, or of an older version. */
  readonly other_issuer_hosts?: readonly string[] | undefined;
  readonly authorization_endpoint?: string | undefined;
  readonly token_endpoint?: string | undefined;
  readonly userinfo_endpoint?: string | undefined;
  readonly revocation_endpoint?: string | undefined;
  readonly introspection_endpoint?: string | undefined;
  readonly end_session_endpoint?: string | undefined;
  readonly jwks_uri?: string | undefined;
  /** Scope asked for unless the settings say otherwise; space-separated. */
  readonly scope?: string | undefined;
  readonly token_endpoint_auth_method?: TokenEndpointAuthMethod | undefined;
  /** The provider promises `iss` in its authorization response (RFC 9207). */
  readonly authorization_response_iss_parameter_supported?: boolean | undefined;
  readonly response_mode?: 'query' | 'form_post' | undefined;
  readonly authorization_params?: Readonly<Record<string, string>> | undefined;
  readonly token_params?: Readonly<Record<string, string>> | undefined;
  readonly refresh_params?: Readonly<Record<string, string>> | undefined;
  /** Where `userinfo_endpoint` holds the user's id and name: claim -> dotted path in the answer. */
  readonly userinfo_claims?: Readonly<Record<'sub' | string, string>> | undefined;
  /** Method of the userinfo request where it is not GET. */
  readonly userinfo_method?: 'GET' | 'POST' | undefined;
  /** The userinfo endpoint speaks GraphQL: this query is posted to it. */
  readonly userinfo_query?: string | undefined;
  /** Where the provider lists the user's e-mail addresses and says which is primary and verified (GitHub). */
  readonly userinfo_emails_endpoint?: string | undefined;
  /** Further audiences that an ID token of this provider may name; `*` for any. */
  readonly trusted_audiences?: readonly string[] | undefined;
  /** The name of `post_logout_redirect_uri` at the provider's logout (Cognito: `logout_uri`). */
  readonly post_logout_redirect_uri_parameter?: string | undefined;
  /** Further parameters of the logout request. */
  readonly logout_params?: Readonly<Record<string, string>> | undefined;
  /** Values the user must give, e.g. `{ tenant: 'your directory (tenant) id' }`. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** The token endpoint looks at the code before the client secret, so that a wrong code tells nothing of the secret. */
  readonly checks_code_first?: boolean | undefined;
  /** The scope without which no refresh token comes. */
  readonly refresh_token_scope?: string | undefined;
  /** The parameters of the authorization request without which no refresh token comes (Google: `access_type`). */
  readonly refresh_token_params?: Readonly<Record<string, string>> | undefined;
  /** When a refresh token comes: in words, for people; nothing is decided by it. */
  readonly refresh_tokens?: string | undefined;
  /** Where an application is registered there. */
  readonly console_url?: string | undefined;
  /** One line: what to press there to register the redirect URI. */
  readonly registration?: string | undefined;
}

/** The settings of one provider, its preset's facts filled in. */
export type FilledSettings = Omit<Partial<Preset>, keyof ProviderSettings | keyof Facts> &
  Omit<ProviderSettings, keyof Facts> &
  SettledFacts;
