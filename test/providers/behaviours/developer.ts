import { type Behaviour, rfcAnswer } from '../behaviour.ts';

/** Where people write code and design, as the documents describe it. */
export const DEVELOPER: Readonly<Record<string, Behaviour>> = {
  // A form unless JSON is asked for; errors come with 200; scopes are sent with spaces and come with commas.
  github: {
    authorize: 'https://github.com/login/oauth/authorize',
    token: 'https://github.com/login/oauth/access_token',
    client: ['basic', 'post'],
    pkce: 'checked',
    scopes: ['read:user', 'user:email'],
    callback: { params: { iss: 'https://github.com/login/oauth' } },
    headers: { 'user-agent': /./ },
    user: {
      at: 'https://api.github.com/user',
      sub: '583231',
      body: { id: 583231, login: 'ada', name: 'Ada', email: null, avatar_url: 'https://a.example' },
    },
    emails: {
      at: 'https://api.github.com/user/emails',
      body: [
        { email: 'ada@old.example', primary: false, verified: true, visibility: null },
        { email: 'ada@example.com', primary: true, verified: true, visibility: 'private' },
        { email: 'ada@new.example', primary: false, verified: false, visibility: null },
      ],
    },
    shows: { email: 'ada@example.com', email_verified: true },
    formUnlessAsked: true,
    answer: (issued) => ({
      ...rfcAnswer(issued),
      token_type: 'bearer',
      expires_in: 28800,
      refresh_token_expires_in: 15811200,
      scope: issued.scope.join(','),
    }),
    refreshTokens: 'rotated',
    refuseCode: [
      200,
      {
        error: 'bad_verification_code',
        error_description: 'The code passed is incorrect or expired.',
        error_uri: 'https://docs.github.com/apps',
      },
    ],
    refuseRefresh: [
      200,
      {
        error: 'bad_refresh_token',
        error_description: 'The refresh token passed is incorrect or expired.',
      },
    ],
  },
  gitlab: {
    authorize: 'https://gitlab.com/oauth/authorize',
    token: 'https://gitlab.com/oauth/token',
    revoke: 'https://gitlab.com/oauth/revoke',
    client: ['basic', 'post'],
    pkce: 'checked',
    scopes: ['openid', 'profile', 'email'],
    openid: {
      iss: 'https://gitlab.com',
      keys: 'https://gitlab.com/oauth/discovery/keys',
      claims: { name: 'Ada', email: 'ada@example.com' },
    },
    answer: (issued) => ({ ...rfcAnswer(issued), created_at: 1607635748 }),
    refreshTokens: 'rotated',
  },
  // Refresh requests have an address of their own; the answer to them is short.
  figma: {
    authorize: 'https://www.figma.com/oauth',
    token: 'https://api.figma.com/v1/oauth/token',
    refreshAt: 'https://api.figma.com/v1/oauth/refresh',
    client: ['basic'],
    pkce: 'checked',
    user: {
      at: 'https://api.figma.com/v1/me',
      sub: '1021',
      body: { id: '1021', handle: 'Ada', email: 'ada@example.com' },
    },
    answer: ({ access, refresh }) => ({
      user_id_string: '1021',
      access_token: access,
      token_type: 'bearer',
      expires_in: 7776000,
      refresh_token: refresh,
    }),
    refreshAnswer: ({ access }) => ({
      access_token: access,
      token_type: 'bearer',
      expires_in: 7776000,
    }),
    refreshTokens: 'kept',
  },
  linear: {
    authorize: 'https://linear.app/oauth/authorize',
    token: 'https://api.linear.app/oauth/token',
    revoke: 'https://api.linear.app/oauth/revoke',
    client: ['basic', 'post'],
    pkce: 'checked',
    scopes: ['read', 'issues:create'],
    separator: ',',
    user: {
      at: 'https://api.linear.app/graphql',
      method: 'POST',
      sub: 'a1b2',
      body: { data: { viewer: { id: 'a1b2', name: 'Ada', email: 'ada@example.com', avatarUrl: null } } },
    },
    refreshTokens: 'rotated',
  },
};
