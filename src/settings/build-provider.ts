import { type AuthorizationServer, clockTolerance } from 'oauth4webapi';
import { CLOCK_SKEW_SECONDS } from '../clock.ts';
import { isAllowedUrl } from '../providers/allowed-url.ts';
import type { FilledSettings } from '../providers/preset.ts';
import { isOpenId, type Provider } from '../providers/provider.ts';
import { type Report, readCredentials } from './client-credentials.ts';
import type { Env, Fault } from './env.ts';
import { applyProfile } from './fapi2.ts';

export const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'end_session_endpoint',
  'jwks_uri',
  'pushed_authorization_request_endpoint',
] as const;

/** The provider that the settings describe. Undefined, with faults reported, if settings are missing or conflict. */
export function buildProvider(
  id: string,
  presetId: string | undefined,
  filled: FilledSettings,
  env: Env,
  faults: Fault[],
): Provider | undefined {
  const before = faults.length;
  const report: Report = (setting, fault, hint) => faults.push({ setting, fault, hint });
  const at = (key: string) => `PROVIDERS.${id}.${key}`;

  const settings = applyProfile(filled, (key, fault, hint) => report(at(key), fault, hint));
  const metadata = metadataOf(settings, at, report);
  const credentials = readCredentials(id, settings, env, report);
  if (!credentials || faults.length > before) return undefined;

  const scope = settings.scope ?? (settings.issuer && !presetId ? 'openid' : '');
  const complete = metadata.authorization_endpoint !== undefined && metadata.token_endpoint !== undefined;
  return Object.freeze({
    ...settings,
    id,
    preset: presetId,
    display_name: settings.display_name ?? id,
    issuer: settings.issuer,
    discover:
      settings.issuer !== undefined && !(complete && (metadata.jwks_uri !== undefined || !isOpenId(scope))),
    metadata: Object.freeze(metadata),
    client: Object.freeze({
      client_id: credentials.clientId,
      [clockTolerance]: CLOCK_SKEW_SECONDS,
      ...signedResponseAlgorithms(settings),
    }),
    token_endpoint_auth_method: settings.token_endpoint_auth_method,
    client_secret: credentials.clientSecret,
    private_keys: credentials.privateKeys,
    scope,
    optional_scope: settings.optional_scope ?? '',
    client_assertion_audience: settings.client_assertion_audience ?? 'issuer',
    trusted_audiences: settings.trusted_audiences ?? [],
    userinfo: settings.userinfo ?? 'optional',
    end_session: settings.end_session ?? true,
    scope_separator: settings.scope_separator ?? ' ',
    redirect_uri: settings.redirect_uri,
    response_mode: settings.response_mode,
    max_age: settings.max_age,
    resource: settings.resource ?? [],
    pkce: settings.pkce ?? true,
    dpop: settings.dpop_bound_access_tokens ?? false,
    allow: settings.allow,
    keep_fresh: settings.keep_fresh ?? false,
    logout_token_typ_required: settings.logout_token_typ_required ?? false,
    console_url: settings.console_url,
    registration: settings.registration,
    checks_code_first: settings.checks_code_first ?? false,
    refresh_token_scope: settings.refresh_token_scope,
    refresh_token_params: settings.refresh_token_params,
    refresh_tokens: settings.refresh_tokens,
  } satisfies Provider);
}

/** The algorithms that the provider signs JWTs to this client with (OpenID Connect Registration §2, JARM §3). */
function signedResponseAlgorithms(settings: FilledSettings) {
  const names = ['id_token', 'userinfo', 'authorization'] as const;
  const algorithms = names.map((name) => {
    const key = `${name}_signed_response_alg` as const;
    return [key, settings[key]] as const;
  });
  return Object.fromEntries(algorithms.filter(([, alg]) => alg !== undefined));
}

/** The server metadata from the settings (RFC 8414 §2). */
function metadataOf(settings: FilledSettings, at: (key: string) => string, report: Report) {
  const metadata: { -readonly [Name in keyof AuthorizationServer]?: AuthorizationServer[Name] } = {};
  for (const name of ENDPOINTS) {
    const endpoint = settings[name];
    if (endpoint === undefined) continue;
    if (!isAllowedUrl(endpoint)) {
      report(at(name), 'is not an https URL', 'Plain http is allowed for loopback hosts only.');
    }
    (metadata as Record<string, unknown>)[name] = endpoint;
  }
  const { authorization_response_iss_parameter_supported: promised, prompt_values_supported: prompts } =
    settings;
  if (promised !== undefined) metadata.authorization_response_iss_parameter_supported = promised;
  if (prompts !== undefined) metadata.prompt_values_supported = [...prompts];
  if (!settings.issuer && !(metadata.authorization_endpoint && metadata.token_endpoint)) {
    report(
      at('issuer'),
      'is missing',
      'Set `issuer`, or both `authorization_endpoint` and `token_endpoint`.',
    );
  }
  return metadata;
}
