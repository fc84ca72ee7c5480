import { describe, expect, it } from 'vitest';
import type { Env, Fault } from '../../src/settings/env.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { SettingsError } from '../../src/settings/settings.ts';
import { OTHER_SECRET, SESSION_SECRET, settings } from '../support/settings.ts';
import { Visitor } from '../support/visitor.ts';

const OP = { issuer: 'https://op.example', client_id: 'client-1' };
const RIGHT = { PROVIDERS: { op: OP }, OP_CLIENT_SECRET: 'the secret of client 1' };

function faultListOf(env: Env): readonly Fault[] {
  try {
    loadSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
}

/** The names of the settings that are at fault. */
function faultsOf(env: Env): string[] {
  return faultListOf(env).map(({ setting }) => setting);
}

describe('settings', () => {
  it('that are right have no fault', () => {
    expect(faultsOf(settings(RIGHT))).toEqual([]);
  });

  it.each([undefined, '', ' '])('say of a secret that is %j that it is missing', (SESSION_SECRET) => {
    const fault = expect.objectContaining({ setting: 'SESSION_SECRET', fault: 'is missing' });
    expect(() => loadSettings(settings({ ...RIGHT, SESSION_SECRET }))).toThrow(
      expect.objectContaining({ faults: [fault] }),
    );
  });

  it('are read once per isolate', () => {
    const env = settings(RIGHT);
    expect(loadSettings(env)).toBe(loadSettings(env));
  });

  it.each<[string, Env, string[]]>([
    ['nothing is set', { SESSION_SECRET: undefined }, ['SESSION_SECRET', 'PROVIDERS']],
    ['a short secret', { ...RIGHT, SESSION_SECRET: 'short' }, ['SESSION_SECRET']],
    ['one character again and again', { ...RIGHT, SESSION_SECRET: 'a'.repeat(40) }, ['SESSION_SECRET']],
    ['a sample', { ...RIGHT, SESSION_SECRET: 'change-me-change-me-change-me-0123' }, ['SESSION_SECRET']],
    [
      'what has to be replaced',
      { ...RIGHT, SESSION_SECRET: '<paste 32 or more characters from openssl here>' },
      ['SESSION_SECRET'],
    ],
    ['a short second secret', { ...RIGHT, SESSION_SECRET: `${SESSION_SECRET},short` }, ['SESSION_SECRET']],
    ['PROVIDERS that is no JSON', { PROVIDERS: '{"op":' }, ['PROVIDERS']],
    ['PROVIDERS that is a list', { PROVIDERS: '[]' }, ['PROVIDERS']],
    ['INSPECT that is neither', { ...RIGHT, INSPECT: 'yes' }, ['INSPECT']],
    ['PUBLIC_ORIGIN with a path', { ...RIGHT, PUBLIC_ORIGIN: 'https://app.example/x' }, ['PUBLIC_ORIGIN']],
    ['PUBLIC_ORIGIN over http', { ...RIGHT, PUBLIC_ORIGIN: 'http://app.example' }, ['PUBLIC_ORIGIN']],
    [
      'a wildcard in RETURN_TO_ORIGINS',
      { ...RIGHT, RETURN_TO_ORIGINS: 'https://*.app.example/*' },
      ['RETURN_TO_ORIGINS'],
    ],
    ['lifetimes of a second', { ...RIGHT, SESSION_IDLE_SECONDS: 1 }, ['SESSION_IDLE_SECONDS']],
    ['lifetimes of text', { ...RIGHT, SESSION_MAX_SECONDS: 'long' }, ['SESSION_MAX_SECONDS']],
    ['no client id', { PROVIDERS: { op: { issuer: OP.issuer } }, OP_CLIENT_SECRET: 'x' }, ['OP_CLIENT_ID']],
    ['no secret', { PROVIDERS: { op: OP } }, ['OP_CLIENT_SECRET']],
    [
      'a private key in PEM',
      {
        PROVIDERS: { op: { ...OP, token_endpoint_auth_method: 'private_key_jwt' } },
        OP_PRIVATE_KEY: '-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----',
      },
      ['OP_PRIVATE_KEY'],
    ],
    ['an id in capitals', { PROVIDERS: { Op: OP }, OP_CLIENT_SECRET: 'x' }, ['PROVIDERS.Op']],
    ['a key that is none', { ...RIGHT, PROVIDERS: { op: { ...OP, isuer: 'x' } } }, ['PROVIDERS.op.isuer']],
    [
      'plain http',
      { ...RIGHT, PROVIDERS: { op: { ...OP, issuer: 'http://op.example' } } },
      ['PROVIDERS.op.issuer'],
    ],
    [
      'endpoints without the token endpoint',
      { ...RIGHT, PROVIDERS: { op: { client_id: 'x', authorization_endpoint: 'https://op.example/a' } } },
      ['PROVIDERS.op.issuer'],
    ],
    [
      'an unknown preset',
      { ...RIGHT, PROVIDERS: { op: { ...OP, preset: 'nope' } } },
      ['PROVIDERS.op.preset'],
    ],
    ['an unknown default', { ...RIGHT, DEFAULT_PROVIDER: 'nope' }, ['DEFAULT_PROVIDER']],
    [
      'two providers on one redirect URI',
      {
        PROVIDERS: { op: OP, two: { ...OP, redirect_uri: 'https://app.example/callback' } },
        OP_CLIENT_SECRET: 'x',
        TWO_CLIENT_SECRET: 'x',
      },
      ['PROVIDERS.two.redirect_uri'],
    ],
  ])('%s: a named fault', (_, env, names) => {
    expect(faultsOf(settings(env))).toEqual(names);
  });

  const TEXTS = [
    'SESSION_SECRET',
    'ADMIN_TOKEN',
    'PUBLIC_ORIGIN',
    'CONTROL_ORIGIN',
    'BASE_PATH',
    'ACCESS_TEAM_DOMAIN',
    'ACCESS_AUDIENCE',
    'CONNECTIONS',
    'EVENTS_URL',
    'EVENTS_SECRET',
    'DEFAULT_PROVIDER',
    'ASSERTION_PRIVATE_KEY',
    'OP_CLIENT_SECRET',
    'OP_PRIVATE_KEY',
    'GITHUB_CLIENT_ID',
  ];

  it.each(TEXTS)('that have to be text are nothing else, and no error shows a value: %s', (setting) => {
    for (const value of [7_654_321, true, ['x-7654321'], { key: 'x-7654321' }]) {
      const faults = faultListOf(settings({ ...RIGHT, [setting]: value }));
      const own = faults.filter((fault) => fault.setting === setting);
      expect(own).toEqual([
        expect.objectContaining({
          fault: 'is not text',
          hint: expect.stringMatching(/in quotes|wrangler secret put/),
        }),
      ]);
      expect(JSON.stringify(faults)).not.toMatch(/Invalid|received|7654321|7_654_321/);
    }
  });

  it.each(TEXTS)('can’t be a binding of Secrets Store: %s', (setting) => {
    const store = { get: async () => SESSION_SECRET };
    const own = faultListOf(settings({ ...RIGHT, [setting]: store })).filter(
      (fault) => fault.setting === setting,
    );
    expect(own).toEqual([
      {
        setting,
        fault: 'is a binding, not text',
        hint: `Store it with \`npx wrangler secret put ${setting}\`: a binding of Secrets Store can’t be used here.`,
      },
    ]);
  });

  it.each<[string, unknown, string]>([
    ['BRAND', { name: 'x'.repeat(81) }, 'has a `name` of more than 80 characters'],
    ['RETURN_TO_ORIGINS', [7], 'is not a list of origins'],
    ['RETURN_TO_ORIGINS', true, 'is not a list of origins'],
  ])('say in words what is wrong: %s = %j', (setting, value, fault) => {
    expect(faultListOf(settings({ ...RIGHT, [setting]: value }))).toEqual([
      expect.objectContaining({ setting, fault }),
    ]);
  });

  it.each([
    ['https://APP.Example', 'https://app.example'],
    ['HTTPS://app.example/', 'https://app.example'],
    ['https://app.example:443', 'https://app.example'],
    ['https://app.example:8443', 'https://app.example:8443'],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
    ['http://LOCALHOST:8787', 'http://localhost:8787'],
  ])('have origins in any spelling, and use the one that browsers send: %s', (PUBLIC_ORIGIN, origin) => {
    const { publicOrigin, returnToOrigins } = loadSettings(
      settings({ ...RIGHT, PUBLIC_ORIGIN, RETURN_TO_ORIGINS: PUBLIC_ORIGIN }),
    );
    expect([publicOrigin, ...returnToOrigins]).toEqual([origin, origin]);
  });

  it.each([
    'app.example',
    'localhost:8787',
    'http://app.example',
    'https://app.example//',
    'https://app.example/auth',
    'https://app.example/.',
    'https://app.example?x',
    'https://app.example#',
    'https://app.example\\x',
    'https://user@app.example',
    'https://*.example',
    'https://a.example,https://b.example',
    '"https://app.example"',
    '',
  ])('have no origin that is anything else: %j', (PUBLIC_ORIGIN) => {
    expect(faultListOf(settings({ ...RIGHT, PUBLIC_ORIGIN }))).toEqual([
      {
        setting: 'PUBLIC_ORIGIN',
        fault: 'is not an origin such as https://app.example',
        hint: 'Set it to `https://` and the host only. Plain http is allowed for loopback hosts only, and a path belongs in `BASE_PATH`.',
      },
    ]);
  });

  it('have a control origin that is another in any spelling', () => {
    const own = { PUBLIC_ORIGIN: 'https://app.example', CONTROL_ORIGIN: 'https://APP.example:443' };
    expect(faultListOf(settings({ ...RIGHT, ...own }))).toEqual([
      expect.objectContaining({ setting: 'CONTROL_ORIGIN', fault: 'is `PUBLIC_ORIGIN`' }),
    ]);
  });

  it.each<[string, unknown]>([
    ['LIMITER', '10'],
    ['LIMITER', { put() {} }],
    ['FAILURE_LIMITER', { limit: 10 }],
  ])('have no other binding, which would limit nothing, in the place of %s: %j', (setting, value) => {
    expect(faultListOf(settings({ ...RIGHT, [setting]: value }))).toEqual([
      expect.objectContaining({ setting, fault: 'is not a rate-limit binding' }),
    ]);
  });

  it('may be JSON text from a file with a byte order mark', () => {
    expect(faultsOf(settings({ ...RIGHT, PROVIDERS: `\ufeff${JSON.stringify(RIGHT.PROVIDERS)}` }))).toEqual(
      [],
    );
  });

  it('that are JSON text with a mistake say so', () => {
    expect(faultListOf(settings({ ...RIGHT, PROVIDERS: '{"op":{"issuer":"https://op.example",}}' }))).toEqual(
      [expect.objectContaining({ setting: 'PROVIDERS', fault: 'is not valid JSON' })],
    );
  });

  it.each(['PROVIDERS.op', 'UPSTREAMS.api', 'TRUST.ci'])(
    'that ended up in the table above them are told where they belong: %s',
    (at) => {
      const [table = '', id = ''] = at.split('.');
      const own = { BASE_PATH: '/auth', PUBLIC_ORIGIN: 'https://app.example', ACME_CLIENT_SECRET: 'x' };
      const faults = faultListOf(settings({ ...RIGHT, [table]: { [id]: own } }));
      const hintOf = (name: string) => faults.find(({ setting }) => setting === `${at}.${name}`)?.hint;
      expect(hintOf('BASE_PATH')).toBe(hintOf('PUBLIC_ORIGIN'));
      expect(hintOf('BASE_PATH')).toBe(
        'If it is a setting of its own, move it up to `[vars]`: in TOML, a line belongs to the last table above it.',
      );
      expect(hintOf('ACME_CLIENT_SECRET')).toBe(
        'Remove it here and store it as a secret: `npx wrangler secret put ACME_CLIENT_SECRET` (locally: in `.dev.vars`).',
      );
    },
  );

  it('may be JSON text, lists of secrets, text for numbers and flags', () => {
    const config = loadSettings({
      SESSION_SECRET: `${SESSION_SECRET}, ${OTHER_SECRET}`,
      PROVIDERS: JSON.stringify(RIGHT.PROVIDERS),
      OP_CLIENT_SECRET: 'x',
      INSPECT: 'true',
      RETURN_TO_ORIGINS: 'https://a.example, https://b.example/',
      SESSION_IDLE_SECONDS: '600',
    });
    expect(config).toMatchObject({
      inspect: true,
      demo: false,
      returnToOrigins: ['https://a.example', 'https://b.example'],
      sessionIdleSeconds: 600,
    });
  });
});

describe('the default provider', () => {
  const two = { PROVIDERS: { a: OP, b: OP }, A_CLIENT_SECRET: 'x', B_CLIENT_SECRET: 'x' };

  it('is the first of PROVIDERS', () => {
    expect(loadSettings(settings(two)).defaultProvider.id).toBe('a');
  });

  it('or the one that is named', () => {
    expect(loadSettings(settings({ ...two, DEFAULT_PROVIDER: 'b' })).defaultProvider.id).toBe('b');
  });

  it('or the demo provider, if there is no other', () => {
    const env = { DEMO: true, DEMO_CLIENT_SECRET: 'x' };
    const { defaultProvider } = loadSettings(settings(env));
    expect([defaultProvider.id, defaultProvider.revocation]).toEqual(['demo', 'grant']);
    expect(loadSettings(settings({ ...env, ...two })).defaultProvider.id).toBe('a');
  });
});

describe('a Worker with faults', () => {
  const env = { SESSION_SECRET: 'too-short', PROVIDERS: { op: { ...OP, issuer: 'ftp://hidden.example' } } };

  it.each(['/', '/login', '/callback', '/session', '/healthz', '/nope'])(
    'answers %s with 503, every setting named and no value shown',
    async (path) => {
      const visitor = new Visitor(env);
      const response = await visitor.getJson(path);
      expect(response.status).toBe(503);
      const body = await response.text();
      expect(JSON.parse(body)).toMatchObject({
        error: 'config_invalid',
        faults: [{ setting: 'SESSION_SECRET' }, { setting: 'PROVIDERS.op.issuer' }],
      });
      const page = await (await visitor.get(path)).text();
      for (const shown of [body, page]) expect(shown).not.toMatch(/too-short|hidden\.example/);
    },
  );
});
