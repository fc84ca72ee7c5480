import * as v from 'valibot';
import { fieldTable, headerTable, text, url } from '../setting-values.ts';

/**
 * How a provider deviates from the RFCs. Each key names one function in this folder. A preset may have it, and a setting
 * with the same name in `PROVIDERS` enables it for any provider.
 */
export const QUIRK_SETTINGS = {
  /** The separator between scopes in the authorization request. RFC 6749 §3.3 says a space. */
  scope_separator: v.optional(v.picklist([',', ' '])),
  /** The separator between scopes in token responses, if it differs from the one in requests (GitHub: `,`). */
  token_scope_separator: v.optional(v.picklist([',', ' '])),
  /** The name of the `scope` parameter in the authorization request (Slack: `user_scope`). */
  scope_parameter: v.optional(text),
  /** The name of the `client_id` parameter in every request (TikTok: `client_key`). */
  client_id_parameter: v.optional(text),
  /** `json`: token requests carry a JSON body instead of a form. */
  token_request_format: v.optional(v.picklist(['form', 'json'])),
  /** `form`: token responses are form-encoded (RFC 6749 §5.1 says JSON). */
  token_response_format: v.optional(v.picklist(['json', 'form'])),
  /** Dotted path to the object that holds the token response (Slack: `authed_user`). */
  token_path: v.optional(text),
  /** Renamed members of the token response: registered name -> name at this provider (dotted path allowed). */
  token_fields: v.optional(fieldTable),
  /** The unit of `expires_in` if it is not seconds. `date` for an ISO 8601 time. */
  expires_in_unit: v.optional(v.picklist(['seconds', 'milliseconds', 'date'])),
  /** Errors have status 200. This boolean member says whether the request succeeded (Slack: `ok`). */
  success_field: v.optional(text),
  /** Dotted path of the error code if error responses do not follow RFC 6749 §5.2. */
  error_path: v.optional(text),
  /** The provider's own error codes or descriptions -> the codes of RFC 6749 §5.2 (GitHub: `bad_refresh_token`). */
  error_names: v.optional(fieldTable),
  /** Where refresh requests are sent if not to the token endpoint. */
  refresh_endpoint: v.optional(url),
  /** Headers for every request to the provider's API, with lower-case names (never a secret). */
  headers: v.optional(headerTable),
  /** Other spellings of the ID token's `iss` (Google: without `https://`). */
  issuer_aliases: v.optional(v.pipe(v.array(text), v.readonly())),
  /** The ID token's `iss` if it contains the user's own tenant: `{tid}` is its `tid` claim (Microsoft). */
  issuer_template: v.optional(v.pipe(text, v.includes('{tid}', 'is without `{tid}`'))),
  /** `false`: the provider's ID tokens carry no `nonce` (LinkedIn), so none is sent. */
  nonce: v.optional(v.boolean()),
  /** Other members of the token response to store with the grant (Salesforce: `instance_url`). */
  kept_fields: v.optional(v.pipe(v.array(text), v.readonly())),
  /** The token type if the provider omits `token_type` or has its own word for it (Slack: `user`). */
  token_type: v.optional(v.picklist(['bearer'])),
  /** `false`: the provider refuses PKCE. State and the login cookie still bind the code to the browser. */
  pkce: v.optional(v.boolean()),
};

type QuirkSettings = v.InferOutput<v.ObjectSchema<typeof QUIRK_SETTINGS, undefined>>;

/** The same, and what only presets have. */
export interface Quirks extends Readonly<QuirkSettings> {
  /** The client secret is a JWT signed with `<ID>_PRIVATE_KEY` (Apple). */
  readonly signed_client_secret?: 'apple' | undefined;
  /** The issuer of that client secret: the id of the developer team. */
  readonly team_id?: string | undefined;
  /** The first callback of a user, and only that one, has name and e-mail in a `user` parameter (Apple). */
  readonly user_parameter?: boolean | undefined;
  /** The provider adds a fragment to the callback (Facebook: `#_=_`, Threads: `#_`), which is dropped. */
  readonly callback_fragment?: boolean | undefined;
}
