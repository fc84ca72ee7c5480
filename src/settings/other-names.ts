import { settingPrefix } from './setting-names.ts';

/** The keys of a provider's table under the names that other OAuth clients have for them, as `bare` has them. */
const OURS: Readonly<Record<string, string>> = {
  authorizeendpoint: 'authorization_endpoint',
  authorizeurl: 'authorization_endpoint',
  authorizationurl: 'authorization_endpoint',
  authendpoint: 'authorization_endpoint',
  authurl: 'authorization_endpoint',
  loginurl: 'authorization_endpoint',
  accesstokenendpoint: 'token_endpoint',
  accesstokenurl: 'token_endpoint',
  tokenurl: 'token_endpoint',
  apiurl: 'userinfo_endpoint',
  profileurl: 'userinfo_endpoint',
  userapi: 'userinfo_endpoint',
  userinfourl: 'userinfo_endpoint',
  userprofileurl: 'userinfo_endpoint',
  certsurl: 'jwks_uri',
  jwks: 'jwks_uri',
  jwksendpoint: 'jwks_uri',
  jwksurl: 'jwks_uri',
  keysurl: 'jwks_uri',
  authority: 'issuer',
  baseurl: 'issuer',
  discovery: 'issuer',
  discoveryendpoint: 'issuer',
  discoveryurl: 'issuer',
  issueruri: 'issuer',
  issuerurl: 'issuer',
  metadataurl: 'issuer',
  oidcissuer: 'issuer',
  openidconfiguration: 'issuer',
  providerurl: 'issuer',
  serverurl: 'issuer',
  wellknown: 'issuer',
  wellknownurl: 'issuer',
  endsessionurl: 'end_session_endpoint',
  logout: 'end_session_endpoint',
  logoutendpoint: 'end_session_endpoint',
  logouturi: 'end_session_endpoint',
  logouturl: 'end_session_endpoint',
  signouturl: 'end_session_endpoint',
  revocationurl: 'revocation_endpoint',
  revokeendpoint: 'revocation_endpoint',
  revokeurl: 'revocation_endpoint',
  callback: 'redirect_uri',
  callbackuri: 'redirect_uri',
  callbackurl: 'redirect_uri',
  redirecturis: 'redirect_uri',
  redirecturl: 'redirect_uri',
  label: 'display_name',
  name: 'display_name',
  title: 'display_name',
  provider: 'preset',
  type: 'preset',
  appid: 'client_id',
  clientkey: 'client_id',
  consumerkey: 'client_id',
  authmethod: 'token_endpoint_auth_method',
  authstyle: 'token_endpoint_auth_method',
  clientauth: 'token_endpoint_auth_method',
  clientauthentication: 'token_endpoint_auth_method',
  clientauthenticationmethod: 'token_endpoint_auth_method',
  clientauthmethod: 'token_endpoint_auth_method',
  tokenauthmethod: 'token_endpoint_auth_method',
  algorithm: 'id_token_signed_response_alg',
  algorithms: 'id_token_signed_response_alg',
  idtokensigningalg: 'id_token_signed_response_alg',
  jwsalgorithm: 'id_token_signed_response_alg',
  signingalg: 'id_token_signed_response_alg',
  codechallengemethod: 'pkce',
  pkceenabled: 'pkce',
  usepkce: 'pkce',
  alloweddomain: 'allow',
  alloweddomains: 'allow',
  allowedemails: 'allow',
  allowedgroups: 'allow',
  allowedroles: 'allow',
  allowedusers: 'allow',
  emaildomain: 'allow',
  emaildomains: 'allow',
  requiredgroups: 'allow',
  audiences: 'trusted_audiences',
  claimmapping: 'userinfo_claims',
  claimsmapping: 'userinfo_claims',
  emailclaim: 'userinfo_claims',
  subjectclaim: 'userinfo_claims',
  uidfield: 'userinfo_claims',
  usernameclaim: 'userinfo_claims',
  authparams: 'authorization_params',
  extraauthparams: 'authorization_params',
  extraparams: 'authorization_params',
};

/** Parameters of the authorization request, which have a table of their own. */
const PARAMETERS = new Set([
  'access_type',
  'acr_values',
  'audience',
  'connection',
  'display',
  'domain_hint',
  'hd',
  'kc_idp_hint',
  'login_hint',
  'organization',
  'prompt',
  'ui_locales',
]);
/** What other clients let you choose, and this one does not. */
const FIXED = new Set(['flow', 'granttype', 'granttypes', 'responsetype', 'responsetypes', 'state']);
/** Variables of some presets. */
const VARIABLES = new Set(['domain', 'realm', 'region', 'subdomain', 'tenant', 'tenantid']);
const SECRETS: Readonly<Record<string, string>> = {
  appsecret: 'CLIENT_SECRET',
  clientsecret: 'CLIENT_SECRET',
  consumersecret: 'CLIENT_SECRET',
  privatekey: 'PRIVATE_KEY',
  secret: 'CLIENT_SECRET',
};

/**
 * The hint for a key of `provider`'s table that goes by another name here, or does not belong there. Undefined for any
 * other key.
 */
export function otherNameHint(key: string, provider: string): string | undefined {
  const name = key.toLowerCase().replaceAll(/[_-]/g, '');
  const secret = lookUp(SECRETS, name);
  if (secret !== undefined) {
    const setting = `${settingPrefix(provider)}_${secret}`;
    return `Remove it here and store it as a secret: \`npx wrangler secret put ${setting}\` (locally: in \`.dev.vars\`).`;
  }
  if (PARAMETERS.has(key)) return `Write \`authorization_params = { ${key} = "…" }\`.`;
  if (FIXED.has(name)) return 'Remove it: Drawbridge sets it itself.';
  if (VARIABLES.has(name)) {
    return 'Only some presets have it (docs/providers.md): set `preset`, or write it into `issuer`.';
  }
  const ours = lookUp(OURS, name);
  return ours && `Did you mean \`${ours}\`? See docs/openid-provider.md for every key.`;
}

function lookUp(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
