import type { Preset } from '../../../src/providers/preset.ts';
import { PRESETS } from '../../../src/providers/presets.ts';
import { type Behaviour, INVALID_GRANT, type Issued, rfcAnswer } from '../behaviour.ts';

/** What providers of a class demand and answer, beyond the RFCs, where they have no row of their own. */
const OWN: Readonly<Record<string, Partial<Behaviour>>> = {
  // Scopes in `scopes`.
  bitbucket: { client: ['basic', 'post'], answer: renamedScope },
  hubspot: {
    client: ['post'],
    refreshTokens: 'kept',
    answer: scopeList,
    refuseCode: [400, { status: 'BAD_AUTH_CODE', message: 'missing or unknown auth code' }],
    refuseRefresh: [400, { status: 'BAD_REFRESH_TOKEN', message: 'missing or unknown refresh token' }],
  },
  // JSON requests; the end as a date.
  square: {
    client: ['post'],
    tokenBody: 'json',
    pkce: 'refused',
    params: { session: 'false' },
    answer: ({ access, refresh }) => ({
      access_token: access,
      token_type: 'bearer',
      expires_at: new Date(Date.now() + 30 * 86_400_000).toISOString(),
      merchant_id: 'M1',
      refresh_token: refresh,
    }),
    refreshTokens: 'kept',
  },
  zendesk: { client: ['post'], tokenBody: 'json', settings: { subdomain: 'engines' } },
  // Scopes with commas.
  pinterest: { client: ['basic'], separator: ',', scopes: ['user_accounts:read', 'boards:read'] },
  threads: {
    client: ['post'],
    separator: ',',
    callback: { fragment: '#_' },
    answer: bareToken,
    refreshTokens: 'none',
  },
  todoist: { client: ['post'], separator: ',', scopes: ['data:read', 'task:add'] },
  kakao: { client: ['post'], separator: ',', scopes: ['account_email', 'profile_nickname'] },
  zoho: {
    client: ['post'],
    separator: ',',
    scopes: ['AaaServer.profile.READ', 'ZohoCRM.users.READ'],
    params: { access_type: 'offline', prompt: 'consent' },
    refreshTokens: 'kept',
    refuseCode: [200, { error: 'invalid_code' }],
    refuseRefresh: [200, { error: 'invalid_code' }],
    settings: { region: 'eu' },
  },
  pipedrive: {
    client: ['basic'],
    pkce: 'refused',
    answer: (issued) => ({ ...rfcAnswer(issued), scope: 'base,deals:full', api_domain: 'https://e.example' }),
  },
  // Parameters that say twice what the endpoint says already.
  basecamp: {
    client: ['post'],
    params: { type: 'web_server' },
    tokenParams: { type: 'web_server' },
    refreshParams: { type: 'refresh' },
    refreshTokens: 'kept',
    answer: ({ access, refresh }) => ({ access_token: access, expires_in: 1209600, refresh_token: refresh }),
  },
  whoop: {
    client: ['post'],
    scopes: ['read:profile', 'offline'],
    refreshScope: 'offline',
    refreshParams: { scope: 'offline' },
  },
  // The end as text.
  naver: {
    client: ['post'],
    refreshTokens: 'kept',
    answer: (issued) => ({ ...rfcAnswer(issued), token_type: 'bearer', expires_in: '3600' }),
    refuseCode: [200, { error: 'invalid_request', error_description: 'no valid data in session' }],
    refuseRefresh: [200, { error: 'invalid_grant' }],
    codeErrorUnnamed: true,
  },
  // No `token_type`, no end, no refresh token.
  clickup: { client: ['post'], answer: bareToken, refreshTokens: 'none' },
  intercom: { client: ['post'], answer: bareToken, refreshTokens: 'none' },
  // The scope that brings a refresh token.
  coinbase: {
    client: ['post'],
    scopes: ['wallet:user:read', 'offline_access'],
    refreshScope: 'offline_access',
  },
  tumblr: { client: ['post'], scopes: ['basic', 'offline_access'], refreshScope: 'offline_access' },
  typeform: {
    client: ['post'],
    pkce: 'refused',
    scopes: ['accounts:read', 'offline'],
    refreshScope: 'offline',
  },
  lichess: { client: ['none'], pkce: 'needed', refreshTokens: 'none' },
  anilist: { client: ['post'], refreshTokens: 'none' },
  vercel: { client: ['basic'] },
  // Where the variables lead.
  mastodon: { client: ['post'], refreshTokens: 'none', settings: { domain: 'mastodon.social' } },
  gitea: { settings: { domain: 'git.example.com' } },
  'gitlab-self-managed': { settings: { domain: 'gitlab.example.com' } },
  kinde: { settings: { domain: 'engines.kinde.com' } },
  logto: { settings: { domain: 'engines.logto.app' } },
  asgardeo: { settings: { organization: 'engines' } },
  authelia: { settings: { domain: 'auth.example.com' } },
  descope: { settings: { project_id: 'P2abc' } },
};

