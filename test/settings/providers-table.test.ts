import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/providers/presets.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Env, Fault } from '../../src/settings/env.ts';
import { resolveProviders } from '../../src/settings/providers-table.ts';
import { settingPrefix } from '../../src/settings/setting-names.ts';

/** The providers of these settings and what is wrong with them; `SESSION_SECRET` and the like play no part. */
function resolve(env: Env) {
  const { providers, defaultProvider, faults } = resolveProviders(env);
  return { providers, defaultProvider, faults, named: faults.map(({ setting }) => setting) };
}

/** The one provider that an entry makes, its client id and secret set. */
function entry(
  id: string,
  own: Record<string, unknown>,
): { provider: Provider | undefined; faults: Fault[] } {
  const { providers, faults } = resolveProviders({
    PROVIDERS: { [id]: { client_id: 'client-1', ...own } },
    [`${settingPrefix(id)}_CLIENT_SECRET`]: 'secret',
  });
  return { provider: providers.get(id), faults };
}

const hintOf = (faults: readonly Fault[], setting: string) =>
  faults.find((fault) => fault.setting === setting)?.hint;

describe('a preset', () => {
  it('is turned on by its client id alone', () => {
    const { providers, defaultProvider, named } = resolve({
      GITHUB_CLIENT_ID: 'c',
      GITHUB_CLIENT_SECRET: 's',
    });
    expect(named).toEqual([]);
    expect([...providers.keys()]).toEqual(['github']);
    expect(defaultProvider?.id).toBe('github');
  });

  it('with a dash in its id has settings with an underscore', () => {
    const { providers } = resolve({ SLACK_API_CLIENT_ID: 'c', SLACK_API_CLIENT_SECRET: 's' });
    expect([...providers.keys()]).toEqual(['slack-api']);
  });

  it('asks for its secret by name', () => {
    expect(resolve({ GITHUB_CLIENT_ID: 'c' }).named).toEqual(['GITHUB_CLIENT_SECRET']);
  });

  it('asks for DEFAULT_PROVIDER where several are on, and adding one moves nobody’s redirect URI', () => {
    const two = { X_CLIENT_ID: 'c', X_CLIENT_SECRET: 's', BOX_CLIENT_ID: 'c', BOX_CLIENT_SECRET: 's' };
    expect(resolve(two).named).toEqual(['DEFAULT_PROVIDER']);
    const named = resolve({ ...two, DEFAULT_PROVIDER: 'box' });
    expect(named.faults).toEqual([]);
    expect(named.defaultProvider?.id).toBe('box');
  });

  it('serves under another id, and twice', () => {
    const { providers, named } = resolve({
      PROVIDERS: {
        staff: { preset: 'keycloak', domain: 'sso.example', realm: 'staff', client_id: 'c' },
        guests: { preset: 'keycloak', domain: 'sso.example', realm: 'guests', client_id: 'c' },
      },
      STAFF_CLIENT_SECRET: 's',
      GUESTS_CLIENT_SECRET: 's',
    });
    expect(named).toEqual([]);
    expect([...providers.values()].map(({ issuer }) => issuer)).toEqual([
      'https://sso.example/realms/staff',
      'https://sso.example/realms/guests',
    ]);
  });

  it('yields to what the settings say', () => {
    const { provider } = entry('github', { scope: 'repo', display_name: 'Our GitHub', pkce: false });
    expect(provider).toMatchObject({ scope: 'repo', display_name: 'Our GitHub', pkce: false });
    expect(provider?.metadata.token_endpoint).toBe('https://github.com/login/oauth/access_token');
  });

  it.each(['constructor', '__proto__', 'toString'])('named %s is none', (id) => {
    const { providers, faults } = resolve({ PROVIDERS: { op: { preset: id, client_id: 'c' } } });
    expect(providers.size).toBe(0);
    expect(faults[0]).toMatchObject({ setting: 'PROVIDERS.op.preset', fault: 'names no preset' });
  });
});

