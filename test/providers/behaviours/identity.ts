import { type Behaviour, CLIENT_ID, INVALID_GRANT } from '../behaviour.ts';

/** A platform that is found by its metadata (OpenID Connect Discovery) and keeps to the RFCs. */
function tenant(
  issuer: string,
  paths: { authorize: string; token: string; keys: string; revoke?: string; userinfo?: string },
  own: Partial<Behaviour> = {},
): Behaviour {
  const at = (path: string) => (path.startsWith('https:') ? path : new URL(path, issuer).href);
  return {
    authorize: at(paths.authorize),
    token: at(paths.token),
    ...(paths.revoke && { revoke: at(paths.revoke) }),
    discovery: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    client: ['basic', 'post'],
    pkce: 'checked',
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    openid: {
      iss: issuer,
      keys: at(paths.keys),
      claims: { name: 'Ada', email: 'ada@example.com' },
    },
    refreshTokens: 'rotated',
    refreshScope: 'offline_access',
    ...own,
  };
}

const TENANT_ID = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** Identity platforms, as their documents and metadata describe them. */
export const IDENTITY: Readonly<Record<string, Behaviour>> = {
  // `common` takes users of every tenant; the ID token names the user's own.
  microsoft: {
    authorize: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
    token: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
    client: ['basic', 'post'],
    pkce: 'checked',
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    openid: {
      iss: `https://login.microsoftonline.com/${TENANT_ID}/v2.0`,
      keys: 'https://login.microsoftonline.com/common/discovery/v2.0/keys',
      claims: { tid: TENANT_ID, name: 'Ada', email: 'ada@example.com' },
    },
    refreshTokens: 'rotated',
    refreshScope: 'offline_access',
    refuseCode: [
      400,
      {
        error: 'invalid_grant',
        error_description: 'AADSTS70008: The provided authorization code has expired.',
        error_codes: [70008],
        trace_id: '255d',
      },
    ],
    refuseRefresh: INVALID_GRANT,
    settings: { tenant: 'common' },
  },
  auth0: tenant(
    'https://engines.eu.auth0.com/',
    { authorize: 'authorize', token: 'oauth/token', keys: '.well-known/jwks.json', revoke: 'oauth/revoke' },
    {
      refuseCode: [403, { error: 'invalid_grant', error_description: 'Invalid authorization code' }],
      refuseRefresh: [
        403,
        { error: 'invalid_grant', error_description: 'Unknown or invalid refresh token.' },
      ],
      settings: { domain: 'engines.eu.auth0.com' },
    },
  ),
  okta: tenant(
    'https://engines.okta.com',
    {
      authorize: '/oauth2/v1/authorize',
      token: '/oauth2/v1/token',
      keys: '/oauth2/v1/keys',
      revoke: '/oauth2/v1/revoke',
    },
    { settings: { domain: 'engines.okta.com' } },
  ),
  keycloak: tenant(
    'https://sso.example.com/realms/engines',
    {
      authorize: '/realms/engines/protocol/openid-connect/auth',
      token: '/realms/engines/protocol/openid-connect/token',
      keys: '/realms/engines/protocol/openid-connect/certs',
      revoke: '/realms/engines/protocol/openid-connect/revoke',
    },
    {
      refuseRefresh: [400, { error: 'invalid_grant', error_description: 'Token is not active' }],
      settings: { domain: 'sso.example.com', realm: 'engines' },
    },
  ),
  zitadel: tenant(
    'https://engines.zitadel.cloud',
    {
      authorize: '/oauth/v2/authorize',
      token: '/oauth/v2/token',
      keys: '/oauth/v2/keys',
      revoke: '/oauth/v2/revoke',
    },
    {
      // Every application of the project, and the project itself; `azp` is who asked.
      openid: {
        iss: 'https://engines.zitadel.cloud',
        keys: 'https://engines.zitadel.cloud/oauth/v2/keys',
        audience: [CLIENT_ID, '270231104519241731', '270231104519241730'],
        claims: { azp: CLIENT_ID, name: 'Ada', email: 'ada@example.com' },
      },
      settings: { domain: 'engines.zitadel.cloud' },
    },
  ),
  authentik: tenant(
    'https://sso.example.com/application/o/engines/',
    {
      authorize: '/application/o/authorize/',
      token: '/application/o/token/',
      keys: '/application/o/engines/jwks/',
      revoke: '/application/o/revoke/',
    },
    { settings: { domain: 'sso.example.com', application: 'engines' } },
  ),
  // The endpoints lie on the domain of the user pool, not on the issuer's host.
  cognito: tenant(
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI',
    {
      authorize: 'https://engines.auth.eu-west-1.amazoncognito.com/oauth2/authorize',
      token: 'https://engines.auth.eu-west-1.amazoncognito.com/oauth2/token',
      keys: '/eu-west-1_AbCdEfGhI/.well-known/jwks.json',
      revoke: 'https://engines.auth.eu-west-1.amazoncognito.com/oauth2/revoke',
    },
    {
      client: ['basic'],
      scopes: ['openid', 'profile', 'email'],
      refreshTokens: 'kept',
      refreshScope: 'openid',
      refuseCode: [400, { error: 'invalid_grant' }],
      settings: { region: 'eu-west-1', user_pool_id: 'eu-west-1_AbCdEfGhI' },
    },
  ),
  onelogin: tenant(
    'https://engines.onelogin.com/oidc/2',
    {
      authorize: '/oidc/2/auth',
      token: '/oidc/2/token',
      keys: '/oidc/2/certs',
      revoke: '/oidc/2/token/revocation',
    },
    {
      scopes: ['openid', 'profile', 'email'],
      refreshScope: 'openid',
      settings: { subdomain: 'engines' },
    },
  ),
  ping: tenant(
    'https://auth.pingone.eu/5f1c/as',
    {
      authorize: '/5f1c/as/authorize',
      token: '/5f1c/as/token',
      keys: '/5f1c/as/jwks',
      revoke: '/5f1c/as/revoke',
    },
    {
      client: ['basic'],
      scopes: ['openid', 'profile', 'email'],
      refreshScope: 'openid',
      settings: { region: 'eu', environment_id: '5f1c' },
    },
  ),
};