const NO_REFRESH = [
  'webflow',
  'netlify',
  'eventbrite',
  'openstreetmap',
  'dribbble',
  'unsplash',
  'vimeo',
  'wordpress',
  'battlenet',
];
/** Those that say `client_secret_basic` in their documents, or take it beside the other. */
const BASIC = [
  'gitea',
  'codeberg',
  'openstreetmap',
  'vimeo',
  'battlenet',
  'epicgames',
  'airtable',
  'calendly',
  'docusign',
  'yandex',
];

function renamedScope({ access, refresh, scope }: Issued) {
  return { ...rfcAnswer({ access, refresh, scope: [], id_token: undefined }), scopes: scope.join(' ') };
}

function scopeList({ access, refresh, scope }: Issued) {
  return { ...rfcAnswer({ access, refresh, scope: [], id_token: undefined }), scopes: scope };
}

function bareToken({ access }: Issued) {
  return { access_token: access };
}

/**
 * A provider that does as the RFCs say: its addresses are those of the preset, so this shows that the preset's
 * quirks do no harm, and what `OWN` says besides.
 */
export function restOf(id: string): Behaviour {
  const preset = PRESETS[id] as Preset;
  const settings = OWN[id]?.settings ?? {};
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => settings[name] ?? '');
  const openid = (preset.scope ?? '').split(' ').includes('openid');
  const found = openid && preset.issuer !== undefined && preset.token_endpoint === undefined;
  const base = fill(preset.issuer ?? '').replace(/\/$/, '');
  const user = preset.userinfo_endpoint && !openid;
  return {
    authorize: fill(preset.authorization_endpoint ?? `${base}/authorize`),
    token: fill(preset.token_endpoint ?? `${base}/token`),
    ...(preset.revocation_endpoint && { revoke: fill(preset.revocation_endpoint) }),
    ...(found && { discovery: `${base}/.well-known/openid-configuration`, revoke: `${base}/revoke` }),
    client: found ? ['basic', 'post'] : BASIC.includes(id) ? ['basic'] : ['post'],
    pkce: 'checked',
    ...(openid && {
      openid: {
        iss: fill(preset.issuer ?? ''),
        keys: preset.jwks_uri ?? `${base}/jwks`,
        claims: { name: 'Ada', email: 'ada@example.com' },
      },
    }),
    ...(user && {
      user: {
        at: withoutQuery(fill(preset.userinfo_endpoint ?? '')),
        ...((preset.userinfo_method === 'POST' || preset.userinfo_query) && { method: 'POST' as const }),
        sub: 'user-1',
        body: nested(preset.userinfo_claims?.sub ?? 'sub'),
      },
    }),
    refreshTokens: NO_REFRESH.includes(id) ? 'none' : 'rotated',
    refuseCode: INVALID_GRANT,
    ...OWN[id],
  };
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** The subject at a dotted path. */
function nested(path: string): unknown {
  return path.split('.').reduceRight<unknown>((value, name) => ({ [name]: value }), 'user-1');
}
