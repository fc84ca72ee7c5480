import type { Preset } from '../preset.ts';

/** Identity platforms: one entry each. The issuer depends on your tenant. */
export const IDENTITY: Readonly<Record<string, Preset>> = {
  // https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc
  microsoft: {
    display_name: 'Microsoft',
    issuer: 'https://login.microsoftonline.com/{tenant}/v2.0',
    authorization_endpoint: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize',
    token_endpoint: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token',
    userinfo_endpoint: 'https://graph.microsoft.com/oidc/userinfo',
    end_session_endpoint: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/logout',
    jwks_uri: 'https://login.microsoftonline.com/{tenant}/discovery/v2.0/keys',
    scope: 'openid profile email',
    prompt_values_supported: ['login', 'none', 'consent', 'select_account'],
    checks_code_first: true,
    issuer_template: 'https://login.microsoftonline.com/{tid}/v2.0',
    variables: {
      tenant: 'your directory (tenant) id, or `common`, `organizations` or `consumers`',
    },
    trust_email: 'never',
    narrower_scope: true,
    other_issuer_hosts: [
      'sts.windows.net',
      'login.windows.net',
      'login.microsoftonline.us',
      'login.partner.microsoftonline.cn',
    ],
    refresh_token_scope: 'offline_access',
    refresh_tokens: 'With the scope `offline_access`; each refresh issues a new one.',
    console_url: 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade',
    registration: 'App registrations → New registration → Redirect URI: Web',
  },
  // https://auth0.com/docs/get-started/authentication-and-authorization-flow/authorization-code-flow-with-pkce
  auth0: {
    display_name: 'Auth0',
    issuer: 'https://{domain}/',
    scope: 'openid profile email',
    token_endpoint_auth_method: 'client_secret_post',
    variables: { domain: 'the domain of your tenant, like `example.eu.auth0.com`' },
    trust_email: true,
    revocation: 'grant',
    narrower_scope: true,
    refresh_token_scope: 'offline_access',
    refresh_tokens: 'With the scope `offline_access`, if the application has the refresh token grant.',
    console_url: 'https://manage.auth0.com/#/applications',
    registration: 'Applications → your Regular Web Application → Settings → Allowed Callback URLs',
  },
  // https://developer.okta.com/docs/reference/api/oidc/
  okta: {
    display_name: 'Okta',
    issuer: 'https://{domain}',
    scope: 'openid profile email',
    variables: { domain: 'the domain of your Okta organization, like `example.okta.com`' },
    trust_email: true,
    narrower_scope: true,
    refresh_token_scope: 'offline_access',
    refresh_tokens: 'With the scope `offline_access`, if the application has the refresh token grant.',
    console_url: 'https://login.okta.com/',
    registration: 'Applications → Create App Integration → OIDC, Web Application → Sign-in redirect URIs',
  },
  // https://www.keycloak.org/securing-apps/oidc-layers
  keycloak: {
    display_name: 'Keycloak',
    issuer: 'https://{domain}/realms/{realm}',
    scope: 'openid profile email',
    variables: {
      domain: 'the host of your Keycloak, like `sso.example.com`',
      realm: 'the name of the realm',
    },
    trust_email: true,
    revocation: 'grant',
    narrower_scope: true,
    refresh_tokens: 'With every login; each refresh issues a new one.',
    registration: 'Clients → your client → Settings → Valid redirect URIs',
  },
  // https://zitadel.com/docs/apis/openidoauth/endpoints
  zitadel: {
    display_name: 'ZITADEL',
    issuer: 'https://{domain}',
    scope: 'openid profile email',
    // Tokens name the project, and every application in it; `azp` is the one that asked.
    trusted_audiences: ['*'],
    variables: { domain: 'the domain of your instance, like `example-abc123.zitadel.cloud`' },
    trust_email: true,
    narrower_scope: true,
    refresh_token_scope: 'offline_access',
    refresh_tokens: 'With the scope `offline_access`, if the application has the refresh token grant.',
    console_url: 'https://zitadel.com/admin/instances',
    registration: 'Projects → your project → New application → Web → Redirect URIs',
  },
  // https://docs.goauthentik.io/add-secure-apps/providers/oauth2/
  authentik: {
    display_name: 'authentik',
    issuer: 'https://{domain}/application/o/{application}/',
    scope: 'openid profile email',
    variables: {
      domain: 'the host of your authentik, like `sso.example.com`',
      application: 'the slug of the application',
    },
    trust_email: true,
    refresh_token_scope: 'offline_access',
    refresh_tokens: 'With the scope `offline_access`.',
    registration: 'Applications → Providers → your OAuth2/OpenID provider → Redirect URIs/Origins',
  },
  // https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints-oauth-grants.html
  cognito: {
    display_name: 'Amazon Cognito',
    issuer: 'https://cognito-idp.{region}.amazonaws.com/{user_pool_id}',
    scope: 'openid profile email',
    // https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
    post_logout_redirect_uri_parameter: 'logout_uri',
    variables: {
      region: 'the AWS region, like `eu-west-1`',
      user_pool_id: 'the id of the user pool, like `eu-west-1_AbCdEfGhI`',
    },
    trust_email: true,
    refresh_tokens: 'With every login.',
    console_url: 'https://console.aws.amazon.com/cognito/v2/idp/user-pools',
    registration: 'User pools → your pool → App clients → Login pages → Allowed callback URLs',
  },
  // https://developers.onelogin.com/openid-connect/api/provider-settings
  onelogin: {
    display_name: 'OneLogin',
    issuer: 'https://{subdomain}.onelogin.com/oidc/2',
    scope: 'openid profile email',
    variables: { subdomain: 'the part before `.onelogin.com` in your address' },
    trust_email: true,
    refresh_tokens: 'If refresh tokens are enabled for the application.',
    console_url: 'https://app.onelogin.com/login',
    registration: 'Applications → your OpenID Connect app → Configuration → Redirect URIs',
  },
  // https://developer.pingidentity.com/pingone-api/auth/introduction.html
  ping: {
    display_name: 'PingOne',
    issuer: 'https://auth.pingone.{region}/{environment_id}/as',
    scope: 'openid profile email',
    variables: {
      region: 'the ending of your region: `com`, `eu`, `ca`, `asia` or `com.au`',
      environment_id: 'the id of the environment',
    },
    trust_email: true,
    refresh_tokens: 'If the application has the refresh token grant.',
    console_url: 'https://console.pingone.com/',
    registration: 'Applications → your OIDC Web App → Configuration → Redirect URIs',
  },
  // https://docs.kinde.com/developer-tools/about/using-kinde-without-an-sdk/
  kinde: {
    display_name: 'Kinde',
    issuer: 'https://{domain}',
    scope: 'openid profile email',
    token_endpoint_auth_method: 'client_secret_post',
    variables: { domain: 'the domain of your business, like `example.kinde.com`' },
    trust_email: true,
    refresh_token_scope: 'offline',
    refresh_tokens: 'With the scope `offline`.',
    console_url: 'https://app.kinde.com/admin',
    registration: 'Applications → your back-end web application → Allowed callback URLs',
  },
  // https://docs.logto.io/integrate-logto/integrate-logto-into-your-application
  logto: {
    display_name: 'Logto',
    issuer: 'https://{domain}/oidc',
    scope: 'openid profile email',
    variables: { domain: 'the domain of your tenant, like `example.logto.app`' },
    trust_email: true,
    narrower_scope: true,
    refresh_token_scope: 'offline_access',
    refresh_tokens: 'With the scope `offline_access` and `prompt=consent`.',
    console_url: 'https://cloud.logto.io/',
    registration: 'Applications → your traditional web application → Redirect URIs',
  },
  // https://wso2.com/asgardeo/docs/guides/authentication/oidc/discover-oidc-loaded/
  asgardeo: {
    display_name: 'Asgardeo',
    issuer: 'https://api.asgardeo.io/t/{organization}/oauth2/token',
    scope: 'openid profile email',
    variables: { organization: 'the name of your organization' },
    trust_email: true,
    refresh_tokens: 'If the application has the refresh token grant.',
    console_url: 'https://console.asgardeo.io/',
    registration: 'Applications → your OIDC application → Protocol → Authorized redirect URLs',
  },
  // https://www.authelia.com/integration/openid-connect/introduction/
  authelia: {
    display_name: 'Authelia',
    issuer: 'https://{domain}',
    scope: 'openid profile email',
    variables: { domain: 'the host of your Authelia, like `auth.example.com`' },
    trust_email: true,
    refresh_token_scope: 'offline_access',
    refresh_tokens: 'With the scope `offline_access`, if the client has the refresh token grant.',
    registration: 'In its configuration: identity_providers.oidc.clients → redirect_uris',
  },
  // https://docs.descope.com/manage/idpapplications/oidc/
  descope: {
    display_name: 'Descope',
    issuer: 'https://api.descope.com/{project_id}',
    scope: 'openid profile email',
    variables: { project_id: 'the id of your project' },
    trust_email: true,
    refresh_token_scope: 'offline_access',
    refresh_tokens: 'With the scope `offline_access`.',
    console_url: 'https://app.descope.com/applications',
    registration: 'Applications → your OIDC application → Approved redirect URLs',
  },
};
