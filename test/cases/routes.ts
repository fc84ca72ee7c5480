import { expect } from 'vitest';
import { locationOf, Visitor } from '../support/visitor.ts';
import { type Follows, harmless, leftAlone, type Row, refused, signedIn } from './case.ts';
import type { Scene } from './scene.ts';

const CROSS = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
const NOT_FOUND = refused(404, 'not_found');
const INSPECT = { env: { INSPECT: true } };
const OPEN = leftAlone(302, '', { error: undefined, open: true });

const asks =
  (method: string, path: string, headers: Record<string, string> = {}) =>
  (scene: Scene) =>
    scene.visitor.send(method, path, { headers: { accept: 'application/json', ...headers } });
const gets = (path: string) => asks('GET', path);

/** A visit of the page that is laid out in INSPECT, and what somebody makes of the values in it. */
const prepared = (use: (sealed: string, scene: Scene) => Promise<Response>) => ({
  ...INSPECT,
  act: async (scene: Scene) => {
    const page = await (await scene.stranger().get('/')).text();
    return use(/name="prepared" value="([^"]+)"/.exec(page)?.[1] ?? '', scene);
  },
});

/** A login as somebody asks for it; whatever it asks for, what Drawbridge sets is as it sets it. */
const login = (query: string) => async (scene: Scene) => {
  const started = await scene.visitor.getJson(`/login?${query}`);
  if (started.status !== 302) return started;
  const url = locationOf(started);
  const one = (name: string) => expect(url.searchParams.getAll(name)).toHaveLength(1);
  for (const name of ['state', 'nonce', 'redirect_uri', 'client_id', 'response_type', 'code_challenge'])
    one(name);
  expect(url.href).not.toMatch(/evil|known/);
  expect(url.searchParams.get('redirect_uri')).toBe('https://app.example/callback');
  return scene.visitor.get(scene.op.callback(url));
};

/** A browser in front of another address of the Worker. */
const at = (origin: string, path: string) => (scene: Scene) => {
  scene.visitor = new Visitor(scene.visitor.env, origin);
  return scene.visitor.getJson(path);
};

const UNTOUCHED = ['/', '/session', '/token', '/logout', '/jwks', '/employees', '/admin'];
const CHANGES = ['/login', '/login/op', '/logout', '/session/refresh', '/backchannel-logout/op'];

