import fc from 'fast-check';
import { beforeEach, describe, expect } from 'vitest';
import type { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { signIn, stage } from '../flows/journey.ts';
import { Visitor } from '../support/visitor.ts';
import { holds } from './holds.ts';

/** What an answer of a provider may lead to: somebody is signed in, or is told why not. Never a 500. */
const ANSWERED = [200, 303, 400, 401, 403, 502, 507];

let op: ScriptedProvider;
let visitor: Visitor;
beforeEach(async () => {
  ({ op, visitor } = await stage({ scope: 'openid profile email' }, { INSPECT: true }));
});

const oddText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'null',
    '0',
    '-1',
    '1e400',
    'bearer',
    'DPoP',
    '\0',
    '\ud800',
    'a\r\nb: c',
    'x'.repeat(70_000),
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const oddValue = fc.oneof(
  { depthSize: 'small' },
  oddText,
  fc.constantFrom(null, true, false, 0, -1, 1e308, -1e308, Number.MAX_SAFE_INTEGER + 2, 1e14),
  fc.jsonValue({ maxDepth: 4 }),
);
const contentType = fc.constantFrom(
  'application/json',
  'Application/JSON; charset=UTF-8',
  'text/plain',
  'text/html',
  'application/x-www-form-urlencoded',
  'application/jwt',
  '',
);
const status = fc.constantFrom(200, 200, 200, 201, 204, 206, 302, 400, 401, 403, 404, 429, 500, 503);
const headers = fc.subarray([
  ['www-authenticate', 'Bearer error="invalid_grant"'],
  ['www-authenticate', '"""=,,error=\\'],
  ['retry-after', '99999999999999999999'],
  ['retry-after', 'Wed, 21 Oct 1015 07:28:00 GMT'],
  ['dpop-nonce', 'n'.repeat(5000)],
  ['location', '//evil.example'],
] as [string, string][]);

const member = (names: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...names), oddValue, { maxKeys: 3 });
const TOKEN_MEMBERS = [
  'access_token',
  'token_type',
  'expires_in',
  'refresh_token',
  'scope',
  'id_token',
  'error',
  'error_description',
  'sub',
  '__proto__',
];
const CLAIMS = [
  'iss',
  'sub',
  'aud',
  'azp',
  'exp',
  'iat',
  'nbf',
  'nonce',
  'sid',
  'acr',
  'amr',
  'auth_time',
  'at_hash',
  'name',
  'email',
  'email_verified',
  'address',
  'groups',
];
const METADATA = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'end_session_endpoint',
  'revocation_endpoint',
  'token_endpoint_auth_methods_supported',
  'id_token_signing_alg_values_supported',
  'require_pushed_authorization_requests',
  'authorization_response_iss_parameter_supported',
];
const KEY = ['kty', 'kid', 'alg', 'use', 'crv', 'x', 'y', 'n', 'e', 'd', 'k', 'key_ops', 'x5c'];

/** A whole login in a browser of its own; afterwards the pages that show what came. */
async function login(): Promise<void> {
  const browser = new Visitor(visitor.env);
  const started = await browser.getJson('/login');
  const last = started.status === 302 ? await signIn(browser, op) : started;
  expect(ANSWERED).toContain(last.status);
  const page = await browser.get('/session');
  expect([200, 303, 401]).toContain(page.status);
  expect((await browser.getJson('/session')).status).toBeLessThan(500);
}

describe('whatever a provider answers, a login ends well or with a reason', () => {
  holds(
    'tokens',
    [member(TOKEN_MEMBERS), status, contentType, headers],
    async (wrong, code, type, more) => {
      op.answers['/token'] = async (seen) => {
        const right = (await (await op.token(seen)).json()) as object;
        const all = new Headers(more);
        if (type) all.set('content-type', type);
        const body = code === 204 ? null : JSON.stringify({ ...right, ...wrong });
        return new Response(body, { status: code, headers: all });
      };
      await login();
    },
    { divisor: 2 },
  );

  holds(
    'claims',
    [member(CLAIMS)],
    async (wrong) => {
      op.idTokenClaims = (right) => ({ ...right, ...wrong });
      await login();
    },
    { divisor: 2 },
  );

  holds(
    'userinfo',
    [member(CLAIMS), status, contentType, headers],
    async (wrong, code, type, more) => {
      op.answers['/userinfo'] = () => {
        const all = new Headers(more);
        if (type) all.set('content-type', type);
        return new Response(code === 204 ? null : JSON.stringify({ sub: op.sub, ...wrong }), {
          status: code,
          headers: all,
        });
      };
      await login();
    },
    { divisor: 2 },
  );

  holds(
    'metadata and keys',
    [member(METADATA), fc.array(fc.oneof(member(KEY), oddValue), { maxLength: 3 })],
    async (wrong, keys) => {
      ({ op, visitor } = await stage({}, { INSPECT: true }));
      op.metadata = (right) => ({ ...right, ...wrong });
      op.keys = (right) => [...(keys as Record<string, unknown>[]), ...right];
      await login();
    },
    { divisor: 2 },
  );

  holds(
    'text that is no JSON',
    [
      fc.oneof(oddText, fc.json()),
      fc.constantFrom('/token', '/userinfo', '/jwks', '/.well-known/openid-configuration'),
      contentType,
    ],
    async (text, path, type) => {
      ({ op, visitor } = await stage({ scope: 'openid profile' }, { INSPECT: true }));
      op.answers[path] = () => new Response(text, type ? { headers: { 'content-type': type } } : {});
      await login();
    },
    { divisor: 2 },
  );
});