describe('what a preset knows of addresses', () => {
  const emails = (own: Record<string, unknown>) => entry('github', own).provider?.userinfo_emails_endpoint;

  it.each([
    ['the provider itself', {}, 'https://api.github.com/user/emails'],
    ['another issuer', { issuer: 'https://github.example.com/login/oauth' }, undefined],
    [
      'another place for userinfo',
      { userinfo_endpoint: 'https://github.example.com/api/v3/user' },
      undefined,
    ],
    [
      'another place for both',
      {
        userinfo_endpoint: 'https://github.example.com/api/v3/user',
        userinfo_emails_endpoint: 'https://github.example.com/api/v3/user/emails',
      },
      'https://github.example.com/api/v3/user/emails',
    ],
  ])('goes with its tokens, and no token goes elsewhere: %s', (_, own, expected) => {
    expect(emails(own)).toBe(expected);
  });
});

describe('an address in the settings', () => {
  it.each([
    'https://x;sandbox;y/end',
    'https://op.example,evil/end',
    'https://op.example/a\nb',
    'https://op.example/a b',
    'https://op.example/"><script>',
    'https://op.example\\@evil.example/',
    'http://op.example/end',
    'https://user@op.example/end',
  ])('that a header or a policy would read otherwise is an error: %j', (end_session_endpoint) => {
    const { faults } = entry('op', { issuer: 'https://op.example', end_session_endpoint });
    expect(faults.map(({ setting }) => setting)).toEqual(['PROVIDERS.op.end_session_endpoint']);
  });

  it.each(['https://sso_1.example.com/end', 'https://[2001:db8::1]/end', 'https://op.example/{id}?a=b|c'])(
    'that is odd and harmless is none: %s',
    (end_session_endpoint) => {
      expect(entry('op', { issuer: 'https://op.example', end_session_endpoint }).faults).toEqual([]);
    },
  );
});

describe('a preset with a place for a value', () => {
  const TEMPLATES = Object.entries(PRESETS).flatMap(([id, { variables = {} }]) =>
    Object.entries(variables).map(([name, what]) => [id, name, what] as const),
  );

  it.each(TEMPLATES)('%s asks for `%s` and says what it is', (id, name, what) => {
    const { provider, faults } = entry(id, { [name]: '' });
    expect(provider).toBeUndefined();
    expect(hintOf(faults, `PROVIDERS.${id}.${name}`)).toBe(`Set it to ${what}.`);
  });

  it.each(Object.entries(PRESETS))('%s has no other places', (_, { variables = {}, ...facts }) => {
    const places = new Set([...JSON.stringify(facts).matchAll(/\{([a-z_]+)\}/g)].map(([, name]) => name));
    // What stands in the provider's own ID token.
    places.delete('tid');
    expect([...places].sort()).toEqual(Object.keys(variables).sort());
  });

  it('takes it from the table, or from a variable of its name', () => {
    const table = entry('microsoft', { tenant: 'organizations' });
    const { providers } = resolve({
      MICROSOFT_CLIENT_ID: 'c',
      MICROSOFT_CLIENT_SECRET: 's',
      MICROSOFT_TENANT: 'organizations',
    });
    for (const provider of [table.provider, providers.get('microsoft')]) {
      expect(provider?.issuer).toBe('https://login.microsoftonline.com/organizations/v2.0');
    }
  });

  it.each([
    ['in the table', { PROVIDERS: { okta: { client_id: 'c', domain: ' example.okta.com\n' } } }],
    ['as a setting of its own', { OKTA_CLIENT_ID: 'c', OKTA_DOMAIN: ' example.okta.com\r\n' }],
  ])('takes it without the spaces and line breaks around it: %s', (_, own) => {
    const { providers, faults } = resolve({ ...own, OKTA_CLIENT_SECRET: 's' });
    expect(faults).toEqual([]);
    expect(providers.get('okta')?.issuer).toBe('https://example.okta.com');
  });

  it.each([
    ['in the table', { PROVIDERS: { microsoft: { client_id: 'c', tenant: 7 } } }],
    ['as a setting of its own', { MICROSOFT_CLIENT_ID: 'c', MICROSOFT_TENANT: 7 }],
  ])('says that it is not text, rather than missing: %s', (_, own) => {
    const { faults } = resolve({ ...own, MICROSOFT_CLIENT_SECRET: 's' });
    expect(faults).toEqual([
      expect.objectContaining({ setting: 'PROVIDERS.microsoft.tenant', fault: 'is not text' }),
    ]);
  });

  it('does not let it write more than its own text', () => {
    const { provider } = entry('keycloak', { domain: 'sso.example', realm: '","token_endpoint":"x' });
    expect(provider?.metadata.token_endpoint).toBeUndefined();
  });

  it('names a value that makes no https URL', () => {
    const { provider } = entry('gitea', { domain: 'git.example.com' });
    expect(provider?.metadata.token_endpoint).toBe('https://git.example.com/login/oauth/access_token');
    const { provider: none, faults } = entry('gitea', { domain: 'git.example.com:x' });
    expect(none).toBeUndefined();
    expect(faults.map(({ setting }) => setting)).toContain('PROVIDERS.gitea.token_endpoint');
  });
});