/** Methods, paths, hosts and queries that nobody should send. */
// biome-ignore format: one line a case
export const ROUTES: readonly Row[] = [
  ...UNTOUCHED.flatMap((path): Row[] => [
    [`put ${path}`, 'RFC 9110 §15.5.5', asks('PUT', path), NOT_FOUND],
    [`options ${path}`, 'Fetch §3.2', asks('OPTIONS', path, { ...CROSS, 'access-control-request-method': 'POST' }), NOT_FOUND],
  ]),
  ...CHANGES.map((path): Row => [`delete ${path}`, 'RFC 9110 §15.5.5', asks('DELETE', path), NOT_FOUND]),
  ['head-of-a-page', 'RFC 9110 §9.3.2', asks('HEAD', '/'), harmless(200)],
  ['head-of-the-session', 'RFC 9110 §9.3.2', asks('HEAD', '/session'), harmless(401)],
  ['head-of-a-login', 'RFC 9110 §9.3.2', asks('HEAD', '/login/op'), harmless(405)],
  ['post-of-a-login', 'CWE-352', asks('POST', '/login/op', CROSS), NOT_FOUND],
  ['post-of-an-initiated-login', 'OpenID Connect Core §4', asks('POST', '/login', CROSS), refused(403, 'forbidden')],
  ['login-slash', 'CWE-41', gets('/login/'), OPEN],
  ['login-capitals', 'CWE-178', gets('/LOGIN'), NOT_FOUND],
  ['login-proto', 'CWE-1321', gets('/login/__proto__'), refused(404, 'unknown_provider')],
  ['login-constructor', 'CWE-1321', gets('/login/constructor'), refused(404, 'unknown_provider')],
  ['login-to-string', 'CWE-1321', gets('/login/toString'), refused(404, 'unknown_provider')],
  ['login-encoded-dots', 'CWE-22', gets('/login/%2e%2e%2f'), refused(404, 'unknown_provider')],
  ['login-encoded-slash', 'CWE-22', gets('/login/op%2f..%2ftwo'), refused(404, 'unknown_provider')],
  ['login-broken-escape', 'CWE-177', gets('/login/%zz'), refused(404, 'unknown_provider')],
  ['login-invalid-utf-8', 'CWE-176', gets('/login/%ff%fe'), refused(404, 'unknown_provider')],
  ['login-nul', 'CWE-158', gets('/login/op%00'), refused(404, 'unknown_provider')],
  ['login-like-letters', 'CWE-176', gets('/login/%D0%BEp'), refused(404, 'unknown_provider')],
  ['login-markup', 'CWE-79', gets('/login/%3Cimg%20src=x%20onerror=alert(1)%3E'), refused(404, 'unknown_provider')],
  ['login-10-kb', 'CWE-400', gets(`/login/${'o'.repeat(10_000)}`), refused(404, 'unknown_provider')],
  ['login-deeper', 'CWE-22', gets('/login/op/two'), NOT_FOUND],
  ['asset-unknown', 'CWE-22', gets('/assets/nope'), NOT_FOUND],
  ['asset-proto', 'CWE-1321', gets('/assets/__proto__'), NOT_FOUND],
  ['asset-constructor', 'CWE-1321', gets('/assets/constructor'), NOT_FOUND],
  ['asset-source', 'CWE-22', gets('/assets/..%2fwrangler.toml'), NOT_FOUND],
  ['dev-vars', 'CWE-538', gets('/.dev.vars'), NOT_FOUND],
  ['well-known', 'CWE-538', gets('/.well-known/openid-configuration'), NOT_FOUND],
  ['nowhere-markup', 'CWE-79', (scene) => scene.visitor.get('/%3Cimg%20src=x%20onerror=alert(1)%3E'), harmless(404)],
  ['employees-outside-demo', 'CWE-489', gets('/employees'), NOT_FOUND],
  ['accept-junk', 'RFC 9110 §12.5.1', asks('GET', '/session', { accept: `${'*/*;q=,'.repeat(500)}` }), harmless(401)],

  ['host-plain-http', 'CWE-319', at('http://app.example', '/login'), plain(refused(403, 'forbidden'))],
  ['host-like-localhost', 'CWE-346', at('http://localhost.evil.example', '/login'), plain(refused(403, 'forbidden'))],
  ['host-like-127', 'CWE-346', at('http://127.0.0.1.evil.example', '/login'), plain(refused(403, 'forbidden'))],
  ['host-private', 'CWE-319', at('http://10.0.0.1', '/login'), plain(refused(403, 'forbidden'))],
  ['host-evil-over-https', 'CWE-644', async (scene) => {
    // The platform routes hosts that are ours; a redirect URI of another one is none the provider knows.
    const url = locationOf(await new Visitor(scene.visitor.env, 'https://other.example').getJson('/login'));
    expect(url.searchParams.get('redirect_uri')).toBe('https://other.example/callback');
    return scene.visitor.getJson(`/callback?${scene.op.authorize(url)}`);
  }, refused(400, 'state_mismatch')],
  ['host-evil-with-public-origin', 'CWE-644', { env: { PUBLIC_ORIGIN: 'https://app.example' }, act: async (scene) => {
    const other = new Visitor(scene.visitor.env, 'https://evil.example');
    expect(locationOf(await other.getJson('/login')).searchParams.get('redirect_uri')).toBe('https://app.example/callback');
    return scene.signIn();
  } }, signedIn()],

  ['query-sets-state', 'RFC 9700 §4.7', login('state=known-to-evil'), signedIn()],
  ['query-sets-redirect-uri', 'RFC 9700 §4.1', login('redirect_uri=https://evil.example'), signedIn()],
  ['query-sets-client-id', 'RFC 9700 §4.4', login('client_id=evil-client'), signedIn()],
  ['query-sets-nonce', 'RFC 9700 §4.5.3', login('nonce=known-to-evil'), signedIn()],
  ['query-sets-response-type', 'RFC 9700 §2.1.2', login('response_type=token'), signedIn()],
  ['query-sets-response-mode', 'RFC 9700 §4.2', login('response_mode=fragment'), signedIn()],
  ['query-sets-request', 'RFC 9101 §6.3', login('request=evil.request.object&request_uri=https://evil.example'), signedIn()],
  ['query-pollutes-scope', 'CWE-235', login('scope=openid&scope=evil'), signedIn()],
  ['query-proto', 'CWE-1321', login('__proto__=x&constructor=y&__proto__[evil]=1'), signedIn()],
  ['query-crlf', 'CWE-93', login('login_hint=a%0d%0aset-cookie:%20x=1'), signedIn()],
  ['query-max-age-text', 'OpenID Connect Core §3.1.2.1', gets('/login?max_age=abcdefgh'), refused(400, 'invalid_request')],
  ['query-max-age-negative', 'OpenID Connect Core §3.1.2.1', gets('/login?max_age=-1'), refused(400, 'invalid_request')],
  ['query-max-age-huge', 'CWE-190', gets('/login?max_age=99999999999'), refused(400, 'invalid_request')],
  ['query-5-kb', 'CWE-400', gets(`/login?login_hint=${'x'.repeat(5000)}`), refused(400, 'invalid_request')],
  ['query-scope-without-openid', 'OpenID Connect Core §3.1.2.1', gets('/login?scope=read'), OPEN],
  ['inspect-sets-own', 'RFC 9700 §4.7', { ...INSPECT, act: login('state=known&nonce=known&redirect_uri=https://evil.example&client_id=evil&request=evil&request_uri=evil') }, signedIn()],
  ['inspect-lines-set-own', 'RFC 9700 §4.7', { ...INSPECT, act: login(`authorization_params=${encodeURIComponent('state=known\nnonce=known\n redirect_uri = https://evil.example\r\nclient_id=evil\nrequest_uri=evil\n__proto__=x')}`) }, signedIn()],
  ['inspect-lines-crlf', 'CWE-93', { ...INSPECT, act: login(`authorization_params=${encodeURIComponent('a=b\r\n\r\n<p>')}`) }, signedIn()],
  ['prepared-cross-site', 'RFC 9700 §4.7', prepared((sealed, scene) => scene.visitor.getJson(`/login?prepared=${sealed}`, CROSS)), refused(403, 'forbidden')],
  ['prepared-by-a-link', 'RFC 9700 §4.7', prepared((sealed, scene) => scene.visitor.getJson(`/login?prepared=${sealed}`, { 'sec-fetch-site': 'cross-site' })), refused(403, 'forbidden')],
  ['prepared-typed', 'RFC 9700 §4.7', prepared((sealed, scene) => scene.visitor.getJson(`/login?prepared=${sealed}`, { 'sec-fetch-site': 'none' })), refused(403, 'forbidden')],
  ['prepared-silent', 'RFC 9700 §4.7', prepared((sealed, scene) => scene.visitor.getJson(`/login?prepared=${sealed}`)), refused(403, 'forbidden')],
  ['prepared-outside-inspect', 'RFC 9700 §4.7', async (scene) => {
    const page = await (await scene.visitor.at({ ...scene.visitor.env, INSPECT: true }).get('/')).text();
    const sealed = /name="prepared" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const shown = /name="state"[^>]*value="([^"]+)"/.exec(page)?.[1] ?? 'none';
    const started = await scene.visitor.follow(`/login?prepared=${sealed}`);
    expect(locationOf(started).searchParams.get('state')).not.toBe(shown);
    return started;
  }, OPEN],
  ['prepared-made-up', 'CWE-565', { ...INSPECT, act: (scene) => scene.visitor.follow('/login?prepared=eyJhbGciOiJub25lIn0.e30.') }, OPEN],
  ['prepared-replayed', 'RFC 9700 §4.7.1', prepared(async (sealed, scene) => {
    const first = locationOf(await scene.visitor.follow(`/login?prepared=${sealed}`));
    await scene.visitor.get(scene.op.callback(first));
    const again = await scene.visitor.follow(`/login?prepared=${sealed}`);
    expect(locationOf(again).searchParams.get('state')).not.toBe(first.searchParams.get('state'));
    return scene.visitor.get(scene.op.callback(locationOf(again)));
  }), signedIn('/session', 2)],
];

/** Over plain http there is neither HSTS nor a cookie. */
function plain(follows: Follows): Follows {
  return { ...follows, plain: true };
}
