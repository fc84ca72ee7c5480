import { type Behaviour, INVALID_GRANT, type Issued, rfcAnswer } from '../behaviour.ts';

/** Where people talk, plan and keep their files, as the documents describe it. */
export const WORK: Readonly<Record<string, Behaviour>> = {
  slack: {
    authorize: 'https://slack.com/openid/connect/authorize',
    token: 'https://slack.com/api/openid.connect.token',
    client: ['basic', 'post'],
    pkce: 'ignored',
    scopes: ['openid', 'profile', 'email'],
    openid: {
      iss: 'https://slack.com',
      keys: 'https://slack.com/openid/connect/keys',
      claims: { name: 'Ada', email: 'ada@example.com', 'https://slack.com/team_id': 'T1' },
    },
    answer: ({ access, refresh, id_token }) => ({
      ok: true,
      access_token: access,
      token_type: 'Bearer',
      ...(refresh !== undefined && { refresh_token: refresh, expires_in: 43200 }),
      ...(id_token !== undefined && { id_token }),
    }),
    refreshTokens: 'rotated',
    refuseCode: [200, { ok: false, error: 'invalid_code' }],
    refuseRefresh: [200, { ok: false, error: 'invalid_refresh_token' }],
  },
  // The user's token is nested in the first answer and is not in those to a refresh; `token_type` says whose it is.
  'slack-api': {
    authorize: 'https://slack.com/oauth/v2/authorize',
    token: 'https://slack.com/api/oauth.v2.access',
    client: ['basic', 'post'],
    pkce: 'ignored',
    scopes: ['users:read', 'chat:write'],
    scopeName: 'user_scope',
    separator: ',',
    user: {
      at: 'https://slack.com/api/auth.test',
      sub: 'U1',
      body: { ok: true, user: 'ada', user_id: 'U1', team: 'Engines', team_id: 'T1' },
    },
    answer: (issued) => ({
      ok: true,
      app_id: 'A1',
      authed_user: { id: 'U1', ...slackUserToken(issued) },
      team: { id: 'T1', name: 'Engines' },
      enterprise: null,
      is_enterprise_install: false,
    }),
    refreshAnswer: (issued) => ({ ok: true, ...slackUserToken(issued) }),
    refreshTokens: 'rotated',
    refuseCode: [200, { ok: false, error: 'invalid_code' }],
    refuseRefresh: [200, { ok: false, error: 'invalid_refresh_token' }],
  },
  // Token requests are JSON; tokens do not expire by themselves.
  notion: {
    authorize: 'https://api.notion.com/v1/oauth/authorize',
    token: 'https://api.notion.com/v1/oauth/token',
    client: ['basic'],
    tokenBody: 'json',
    pkce: 'ignored',
    params: { owner: 'user' },
    headers: { 'notion-version': /^20\d\d-\d\d-\d\d$/ },
    user: {
      at: 'https://api.notion.com/v1/users/me',
      sub: 'd40e767c',
      body: { object: 'user', type: 'bot', bot: { owner: { type: 'user', user: { id: 'd40e767c' } } } },
    },
    answer: ({ access, refresh }) => ({
      access_token: access,
      token_type: 'bearer',
      refresh_token: refresh,
      bot_id: 'b1',
      workspace_id: 'w1',
      workspace_name: 'Engines',
      owner: { type: 'user', user: { object: 'user', id: 'd40e767c' } },
      duplicated_template_id: null,
    }),
    refreshTokens: 'rotated',
    refuseCode: [400, { error: 'invalid_grant', request_id: 'r1' }],
    refuseRefresh: [400, { error: 'invalid_grant', request_id: 'r2' }],
  },
  dropbox: {
    authorize: 'https://www.dropbox.com/oauth2/authorize',
    token: 'https://api.dropboxapi.com/oauth2/token',
    client: ['basic', 'post'],
    pkce: 'checked',
    scopes: ['account_info.read', 'files.metadata.read'],
    params: { token_access_type: 'offline' },
    user: {
      at: 'https://api.dropboxapi.com/2/users/get_current_account',
      method: 'POST',
      sub: 'dbid:AAH4',
      body: { account_id: 'dbid:AAH4', name: { display_name: 'Ada' }, email: 'ada@example.com' },
    },
    answer: (issued) => ({ ...rfcAnswer(issued), token_type: 'bearer', uid: '12345', account_id: 'dbid:A' }),
    refreshTokens: 'kept',
    refuseCode: [400, { error: 'invalid_grant', error_description: "code doesn't exist or has expired" }],
  },
  // A refused refresh token gets 403, and a code that says something else.
  atlassian: {
    authorize: 'https://auth.atlassian.com/authorize',
    token: 'https://auth.atlassian.com/oauth/token',
    client: ['post'],
    pkce: 'ignored',
    scopes: ['read:me', 'offline_access'],
    params: { audience: 'api.atlassian.com', prompt: 'consent' },
    user: {
      at: 'https://api.atlassian.com/me',
      sub: '112233aa',
      body: { account_id: '112233aa', name: 'Ada', email: 'ada@example.com', picture: 'https://p.example' },
    },
    refreshTokens: 'rotated',
    refreshScope: 'offline_access',
    refuseCode: [403, { error: 'invalid_grant', error_description: 'Invalid authorization code' }],
    refuseRefresh: [403, { error: 'unauthorized_client', error_description: 'refresh_token is invalid' }],
  },
  zoom: {
    authorize: 'https://zoom.us/oauth/authorize',
    token: 'https://zoom.us/oauth/token',
    revoke: 'https://zoom.us/oauth/revoke',
    client: ['basic'],
    pkce: 'checked',
    user: {
      at: 'https://api.zoom.us/v2/users/me',
      sub: 'KDcuGIm1',
      body: { id: 'KDcuGIm1', display_name: 'Ada', email: 'ada@example.com' },
    },
    answer: (issued) => ({ ...rfcAnswer(issued), scope: 'user:read:user', api_url: 'https://api.zoom.us' }),
    refreshTokens: 'rotated',
    refuseCode: [400, { reason: 'Invalid authorization code', error: 'invalid_grant' }],
    refuseRefresh: [400, { reason: 'Invalid Token!', error: 'invalid_request' }],
  },
  // Tokens have no end that is told; an address of one's own comes with them.
  salesforce: {
    authorize: 'https://login.salesforce.com/services/oauth2/authorize',
    token: 'https://login.salesforce.com/services/oauth2/token',
    revoke: 'https://login.salesforce.com/services/oauth2/revoke',
    discovery: 'https://login.salesforce.com/.well-known/openid-configuration',
    client: ['basic', 'post'],
    pkce: 'checked',
    scopes: ['openid', 'profile', 'refresh_token'],
    openid: {
      iss: 'https://login.salesforce.com',
      keys: 'https://login.salesforce.com/id/keys',
      claims: { name: 'Ada' },
    },
    answer: ({ access, refresh, id_token, scope }) => ({
      access_token: access,
      ...(refresh !== undefined && { refresh_token: refresh }),
      signature: 'c2ln',
      scope: scope.join(' '),
      ...(id_token !== undefined && { id_token }),
      instance_url: 'https://engines.my.salesforce.com',
      id: 'https://login.salesforce.com/id/00D/005',
      token_type: 'Bearer',
      issued_at: '1695000000000',
    }),
    refreshTokens: 'kept',
    refreshScope: 'refresh_token',
    refuseCode: [400, { error: 'invalid_grant', error_description: 'expired authorization code' }],
    refuseRefresh: INVALID_GRANT,
  },
  // The scope comes beside the code, as far as the user has left it ticked; errors name what was at fault.
  strava: {
    authorize: 'https://www.strava.com/oauth/authorize',
    token: 'https://www.strava.com/api/v3/oauth/token',
    client: ['post'],
    pkce: 'ignored',
    scopes: ['read', 'activity:read'],
    separator: ',',
    callback: { params: { scope: 'read' } },
    granted: 'read',
    user: {
      at: 'https://www.strava.com/api/v3/athlete',
      sub: '227615',
      body: { id: 227615, username: 'ada', firstname: 'Ada', lastname: 'Byron' },
    },
    answer: ({ access, refresh }) => ({
      token_type: 'Bearer',
      expires_at: Math.floor(Date.now() / 1000) + 21600,
      expires_in: 21600,
      refresh_token: refresh,
      access_token: access,
      athlete: { id: 227615 },
    }),
    refreshTokens: 'rotated',
    refuseCode: [400, stravaFault('AuthorizationCode', 'code')],
    refuseRefresh: [400, stravaFault('RefreshToken', 'refresh_token')],
  },
};

function slackUserToken({ access, refresh, scope }: Issued) {
  return {
    access_token: access,
    token_type: 'user',
    scope: scope.join(','),
    ...(refresh !== undefined && { refresh_token: refresh, expires_in: 43200 }),
  };
}

function stravaFault(resource: string, field: string) {
  return { message: 'Bad Request', errors: [{ resource, field, code: 'invalid' }] };
}
