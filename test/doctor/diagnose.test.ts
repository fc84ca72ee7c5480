import { decodeJwt } from 'jose';
import { describe, expect, inject, it } from 'vitest';
import { diagnose } from '../../src/doctor/diagnose.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import type { Env } from '../../src/settings/env.ts';
import { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { ORIGIN, settings } from '../support/settings.ts';

const REDIRECT_URI = `${ORIGIN}/callback`;

/** A set-up in which everything is right: `op`, which knows the redirect URI and whose clock agrees. */
async function setUp() {
  const op = await ScriptedProvider.start();
  op.metadata = (right) => ({
    ...right,
    code_challenge_methods_supported: ['S256'],
    scopes_supported: ['openid'],
  });
  answerAuthorization(op, `${REDIRECT_URI}?error=login_required`);
  tokenAnswer(op);
  const env: Record<string, unknown> = settings({
    PROVIDERS: { op: op.entry() },
    OP_CLIENT_SECRET: op.clientSecret,
    LIMITER: { limit: () => ({ success: true }) },
    FAILURE_LIMITER: { limit: () => ({ success: true }) },
  });
  return { op, env };
}

function answerAuthorization(op: ScriptedProvider, location: string) {
  op.answers['/authorize'] = () => new Response(null, { status: 302, headers: { location } });
}

/** The right answer of the token endpoint, with the time on it. */
function tokenAnswer(op: ScriptedProvider) {
  op.answers['/token'] = async (seen) => {
    const { body, status } = await op.token(seen);
    const headers = { 'content-type': 'application/json', date: new Date().toUTCString() };
    return new Response(body, { status, headers });
  };
}

async function linesOf(env: Env, online = true): Promise<string[]> {
  return (await diagnose(env, { origin: ORIGIN, online })).map(line);
}

function line({ level, subject, check, message }: Finding): string {
  return `${level} ${subject}: ${check} ${message}`;
}

describe('the doctor', () => {
  it('finds a healthy set-up well, and says what it looked at', async () => {
    const { env } = await setUp();
    expect(await linesOf(env)).toEqual([
      'ok settings: SESSION_SECRET is set and long enough.',
      'ok settings: OP_CLIENT_SECRET is set.',
      'ok settings: ADMIN_TOKEN is not set, so there is no /admin.',
      'ok bindings: sessions are encrypted in cookies: neither `TOKENS` nor `SESSION_KEEPER` is bound.',
      'ok bindings: LIMITER limits requests per client address.',
      'ok bindings: FAILURE_LIMITER limits failed requests per client address.',
      'ok op: discovery can be read, and names this issuer.',
      'ok op: endpoints use https, or are on this machine.',
      `ok op: redirect_uri is ${REDIRECT_URI} and is registered.`,
      'ok op: PKCE S256 is advertised.',
      'ok op: iss comes with every authorization response.',
      'ok op: client authentication is accepted (client_secret_basic).',
      'ok op: keys can be read (1).',
      'ok op: clock agrees with the provider’s.',
    ]);
  });

  it('reads metadata where a login finds it: at the second place if the first answers with a page (RFC 8414 §3)', async () => {
    const { op, env } = await setUp();
    const right = await (await fetch(`${op.issuer}/.well-known/openid-configuration`)).json();
    op.answers['/.well-known/openid-configuration'] = () => new Response('<!doctype html>');
    op.answers['/.well-known/oauth-authorization-server'] = () => Response.json(right);
    expect((await linesOf(env)).filter((text) => !text.startsWith('ok'))).toEqual([]);
  });

  it('asks nothing of anybody offline', async () => {
    const { op, env } = await setUp();
    expect((await linesOf(env, false)).filter((text) => !text.startsWith('ok'))).toEqual([]);
    expect(op.requests).toEqual([]);
  });

  it('names credentials with what was copied along with them', async () => {
    const { env } = await setUp();
    Object.assign(env, {
      DEFAULT_PROVIDER: 'op',
      GITHUB_CLIENT_ID: '"client-1"',
      GITHUB_CLIENT_SECRET: 'a-secret-of\n-this-test',
      BOX_CLIENT_ID: 'client\u200b-1',
      BOX_CLIENT_SECRET: "'a-secret-of-this-test'",
    });
    expect((await linesOf(env, false)).filter((text) => /quotes|invisible/.test(text))).toEqual([
      'warning settings: GITHUB_CLIENT_ID has quotes around it, which are part of the value.',
      'warning settings: GITHUB_CLIENT_SECRET has a line break or an invisible character in it.',
      'warning settings: BOX_CLIENT_ID has a line break or an invisible character in it.',
      'warning settings: BOX_CLIENT_SECRET has quotes around it, which are part of the value.',
    ]);
  });

  it('knows whose a secret is, although its provider has a fault', async () => {
    const { env } = await setUp();
    Object.assign(env, { STRAVA_CLIENT_ID: 12_345, STRAVA_CLIENT_SECRET: '<the secret of the application>' });
    const lines = (await linesOf(env, false)).filter((text) => text.includes('STRAVA'));
    expect(lines).toEqual([
      'fault settings: STRAVA_CLIENT_ID is not text.',
      'warning settings: STRAVA_CLIENT_SECRET is a placeholder.',
    ]);
  });

  it('names a client id that the one in the table replaces', async () => {
    const { env } = await setUp();
    env.OP_CLIENT_ID = 'the-client-of-staging';
    const lines = (await linesOf(env, false)).filter((text) => text.includes('OP_CLIENT_ID'));
    expect(lines).toEqual([
      'warning settings: OP_CLIENT_ID does nothing, since `[vars.PROVIDERS.op]` has another `client_id`.',
    ]);
  });

  it('shows no secret', async () => {
    const { op, env } = await setUp();
    const shown = (await diagnose(env, { origin: ORIGIN, online: true })).map((found) =>
      JSON.stringify(found),
    );
    for (const secret of [op.clientSecret, String(env.SESSION_SECRET)])
      expect(shown.join()).not.toContain(secret);
  });
});

type Break = (setUp: { op: ScriptedProvider; env: Record<string, unknown> }) => void;

/** Each breaks one thing of the healthy set-up; the lines are those that are not ok then. */
const BROKEN: [string, Break, string[]][] = [
  [
    'a short secret',
    ({ env }) => {
      env.SESSION_SECRET = 'short';
    },
    ['fault settings: SESSION_SECRET has an entry with fewer than 32 characters.'],
  ],
  [
    'a binding that is missing',
    ({ env }) => {
      env.TOKENS = { put: () => {} };
    },
    ['fault settings: SESSION_KEEPER is missing: a Durable Object namespace.'],
  ],
  [
    'discovery that is down',
    ({ op }) => {
      op.answers['/.well-known/openid-configuration'] = () => new Response('down', { status: 503 });
    },
    ['fault op: discovery answers 503.'],
  ],
  [
    'an issuer that differs by a slash',
    ({ op }) => {
      op.metadata = (right) => ({ ...right, issuer: `${op.issuer}/` });
    },
    ['fault op: issuer differs: the metadata names `https://op.example/`.'],
  ],
  [
    'an issuer that is no address',
    ({ op }) => {
      op.metadata = (right) => ({ ...right, issuer: 'javascript:alert(1)' });
    },
    ['fault op: issuer differs: the metadata names something that isn’t a URL.'],
  ],
  [
    'a wrong client secret',
    ({ env }) => {
      env.OP_CLIENT_SECRET = 'the secret of another client';
    },
    [
      'fault op: client authentication is refused. The client id or secret is wrong, or the provider does not accept `client_secret_basic`.',
    ],
  ],
  [
    'an issuer over http',
    ({ op, env }) => {
      env.PROVIDERS = { op: { ...op.entry(), issuer: 'http://op.example' } };
    },
    [
      'fault settings: PROVIDERS.op.issuer is not an https URL (plain http is allowed for loopback hosts only).',
    ],
  ],
  [
    'an unknown preset',
    ({ op, env }) => {
      env.PROVIDERS = { op: op.entry({ preset: 'gogle' }) };
    },
    ['fault settings: PROVIDERS.op.preset names no preset.'],
  ],
  [
    'two providers on one redirect URI',
    ({ op, env }) => {
      env.PROVIDERS = { op: op.entry(), two: op.entry({ redirect_uri: REDIRECT_URI }) };
      env.TWO_CLIENT_SECRET = op.clientSecret;
    },
    ['fault settings: PROVIDERS.two.redirect_uri has the same path as op’s.'],
  ],
  [
    'a redirect URI that is not registered',
    ({ op }) => {
      op.answers['/authorize'] = () => new Response('<p>redirect_uri did not match</p>', { status: 400 });
    },
    [
      `fault op: redirect_uri is ${REDIRECT_URI}. The provider does not know the redirect URI of this application.`,
    ],
  ],
  [
    'a scope that is refused',
    ({ op }) => answerAuthorization(op, `${REDIRECT_URI}?error=invalid_scope`),
    [
      'warning op: authorization request The application is not allowed to use one of the scopes that it asks for.',
    ],
  ],
  [
    'an endpoint over http',
    ({ op }) => {
      const metadata = op.metadata;
      op.metadata = (right) => ({ ...metadata(right), userinfo_endpoint: 'http://op.example/userinfo' });
    },
    ['fault op: userinfo_endpoint is not an https address of a public host.'],
  ],
  [
    'keys that are all too short or private',
    ({ op }) => {
      op.keys = () => [
        { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
        { kty: 'oct', k: 'AQAB' },
      ];
    },
    ['fault op: keys include none that can verify an ID token.'],
  ],
  [
    'keys that are all for encryption',
    ({ op }) => {
      op.keys = (right) => right.map((key) => ({ ...key, use: 'enc' }));
    },
    ['fault op: keys include none that can verify an ID token.'],
  ],
  [
    'ID tokens that are signed with the client secret alone',
    ({ op }) => {
      const metadata = op.metadata;
      op.metadata = (right) => ({ ...metadata(right), id_token_signing_alg_values_supported: ['HS256'] });
    },
    ['fault op: keys fit none of the algorithms for ID tokens: HS256.'],
  ],
  [
    'one key that can’t be read',
    ({ op }) => {
      const filled = (key: object) => ({ ...key, alg: 'EC', d: null, k: null, key_ops: [] });
      op.keys = (right) => [...right.map(filled), { kty: 'EC', crv: 'P-256', x: 'AQ', y: 'AQ' }];
    },
    ['warning op: keys can be read, but 1 of 2 are ignored: private, too short or of an unknown type.'],
  ],
  [
    'metadata without PKCE, scope and way of authentication',
    ({ op }) => {
      op.metadata = (right) => ({
        ...right,
        code_challenge_methods_supported: ['plain'],
        scopes_supported: ['profile'],
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
      });
    },
    [
      'warning op: PKCE S256 is not among the methods that the provider advertises.',
      'warning op: scope has openid, which the provider does not advertise.',
      'warning op: token_endpoint_auth_method is client_secret_basic, which the provider does not advertise.',
    ],
  ],
  [
    'a provider that looks at the code first, whatever the secret',
    ({ op }) => {
      op.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    },
    ['warning op: client authentication can’t be checked from here: the provider checks the code first.'],
  ],
  [
    'nothing at a provider that wants DPoP and gets it, nonce and all',
    ({ op, env }) => {
      const right = op.metadata;
      op.metadata = (members) => ({ ...right(members), dpop_signing_alg_values_supported: ['ES256'] });
      env.PROVIDERS = { op: op.entry({ dpop_bound_access_tokens: true }) };
      op.answers['/token'] = async (seen) => {
        const { nonce } = decodeJwt(seen.headers.get('dpop') ?? '');
        if (nonce === 'n-1') return op.token(seen);
        const headers = { 'dpop-nonce': 'n-1' };
        return Response.json({ error: 'use_dpop_nonce' }, { status: 400, headers });
      };
    },
    [],
  ],
  [
    'DPoP that is wanted and not set',
    ({ op }) => {
      op.answers['/token'] = () => Response.json({ error: 'invalid_dpop_proof' }, { status: 400 });
    },
    ['fault op: DPoP The provider does not accept the proof of the key that the token is bound to.'],
  ],
  [
    'credentials that are answered by another code',
    ({ op }) => {
      op.answers['/token'] = () => Response.json({ error: 'unauthorized_client' }, { status: 400 });
    },
    ['fault op: client authentication is refused with `unauthorized_client`.'],
  ],
  [
    'credentials that are answered by invalid_request',
    ({ op }) => {
      op.answers['/token'] = () => Response.json({ error: 'invalid_request' }, { status: 400 });
    },
    [
      'warning op: client authentication can’t be checked from here: the provider rejects the token request as malformed.',
    ],
  ],
  [
    'an authorization request that is answered by a page',
    ({ op }) => {
      op.answers['/authorize'] = () => new Response('<h1>Bad Request</h1>', { status: 400 });
    },
    [
      `warning op: redirect_uri is ${REDIRECT_URI}. The provider seems to refuse it, or doesn’t know the client id.`,
    ],
  ],
  [
    'a redirect to the provider’s own error page, as Google has it',
    ({ op }) => {
      const authError = btoa('\n\x15redirect_uri_mismatch\x12 You can not sign in');
      answerAuthorization(op, `${op.issuer}/signin/oauth/error?authError=${encodeURIComponent(authError)}`);
    },
    [
      `fault op: redirect_uri is ${REDIRECT_URI}. The provider does not know the redirect URI of this application.`,
    ],
  ],
  [
    'a redirect to an address that only begins like ours',
    ({ op }) => answerAuthorization(op, `${REDIRECT_URI}/op?error=login_required`),
    [],
  ],
  [
    'what the provider does not advertise',
    ({ op, env }) => {
      const right = op.metadata;
      op.metadata = (members) => ({
        ...right(members),
        grant_types_supported: ['implicit'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
      env.PROVIDERS = {
        op: op.entry({
          response_mode: 'form_post',
          id_token_signed_response_alg: 'ES256',
          request_object_signing_alg: 'ES256',
        }),
      };
      env.OP_PRIVATE_KEY = JSON.stringify(inject('privateKeys').ES256);
    },
    [
      'warning op: response_mode is form_post, which the provider does not advertise.',
      'warning op: grant_type is authorization_code, which the provider does not advertise.',
      'warning op: id_token_signed_response_alg is ES256, which the provider does not advertise.',
      'warning op: request_object_signing_alg is ES256, which the provider does not advertise.',
    ],
  ],
  [
    'an algorithm without a public key',
    ({ op, env }) => {
      env.PROVIDERS = { op: op.entry({ id_token_signed_response_alg: 'HS256' }) };
    },
    ['fault op: id_token_signed_response_alg is HS256, which Drawbridge does not accept.'],
  ],
  [
    'pushed requests without a place',
    ({ op, env }) => {
      const right = op.metadata;
      op.metadata = (members) => ({ ...right(members), pushed_authorization_request_endpoint: undefined });
      env.PROVIDERS = { op: op.entry({ require_pushed_authorization_requests: true }) };
    },
    [
      'fault op: pushed_authorization_request_endpoint is missing, but authorization requests must be pushed.',
    ],
  ],
  [
    'the developer’s mode in the open',
    ({ env }) => {
      env.INSPECT = true;
      delete env.DANGEROUSLY_INSPECT_IN_PUBLIC;
    },
    [
      'fault settings: INSPECT is enabled at a public address, where it shows everyone who signs in their tokens.',
    ],
  ],
  [
    'the developer’s mode in the open, as was asked for',
    ({ env }) => {
      env.INSPECT = true;
      env.DANGEROUSLY_INSPECT_IN_PUBLIC = true;
    },
    [
      'warning settings: DANGEROUSLY_INSPECT_IN_PUBLIC is enabled and lets `INSPECT` show everyone who signs in their tokens.',
    ],
  ],
  [
    'names that are misspelled',
    ({ env }) => {
      env.GOGLE_CLIENT_ID = 'client';
      env.GOGLE_CLIENT_SECRET = 'a-secret-of-this-test';
      env.SESION_IDLE_SECONDS = '3600';
      env.OUR_OWN_VAR = 'x';
    },
    [
      'warning settings: GOGLE_CLIENT_SECRET belongs to no configured provider.',
      'warning settings: GOGLE_CLIENT_ID is not a setting, so it does nothing.',
      'warning settings: SESION_IDLE_SECONDS is not a setting, so it does nothing.',
    ],
  ],
  [
    'keys of a provider outside of its table',
    ({ env }) => {
      env.OP_ALLOW = '*@example.com';
      env.OP_ALLOWED_DOMAINS = 'example.com';
      env.issuer = 'https://other.example';
    },
    [
      'warning settings: OP_ALLOW is not a setting, so it does nothing.',
      'warning settings: OP_ALLOWED_DOMAINS is not a setting, so it does nothing.',
      'warning settings: issuer is not a setting, so it does nothing.',
    ],
  ],
  [
    'what belongs to connections while they are off',
    ({ env }) => {
      env.TRUST = {
        ci: {
          issuer: 'https://ci.example',
          audience: 'drawbridge',
          subject: 'main',
          connection: 'abcdefghijklmnopqrstuvwxyz',
        },
      };
    },
    ['warning bindings: TRUST does nothing, since connections are off.'],
  ],
  [
    'a dataset for metrics that is none',
    ({ env }) => {
      env.METRICS = { put() {} };
    },
    ['warning bindings: METRICS is not an Analytics Engine dataset, so no data points are written.'],
  ],
  [
    'no rate limit',
    ({ env }) => {
      delete env.LIMITER;
      delete env.FAILURE_LIMITER;
    },
    [
      'warning bindings: LIMITER is not bound, so the number of requests per address is not limited.',
      'warning bindings: FAILURE_LIMITER is not bound, so failed logins per address are not limited.',
    ],
  ],
  [
    'secrets that belong to Drawbridge rather than to a provider',
    ({ env }) => {
      env.EVENTS_URL = 'https://app.example/events';
      env.EVENTS_SECRET = `whsec_${btoa('for the events of this test alone')}`;
      env.ASSERTION_PRIVATE_KEY = JSON.stringify(inject('privateKeys').ES256);
    },
    [],
  ],
  [
    'a secret that was cut and one of nobody',
    ({ env }) => {
      env.OP_CLIENT_SECRET = 'short';
      env.OPP_CLIENT_SECRET = 'a secret for the bin';
    },
    [
      'warning settings: OP_CLIENT_SECRET has fewer than 16 characters.',
      'warning settings: OPP_CLIENT_SECRET belongs to no configured provider.',
      'fault op: client authentication is refused. The client id or secret is wrong, or the provider does not accept `client_secret_basic`.',
    ],
  ],
];

describe('the doctor names', () => {
  it.each(BROKEN)('%s', async (_, breakIt, lines) => {
    const stage = await setUp();
    breakIt(stage);
    const found = await diagnose(stage.env, { origin: ORIGIN, online: true });
    const wrong = found.filter(({ level }) => level !== 'ok');
    expect(wrong.map(line)).toEqual(lines);
    expect(wrong.filter(({ hint }) => hint === undefined)).toEqual([]);
  });
});
