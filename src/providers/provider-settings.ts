import * as v from 'valibot';
import { allowTable } from './allow-settings.ts';
import { QUIRK_SETTINGS } from './quirks/quirks.ts';
import {
  fieldTable,
  issuer,
  parameterTable,
  redirectUri,
  resource,
  scope,
  text,
  url,
} from './setting-values.ts';

/** A table or list in the settings, or the same as JSON text. The result is the JSON text for the request. */
const jsonText = (kind: 'table' | 'list', fault: string) =>
  v.pipe(
    v.union([v.string(), v.array(v.unknown()), v.record(v.string(), v.unknown())], fault),
    v.transform((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
    v.check((value) => kindOf(value) === kind, fault),
  );

function kindOf(json: string): 'table' | 'list' | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (Array.isArray(value)) return 'list';
    return typeof value === 'object' && value !== null ? 'table' : undefined;
  } catch {
    return undefined;
  }
}

const RESPONSE_MODES = ['query', 'form_post', 'jwt', 'query.jwt', 'form_post.jwt'] as const;
const SIGNING_ALGORITHMS = [
  'ES256',
  'PS256',
  'RS256',
  'EdDSA',
  'Ed25519',
  'ES384',
  'ES512',
  'PS384',
  'PS512',
  'RS384',
  'RS512',
] as const;

/**
 * One entry of `PROVIDERS`, before the preset adds what is not set. Names are from RFC 8414 / OpenID Discovery for the
 * server and RFC 7591 / OpenID Registration for the client. The others are this project's own.
 */
export const ProviderSettings = v.strictObject({
  preset: v.optional(text),
  display_name: v.optional(text),

  issuer: v.optional(issuer),
  authorization_endpoint: v.optional(url),
  token_endpoint: v.optional(url),
  revocation_endpoint: v.optional(url),
  introspection_endpoint: v.optional(url),
  userinfo_endpoint: v.optional(url),
  end_session_endpoint: v.optional(url),
  jwks_uri: v.optional(url),
  pushed_authorization_request_endpoint: v.optional(url),
  authorization_response_iss_parameter_supported: v.optional(v.boolean()),

  client_id: v.optional(text),
  scope: v.optional(scope),
  optional_scope: v.optional(scope),
  token_endpoint_auth_method: v.optional(
    v.picklist(
      ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
      'is not one of client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, none',
    ),
  ),
  redirect_uri: v.optional(redirectUri),
  response_mode: v.optional(v.picklist(RESPONSE_MODES, `is not one of ${RESPONSE_MODES.join(', ')}`)),
  require_pushed_authorization_requests: v.optional(v.boolean()),
  request_object_signing_alg: v.optional(
    v.picklist(SIGNING_ALGORITHMS, `is not one of ${SIGNING_ALGORITHMS.join(', ')}`),
  ),
  dpop_bound_access_tokens: v.optional(v.boolean()),
  id_token_signed_response_alg: v.optional(text),
  userinfo_signed_response_alg: v.optional(text),
  authorization_signed_response_alg: v.optional(text),
  claims: v.optional(jsonText('table', 'is not a table of claims')),
  authorization_details: v.optional(jsonText('list', 'is not a list of authorization details')),
  profile: v.optional(v.picklist(['fapi2'], 'is not fapi2, the only supported profile')),
  resource: v.optional(
    v.pipe(
      v.union([resource, v.array(resource)]),
      v.transform((value) => [value].flat()),
    ),
  ),
  max_age: v.optional(
    v.pipe(
      v.number('is not a number of seconds'),
      v.integer('is not a whole number of seconds'),
      v.minValue(0, 'is less than 0'),
    ),
  ),
  allow: v.optional(allowTable),
  keep_fresh: v.optional(v.boolean()),
  logout_token_typ_required: v.optional(v.boolean()),
  trusted_audiences: v.optional(v.pipe(v.array(text), v.readonly())),
  userinfo: v.optional(v.picklist(['required', 'optional', 'off'], 'is not one of required, optional, off')),
  client_assertion_audience: v.optional(
    v.picklist(['issuer', 'token_endpoint'], 'is neither issuer nor token_endpoint'),
  ),
  end_session: v.optional(v.boolean('is neither true nor false')),
  post_logout_redirect_uri_parameter: v.optional(text),
  logout_params: v.optional(parameterTable),
  trust_email: v.optional(v.boolean('is neither true nor false')),
  revocation: v.optional(v.picklist(['token', 'grant'], 'is neither token nor grant')),
  narrower_scope: v.optional(v.boolean('is neither true nor false')),
  assumed_expires_in: v.optional(
    v.pipe(
      v.number('is not a number of seconds'),
      v.integer('is not a whole number of seconds'),
      v.minValue(60, 'is less than 60 seconds'),
      v.maxValue(34_560_000, 'is more than 400 days'),
    ),
  ),

  authorization_params: v.optional(parameterTable),
  token_params: v.optional(parameterTable),
  refresh_params: v.optional(parameterTable),

  ...QUIRK_SETTINGS,
  userinfo_claims: v.optional(fieldTable),
  userinfo_method: v.optional(v.picklist(['GET', 'POST'])),
  userinfo_query: v.optional(text),
  userinfo_emails_endpoint: v.optional(url),
});

export type ProviderSettings = v.InferOutput<typeof ProviderSettings>;

/** The keys that a provider's settings may have, in addition to the variables of its preset. */
export const PROVIDER_KEYS: readonly string[] = Object.keys(ProviderSettings.entries);
