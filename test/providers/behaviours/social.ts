import { type Behaviour, INVALID_GRANT, type Issued, rfcAnswer } from '../behaviour.ts';

/** Accounts that many people have, as their documents describe them. */
export const SOCIAL: Readonly<Record<string, Behaviour>> = {
  // Secrets in a Basic header are compared as they are; `iss` may lack the scheme.
  google: {
    authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
    revoke: 'https://oauth2.googleapis.com/revoke',
    revokedTwice: [400, { error: 'invalid_token', error_description: 'Token expired or revoked' }],
    client: ['post'],
    pkce: 'checked',
    params: { access_type: 'offline', prompt: 'consent' },
    openid: {
      iss: 'accounts.google.com',
      keys: 'https://www.googleapis.com/oauth2/v3/certs',
      claims: { name: 'Ada', email: 'ada@example.com', email_verified: true },
    },
    refreshTokens: 'kept',
    refuseCode: [400, { error: 'invalid_grant', error_description: 'Malformed auth code.' }],
    refuseRefresh: [400, { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }],
  },
  apple: {
    authorize: 'https://appleid.apple.com/auth/authorize',
    token: 'https://appleid.apple.com/auth/token',
    revoke: 'https://appleid.apple.com/auth/revoke',
    client: ['signed'],
    pkce: 'ignored',
    scopes: ['openid', 'name', 'email'],
    callback: {
      by: 'POST',
      params: { user: '{"name":{"firstName":"Ada","lastName":"Byron"},"email":"ada@example.com"}' },
    },
    openid: {
      iss: 'https://appleid.apple.com',
      keys: 'https://appleid.apple.com/auth/keys',
      claims: { email: 'ada@example.com', email_verified: 'true' },
    },
    shows: { name: 'Ada Byron', email: 'ada@example.com' },
    refreshTokens: 'kept',
    refuseCode: [400, { error: 'invalid_grant', error_description: 'The code has expired.' }],
    settings: { team_id: 'TEAM123456' },
  },
  // Errors are objects of the Graph API; the answer names no scope.
  facebook: {
    authorize: 'https://www.facebook.com/v24.0/dialog/oauth',
    token: 'https://graph.facebook.com/v24.0/oauth/access_token',
    client: ['post'],
    pkce: 'checked',
    scopes: ['public_profile', 'email'],
    separator: ',',
    callback: { fragment: '#_=_' },
    shows: { name: 'Ada', picture: 'https://cdn.example/p' },
    user: {
      at: 'https://graph.facebook.com/v24.0/me',
      sub: '10158',
      body: { id: '10158', name: 'Ada', picture: { data: { url: 'https://cdn.example/p' } } },
    },
    answer: ({ access }) => ({ access_token: access, token_type: 'bearer', expires_in: 5183944 }),
    refreshTokens: 'none',
    refuseCode: [
      400,
      {
        error: {
          message: 'This authorization code has expired.',
          type: 'OAuthException',
          code: 100,
          error_subcode: 36007,
          fbtrace_id: 'A1',
        },
      },
    ],
    codeErrorUnnamed: true,
  },
  // Refresh tokens that were used get `invalid_request`, told apart by the description alone.
  x: {
    authorize: 'https://x.com/i/oauth2/authorize',
    token: 'https://api.x.com/2/oauth2/token',
    revoke: 'https://api.x.com/2/oauth2/revoke',
    client: ['basic'],
    pkce: 'needed',
    scopes: ['users.read', 'tweet.read', 'offline.access'],
    user: {
      at: 'https://api.x.com/2/users/me',
      sub: '2244994945',
      body: { data: { id: '2244994945', name: 'Ada', username: 'ada' } },
    },
    refreshTokens: 'rotated',
    refreshScope: 'offline.access',
    refuseCode: [
      400,
      {
        error: 'invalid_request',
        error_description: 'Value passed for the authorization code was invalid.',
      },
    ],
    refuseRefresh: [
      400,
      { error: 'invalid_request', error_description: 'Value passed for the token was invalid.' },
    ],
  },
  // A verifier from a web client is an error; ID tokens have no nonce; scopes come back with commas.
  linkedin: {
    authorize: 'https://www.linkedin.com/oauth/v2/authorization',
    token: 'https://www.linkedin.com/oauth/v2/accessToken',
    client: ['post'],
    pkce: 'refused',
    scopes: ['openid', 'profile', 'email'],
    openid: {
      iss: 'https://www.linkedin.com/oauth',
      keys: 'https://www.linkedin.com/oauth/openid/jwks',
      nonce: false,
      claims: { name: 'Ada', email: 'ada@example.com' },
    },
    answer: (issued) => ({ ...rfcAnswer(issued), scope: 'email,openid,profile' }),
    refreshTokens: 'none',
    refuseCode: [
      400,
      {
        error: 'invalid_request',
        error_description: 'Unable to retrieve access token: authorization code not found',
      },
    ],
    codeErrorUnnamed: true,
  },
  tiktok: {
    authorize: 'https://www.tiktok.com/v2/auth/authorize/',
    token: 'https://open.tiktokapis.com/v2/oauth/token/',
    revoke: 'https://open.tiktokapis.com/v2/oauth/revoke/',
    client: ['post'],
    clientIdName: 'client_key',
    pkce: 'ignored',
    scopes: ['user.info.basic', 'video.list'],
    separator: ',',
    user: {
      at: 'https://open.tiktokapis.com/v2/user/info/',
      sub: '723f24d7',
      body: {
        data: { user: { open_id: '723f24d7', display_name: 'Ada' } },
        error: { code: 'ok', message: '', log_id: '1' },
      },
    },
    answer: ({ access, refresh, scope }) => ({
      open_id: '723f24d7',
      scope: scope.join(','),
      access_token: access,
      expires_in: 86400,
      refresh_token: refresh,
      refresh_expires_in: 31536000,
      token_type: 'Bearer',
    }),
    refreshTokens: 'rotated',
    refuseCode: [
      200,
      { error: 'invalid_grant', error_description: 'Authorization code is expired.', log_id: '2022' },
    ],
    refuseRefresh: [
      200,
      { error: 'invalid_grant', error_description: 'Refresh token is invalid or expired.', log_id: '2' },
    ],
  },
  // Asks for a User-Agent; errors may be a number and a message.
  reddit: {
    authorize: 'https://www.reddit.com/api/v1/authorize',
    token: 'https://www.reddit.com/api/v1/access_token',
    revoke: 'https://www.reddit.com/api/v1/revoke_token',
    revokeStatus: 204,
    client: ['basic'],
    pkce: 'ignored',
    scopes: ['identity', 'read'],
    params: { duration: 'permanent' },
    headers: { 'user-agent': /./ },
    user: { at: 'https://oauth.reddit.com/api/v1/me', sub: 'abc12', body: { id: 'abc12', name: 'ada' } },
    refreshTokens: 'kept',
    refuseCode: [200, { error: 'invalid_grant' }],
    refuseRefresh: [400, { message: 'Bad Request', error: 400 }],
  },
  discord: {
    authorize: 'https://discord.com/oauth2/authorize',
    token: 'https://discord.com/api/oauth2/token',
    revoke: 'https://discord.com/api/oauth2/token/revoke',
    client: ['basic', 'post'],
    pkce: 'checked',
    scopes: ['identify', 'email'],
    user: {
      at: 'https://discord.com/api/users/@me',
      sub: '80351110224678912',
      body: { id: '80351110224678912', username: 'ada', global_name: null, email: 'ada@example.com' },
    },
    refreshTokens: 'rotated',
    refuseCode: [400, { error: 'invalid_grant', error_description: 'Invalid "code" in request.' }],
  },
  // The scope is an array; errors have a status and a message.
  twitch: {
    authorize: 'https://id.twitch.tv/oauth2/authorize',
    token: 'https://id.twitch.tv/oauth2/token',
    revoke: 'https://id.twitch.tv/oauth2/revoke',
    client: ['post'],
    pkce: 'ignored',
    scopes: ['openid', 'user:read:email'],
    openid: {
      iss: 'https://id.twitch.tv/oauth2',
      keys: 'https://id.twitch.tv/oauth2/keys',
      claims: { preferred_username: 'ada' },
    },
    answer: twitchAnswer,
    refreshTokens: 'rotated',
    refuseCode: [400, { status: 400, message: 'Invalid authorization code' }],
    refuseRefresh: [400, { error: 'Bad Request', status: 400, message: 'Invalid refresh token' }],
  },
  spotify: {
    authorize: 'https://accounts.spotify.com/authorize',
    token: 'https://accounts.spotify.com/api/token',
    client: ['basic', 'post'],
    pkce: 'checked',
    scopes: ['user-read-email', 'user-read-private'],
    user: {
      at: 'https://api.spotify.com/v1/me',
      sub: 'ada',
      body: { id: 'ada', display_name: 'Ada', images: [{ url: 'https://i.example/1' }] },
    },
    refreshTokens: 'kept',
    refuseCode: [400, { error: 'invalid_grant', error_description: 'Invalid authorization code' }],
    refuseRefresh: INVALID_GRANT,
  },
};

function twitchAnswer(issued: Issued) {
  return { ...rfcAnswer(issued), expires_in: 14124, scope: issued.scope, token_type: 'bearer' };
}
