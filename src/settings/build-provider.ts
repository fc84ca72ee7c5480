import { type AuthorizationServer, clockTolerance } from 'oauth4webapi';
import { CLOCK_SKEW_SECONDS } from '../clock.ts';
import { type PrivateKeys, readPrivateKeys } from '../crypto/private-keys.ts';
import { isAllowedUrl } from '../providers/allowed-url.ts';
import type { FilledSettings } from '../providers/preset.ts';
import { isOpenId, type Provider } from '../providers/provider.ts';
import type { Env, Fault } from './env.ts';
import { applyProfile, FAPI2_ALGORITHMS } from './fapi2.ts';
import { settingPrefix, textOf } from './setting-names.ts';

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

type Report = (setting: string, fault: string, hint: string) => void;

/** The provider that the settings describe. Undefined, with faults reported, if settings are missing or conflict. */
export function buildProvider(
  id: string,
  presetId: string | undefined,
  filled: FilledSettings,
  env: Env,
  faults: Fault[],
): Provider | undefined {
  const before = faults.length;
  const prefix = settingPrefix(id);
  const report: Report = (setting, fault, hint) => faults.push({ setting, fault, hint });
  const at = (key: string) => `PROVIDERS.${id}.${key}`;

  const settings = applyProfile(filled, (key, fault, hint) => report(at(key), fault, hint));
  const metadata = metadataOf(settings, at, report);
  const clientId = textOf(settings.client_id) ?? textOf(env[`${prefix}_CLIENT_ID`]);
  if (!clientId) {
    report(`${prefix}_CLIENT_ID`, 'is missing', `Set it, or \`client_id\` in \`[vars.PROVIDERS.${id}]\`.`);
  }
  const clientSecret = textOf(env[`${prefix}_CLIENT_SECRET`]);
  const privateKeys = keysOf(env, `${prefix}_PRIVATE_KEY`, report);
  const method = settings.token_endpoint_auth_method;
  // A key that can't be read is not a missing one as well.
  if (privateKeys) checkCredentials(prefix, method, settings, clientSecret, privateKeys, report);
  if (!privateKeys || faults.length > before) return undefined;

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
      client_id: clientId as string,
      [clockTolerance]: CLOCK_SKEW_SECONDS,
      ...signedResponseAlgorithms(settings),
    }),
    token_endpoint_auth_method: method,
    client_secret: clientSecret,
    private_keys: privateKeys,
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
  const { authorization_response_iss_parameter_supported: promised } = settings;
  if (promised !== undefined) metadata.authorization_response_iss_parameter_supported = promised;
  if (!settings.issuer && !(metadata.authorization_endpoint && metadata.token_endpoint)) {
    report(
      at('issuer'),
      'is missing',
      'Set `issuer`, or both `authorization_endpoint` and `token_endpoint`.',
    );
  }
  return metadata;
}

function keysOf(env: Env, setting: string, report: Report): PrivateKeys | undefined {
  const keys = readPrivateKeys(textOf(env[setting]));
  if (!('fault' in keys)) return keys;
  report(
    setting,
    keys.fault,
    `Create one with \`npm run key\`, then \`npx wrangler secret put ${setting}\`.`,
  );
  return undefined;
}

/** Checks that the client has the credentials for its authentication method. */
function checkCredentials(
  prefix: string,
  method: string | undefined,
  settings: FilledSettings,
  clientSecret: string | undefined,
  keys: PrivateKeys,
  report: Report,
): void {
  const needsKey =
    method === 'private_key_jwt' || settings.signed_client_secret || settings.request_object_signing_alg;
  if (needsKey && keys.signing.length === 0) {
    report(
      `${prefix}_PRIVATE_KEY`,
      'is missing',
      `Run \`npm run key\` and \`npx wrangler secret put ${prefix}_PRIVATE_KEY\`, and register the key from /jwks at the provider.`,
    );
  }
  const needsSecret = method === undefined ? keys.signing.length === 0 : method.startsWith('client_secret');
  if (needsSecret && !clientSecret && !settings.signed_client_secret) {
    report(
      `${prefix}_CLIENT_SECRET`,
      'is missing',
      `Run \`npx wrangler secret put ${prefix}_CLIENT_SECRET\` (locally: \`.dev.vars\`). For a public client, set \`token_endpoint_auth_method = "none"\`.`,
    );
  }
  const weak =
    settings.profile === 'fapi2' && keys.signing.some(({ alg }) => !FAPI2_ALGORITHMS.includes(alg));
  if (weak) {
    report(
      `${prefix}_PRIVATE_KEY`,
      'contains a key for an algorithm that the profile fapi2 forbids',
      `Create a key for one of ${FAPI2_ALGORITHMS.join(', ')} with \`npm run key\`.`,
    );
  }
  const { request_object_signing_alg: alg } = settings;
  if (alg && keys.signing.length > 0 && !keys.signing.some((key) => key.alg === alg)) {
    report(
      `${prefix}_PRIVATE_KEY`,
      `contains no ${alg} key`,
      'Create a key for that algorithm, or change `request_object_signing_alg`.',
    );
  }
}