describe('an issuer of one’s own over a preset', () => {
  it('keeps the secret from the preset’s endpoints', () => {
    const { provider } = entry('gitlab', { issuer: 'https://git.example' });
    expect(provider).toMatchObject({ issuer: 'https://git.example', discover: true, metadata: {} });
    expect(provider?.scope).toBe('openid profile email');
  });

  it('keeps it from the preset’s refresh endpoint, and takes no other spelling of its issuer', () => {
    const google = entry('google', { issuer: 'https://accounts.example' }).provider;
    expect(google?.issuer_aliases).toBeUndefined();
    const figma = entry('figma', { issuer: 'https://figma.example' }).provider;
    expect(figma?.refresh_endpoint).toBeUndefined();
    expect(JSON.stringify([google?.metadata, figma?.metadata])).not.toMatch(/google|figma\.com/);
  });

  it('that is the preset’s own changes nothing', () => {
    const { provider } = entry('gitlab', { issuer: 'https://gitlab.com' });
    expect(provider?.metadata.token_endpoint).toBe('https://gitlab.com/oauth/token');
  });
});

describe('a resource', () => {
  it.each(['https://api.example/', 'urn:example:api', 'api://0d1c6b2e/reports'])(
    'is any absolute URI (RFC 8707 §2): %s',
    (resource) => {
      const { provider, faults } = entry('op', { issuer: 'https://op.example', resource });
      expect(faults).toEqual([]);
      expect(provider?.resource).toEqual([resource]);
    },
  );
});

