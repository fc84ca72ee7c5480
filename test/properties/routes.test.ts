import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import type { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { signIn, stage, startLogin } from '../flows/journey.ts';
import { keeperOf, SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { ORIGIN } from '../support/settings.ts';
import { Visitor } from '../support/visitor.ts';
import { expectDefended } from '../web/defences.ts';
import { holds } from './holds.ts';

/** Markup that stands in whatever is sent; no answer may hold it as it is. */
const MARKUP = '"><script>evil</script>';

const ADMIN_TOKEN = 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ';
/** Stands for the id of the session that is there. */
const SESSION_ID = ':id';

const METHODS = [
  'GET',
  'GET',
  'GET',
  'POST',
  'POST',
  'HEAD',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'PROPFIND',
];
const PATHS = [
  ...[
    '/',
    '/login',
    '/login/op',
    '/login/nobody',
    '/callback',
    '/callback/op',
    '/callback/nobody',
    '/session',
  ],
  ...[
    '/session/refresh',
    '/token',
    '/logout',
    '/backchannel-logout/op',
    '/backchannel-logout/nobody',
    '/jwks',
  ],
  ...['/healthz', '/employees', '/assets/style.css', '/assets/nope', '/nowhere', '/admin', '/admin/sign-in'],
  ...[
    '/admin/sign-out',
    '/admin/sessions',
    '/admin/sessions/revoke',
    '/admin/providers',
    '/admin/openapi.json',
  ],
  ...[
    '/admin/reseal',
    ...['', '/reveal', '/refresh', '/revoke'].map((rest) => `/admin/sessions/${SESSION_ID}${rest}`),
  ],
];
const NAMES = [
  ...[
    'code',
    'state',
    'iss',
    'error',
    'error_description',
    'response',
    'return_to',
    'scope',
    'prompt',
    'max_age',
  ],
  ...[
    'login_hint',
    'acr_values',
    'connect',
    'prepared',
    'provider',
    'everywhere',
    'logout_token',
    'token',
    'cursor',
  ],
  ...[
    'limit',
    'sub',
    'authorization_params',
    'target_link_uri',
    'user',
    'redirect_uri',
    '__proto__',
    'constructor',
  ],
];
const VALUES = [
  ...[
    '',
    '1',
    'op',
    'https://op.example',
    'https://evil.example',
    '//evil.example',
    '/page',
    '\0',
    '%',
    '%ff',
    '🙂',
  ],
  ...[
    MARKUP,
    'x'.repeat(9000),
    'eyJhbGciOiJub25lIn0.e30.',
    'a=b\r\nc=d',
    '\r\nset-cookie: evil=1',
    '-1',
    '1e999',
    'null',
  ],
];
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  accept: ['application/json', 'text/html', '*/*', MARKUP, ',;q=', 'application/json;q=0'],
  authorization: ['Bearer x', `Bearer ${ADMIN_TOKEN}`, 'Basic eDp4', 'Bearer', MARKUP],
  'content-type': [
    'application/x-www-form-urlencoded',
    'application/json',
    'multipart/form-data',
    'multipart/form-data; boundary=x',
    MARKUP,
  ],
  'content-length': ['0', '-1', '1e9', '99999999999'],
  cookie: [
    `__Host-Http-session=${MARKUP}`,
    '__Host-Http-login-0=x; __Host-Http-admin=x',
    '=;=;=',
    'a'.repeat(9000),
  ],
  origin: [ORIGIN, 'https://evil.example', 'null', MARKUP],
  host: ['evil.example'],
  'x-forwarded-host': ['evil.example'],
  'x-forwarded-proto': ['http'],
  'sec-fetch-site': ['same-origin', 'cross-site', 'same-site', 'none', MARKUP],
  'sec-fetch-mode': ['navigate', 'no-cors', MARKUP],
  'sec-fetch-dest': ['document', 'iframe', 'image', MARKUP],
  'sec-purpose': ['prefetch', 'prerender'],
  'cf-connecting-ip': ['192.0.2.1', '2001:db8::1', MARKUP],
  'x-http-method-override': ['DELETE'],
};

const value = fc.oneof(fc.constantFrom(...VALUES), fc.string({ unit: 'binary', maxLength: 20 }));
const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PATHS) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...PATHS), value)
      .map(([base, end]) => `${base}/${encodeURIComponent(end.toWellFormed())}`),
  },
  { weight: 1, arbitrary: fc.webPath() },
);
const parameters = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), value), value), { maxLength: 6 });
/** A query well-formed, or as bytes come. */
const query = fc.oneof(
  { weight: 4, arbitrary: parameters.map((pairs) => `?${new URLSearchParams(pairs)}`) },
  { weight: 1, arbitrary: fc.stringMatching(/^[!-"$-~]{0,30}$/).map((text) => `?${text}`) },
);
const headerPairs = Object.entries(HEADERS).flatMap(([name, values]) =>
  values.map((one) => [name, one] as const),
);
const headers = fc
  .subarray(headerPairs, { maxLength: 5 })
  .map((pairs): Record<string, string> => Object.fromEntries(pairs));
const body = fc.oneof(
  parameters.map((pairs) => new URLSearchParams(pairs).toString()),
  fc.jsonValue().map((json) => JSON.stringify(json)),
  fc.constantFrom(
    `--x\r\ncontent-disposition: form-data; name="token"\r\n\r\n${MARKUP}\r\n--x--`,
    'x'.repeat(70_000),
  ),
  fc.uint8Array({ maxLength: 50 }),
);

const request = fc.record({ method: fc.constantFrom(...METHODS), path, query, headers, body });
type Case = typeof request extends fc.Arbitrary<infer T> ? T : never;

const STAGES = {
  'sessions in cookies': { INSPECT: true, DEMO: true, DEMO_CLIENT_SECRET: 'x', ADMIN_TOKEN },
  'sessions on the server': { TOKENS, SESSION_KEEPER, ADMIN_TOKEN },
};

describe.each(Object.entries(STAGES))('with %s', (_, env) => {
  let op: ScriptedProvider;
  let signedIn: Visitor;
  let stranger: Visitor;
  beforeEach(async () => {
    ({ op, visitor: signedIn } = await stage({ scope: 'openid profile' }, env));
    stranger = new Visitor(signedIn.env);
  });
  afterEach(() => {
    expect(op.unexpected).toEqual([]);
  });

  /** Signed in, with another login under way; signs in again where the case before has ended the session. */
  async function withSession(): Promise<Visitor> {
    if ((await signedIn.get('/session')).status !== 200) {
      await signIn(signedIn, op);
      await startLogin(signedIn);
    }
    return signedIn.at(signedIn.env);
  }

  holds(
    'no request breaks a route, takes its defences away, or is shown again',
    [fc.boolean(), request],
    async (isSignedIn, sent) => {
      const visitor = isSignedIn ? await withSession() : stranger.at(stranger.env);
      const id = isSignedIn && 'TOKENS' in env ? (await keeperOf(visitor)).hash : '0'.repeat(64);
      const response = await send(visitor, { ...sent, path: sent.path.replace(SESSION_ID, id) });
      expect(response.status).not.toBe(500);
      expectDefended(response, sent.path);
      expect(await response.text()).not.toContain(MARKUP);
      expect(response.headers.get('location') ?? '/').toMatch(/^(?:\/(?![/\\])|https:\/\/op\.example\/)/);
    },
  );
});

function send(visitor: Visitor, { method, path, query, headers, body }: Case): Promise<Response> {
  const bodiless = method === 'GET' || method === 'HEAD';
  return visitor.send(method, ORIGIN + path + query, { headers, ...(!bodiless && { body }) });
}