describe('a setting', () => {
  it.each<[string, unknown, RegExp]>([
    ['token_endpoint', 'http://op.example/token', /https/],
    ['refresh_endpoint', 'ftp://op.example', /https/],
    ['token_endpoint_auth_method', 'basic', /client_secret_basic/],
    ['response_mode', 'fragment', /query/],
    ['scope_separator', ';', /,/],
    ['token_request_format', 'xml', /json/],
    ['expires_in_unit', 'hours', /seconds/],
    ['issuer_template', 'https://op.example/v2.0', /\{tid\}/],
    ['max_age', -1, /0/],
    ['max_age', '60', /number/],
    ['claims', 'not JSON', /claims/],
    ['claims', ['email'], /claims/],
    ['resource', 'reports', /absolute URI/],
    ['resource', 'https://api.example/ reports', /absolute URI/],
    ['resource', 'https://api.example/#reports', /fragment/],
    ['claims', 'null', /claims/],
    ['authorization_details', { type: 'payment' }, /authorization details/],
    ['authorization_details', 'null', /authorization details/],
    ['headers', { a: '' }, /empty/],
    ['authorization_params', { a: {} }, /not text, a number/],
    ['authorization_params', ['prompt=consent'], /not a table/],
    ['authorization_params', 'prompt=consent', /not a table/],
    ['userinfo_claims', ['sub'], /not a table/],
    ['trusted_audiences', 'x', /not a list/],
    ['keep_fresh', 'true', /neither true nor false/],
    ['client_id', 12345, /not text/],
    ['scope', ['openid', 'email'], /spaces between/],
    ['scope', 'openid,profile', /separate scopes by spaces/],
    ['scope', 'openid, profile', /separate scopes by spaces/],
    ['scope', 'openid+profile', /separate scopes by spaces/],
    ['scope', 'openid%20profile', /separate scopes by spaces/],
    ['scope', 'OpenID profile', /capitals/],
    ['scope', '"openid profile"', /no scope can have/],
    ['issuer', 'https://op.example?p=policy', /query/],
    ['issuer', 'https://op.example/{tenant}/v2.0', /placeholder/],
    ['redirect_uri', '/callback', /whole URL/],
    ['redirect_uri', 'https://app.example/callback#x', /fragment/],
    ['allow', { email: 'example.com' }, /`\*@example.com`/],
    ['allow', { email: '@example.com' }, /`\*@example.com`/],
    ['allow', { groups: '*' }, /pattern/],
    ['allow', { email: '*@a.example,b.example' }, /pattern/],
    ['allow', { groups: '' }, /an empty value, which a user without that claim may have too/],
    ['allow', { hd: ['example.com', ' '] }, /an empty value/],
    ['allow', ['ops'], /not a table of claims/],
    ['allow', { groups: [] }, /without values/],
  ])('%s = %o is refused, and says why', (name, value, fault) => {
    const { provider, faults } = entry('op', { issuer: 'https://op.example', [name]: value });
    expect(provider).toBeUndefined();
    expect(faults).toHaveLength(1);
    expect(faults[0]?.setting).toMatch(new RegExp(`^PROVIDERS\\.op\\.${name}`));
    expect(faults[0]?.fault).toMatch(fault);
  });

  it('that is a scope has single spaces', () => {
    const { provider } = entry('op', {
      issuer: 'https://op.example',
      scope: ' openid\n  email\u00a0profile',
    });
    expect(provider?.scope).toBe('openid email profile');
  });

  it.each([
    ['auth0', 'domain', 'https://example.auth0.com', /is a URL/],
    ['auth0', 'domain', 'example.auth0.com/', /slash/],
    ['microsoft', 'tenant', '<your tenant>', /character/],
    ['mastodon', 'domain', '@ada@mastodon.social', /character/],
    ['zendesk', 'subdomain', '', /missing/],
  ])('of a preset is a part of a URL: %s %s = %s', (preset, name, value, fault) => {
    const { faults } = entry(preset, { [name]: value });
    expect(faults[0]?.setting).toBe(`PROVIDERS.${preset}.${name}`);
    expect(faults[0]?.fault).toMatch(fault);
  });

  it.each(['azure', 'entra-id', 'AzureAD'])('for a preset by another name says which: %s', (preset) => {
    expect(entry('op', { preset }).faults[0]?.hint).toContain('`microsoft`');
  });

  it('outside of a provider’s table says that one is needed', () => {
    const { faults } = resolveProviders({ PROVIDERS: { issuer: 'https://op.example' } });
    expect(faults[0]).toEqual({
      setting: 'PROVIDERS.issuer',
      fault: 'is not a table',
      hint: 'Write one table per provider: `[vars.PROVIDERS.<id>]`.',
    });
  });

  it('of a number or a flag becomes text where parameters are meant', () => {
    const params = { a: 1, b: true, c: 'text' };
    const { provider } = entry('op', { issuer: 'https://op.example', authorization_params: params });
    expect(provider?.authorization_params).toEqual({ a: '1', b: 'true', c: 'text' });
  });

  it('that nobody knows is named, with those that there are', () => {
    const { faults } = entry('op', { issuer: 'https://op.example', tokenEndpoint: 'x' });
    expect(faults[0]).toMatchObject({ setting: 'PROVIDERS.op.tokenEndpoint', fault: 'is not a setting' });
    expect(faults[0]?.hint).toContain('token_endpoint');
  });

  it('is not taken from another provider’s prefix', () => {
    expect(resolve({ PROVIDERS: { x: { client_id: 'c' } }, X_API_CLIENT_SECRET: 's' }).named).toEqual([
      'X_CLIENT_SECRET',
    ]);
  });
});
