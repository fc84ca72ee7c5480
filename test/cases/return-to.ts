import corpus from '../data/return-to.json';
import { harmless, leftAlone, type Row, refused, signedIn } from './case.ts';
import type { Scene } from './scene.ts';

const TO_OTHER = { env: { RETURN_TO_ORIGINS: 'https://other.example' } };

/** A whole login with the wish to be led there. */
const wishes = (target: string) => (scene: Scene) =>
  scene.signIn(`/login?return_to=${encodeURIComponent(target)}`);

const named = (target: string) => JSON.stringify(target).replace(/^"|"$/g, '') || '(empty)';

const REFUSED = corpus.refused.map(
  (target): Row => [
    `to ${named(target)}`,
    'RFC 9700 §4.11',
    { ...TO_OTHER, act: wishes(target) },
    signedIn(),
  ],
);
const ACCEPTED = Object.entries(corpus.accepted).map(
  ([target, place]): Row => [
    `on to ${named(target)}`,
    'RFC 9700 §4.11',
    { ...TO_OTHER, act: wishes(target) },
    signedIn(place),
  ],
);

/** Where a login may lead; the judge itself is tried with every target in test/login/return-to.test.ts. */
// biome-ignore format: one line a case
export const RETURN_TO: readonly Row[] = [
  ...REFUSED.filter((_, index) => index % 3 === 0),
  ...ACCEPTED.filter((_, index) => index % 4 === 0),
  ['return-to-16-kb', 'CWE-400', wishes(`/${'a'.repeat(16_384)}`), refused(400, 'invalid_request')],
  ['return-to-3-kb', 'CWE-400', wishes(`/${'a'.repeat(3000)}`), signedIn()],
  ['return-to-other-not-listed', 'RFC 9700 §4.11', wishes('https://other.example/reports'), signedIn()],
  ['return-to-other-listed', 'RFC 9700 §4.11', { ...TO_OTHER, act: wishes('https://other.example/reports') }, signedIn('https://other.example/reports')],
  ['return-to-below-listed', 'RFC 9700 §4.11', { ...TO_OTHER, act: wishes('https://evil.other.example/') }, signedIn()],
  ['return-to-twice', 'CWE-235', (scene) => scene.signIn('/login?return_to=%2Freports&return_to=https://evil.example'), signedIn('/reports')],
  ['return-to-as-list', 'CWE-235', (scene) => scene.signIn('/login?return_to[]=https://evil.example'), signedIn()],
  ['return-to-at-the-callback', 'RFC 9700 §4.11', (scene) => scene.comeBack('/callback', (right) => right.set('return_to', 'https://evil.example')), signedIn()],
  ['return-to-on-the-login-page', 'CWE-79', (scene) => scene.visitor.get('/?return_to=javascript:alert(1)'), harmless(200)],
  ['return-to-on-an-error-page', 'CWE-79', { anomalies: ['access_denied'], act: wishes('javascript:alert(1)') }, refused(403, 'access_denied')],
  ['return-to-in-a-cookie', 'CWE-565', async (scene) => {
    scene.visitor.cookies.set('return_to', 'https://evil.example');
    return scene.signIn();
  }, signedIn()],
  ['target-link-uri-elsewhere', 'OpenID Connect Core §4', (scene) => scene.signIn(`/login?iss=${scene.op.issuer}&target_link_uri=https://evil.example`), signedIn()],
  ['target-link-uri-own', 'OpenID Connect Core §4', (scene) => scene.signIn(`/login?iss=${scene.op.issuer}&target_link_uri=/reports`), signedIn('/reports')],
  ['initiated-by-nobody-known', 'OpenID Connect Core §4', (scene) => scene.visitor.getJson('/login?iss=https://other.example'), refused(404, 'unknown_provider')],
  ['initiated-by-an-alias', 'OpenID Connect Core §4', { entry: { issuer_aliases: ['op.example'] }, act: (scene) => scene.signIn('/login?iss=op.example') }, signedIn()],
  ['initiated-iss-empty', 'OpenID Connect Core §4', (scene) => scene.visitor.getJson('/login?iss='), refused(404, 'unknown_provider')],
  ['forged-x-forwarded-host', 'CWE-644', forged({ 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }), signedIn()],
  ['forged-forwarded', 'CWE-644', forged({ forwarded: 'host=evil.example;proto=http' }), signedIn()],
  ['forged-x-original-url', 'CWE-644', forged({ 'x-original-url': '/admin', 'x-rewrite-url': '/admin' }), signedIn()],
  ['forged-host-header', 'CWE-644', { env: { PUBLIC_ORIGIN: 'https://app.example' }, act: forged({ 'x-host': 'evil.example', 'x-forwarded-server': 'evil.example' }) }, signedIn()],
  ['login-as-an-image', 'Fetch Metadata', embedded('no-cors', 'image'), refused(403, 'forbidden')],
  ['login-as-a-frame', 'Fetch Metadata', embedded('navigate', 'iframe'), refused(403, 'forbidden')],
  ['login-as-a-script', 'Fetch Metadata', embedded('no-cors', 'script'), refused(403, 'forbidden')],
  ['login-as-a-fetch', 'Fetch Metadata', embedded('cors', 'empty'), refused(403, 'forbidden')],
  ['login-as-an-object', 'Fetch Metadata', embedded('navigate', 'object'), refused(403, 'forbidden')],
  ['login-as-a-prefetch', 'Fetch Metadata', (scene) => scene.visitor.getJson('/login', { 'sec-purpose': 'prefetch' }), refused(403, 'forbidden')],
  ['login-by-head', 'RFC 9110 §9.3.2', (scene) => scene.visitor.send('HEAD', '/login'), harmless(405)],
  ['login-initiated-as-a-frame', 'Fetch Metadata', (scene) => scene.visitor.getJson(`/login?iss=${scene.op.issuer}`, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }), refused(403, 'forbidden')],
  ['login-by-a-link', 'Fetch Metadata', (scene) => scene.visitor.getJson('/login', { 'sec-fetch-site': 'cross-site' }), leftAlone(302, '', { open: true, error: undefined })],
];

/** A login with headers that a client makes up: the redirect URI stays what it is. */
function forged(headers: Record<string, string>) {
  return async (scene: Scene) => {
    const started = await scene.visitor.getJson('/login', headers);
    const url = new URL(started.headers.get('location') ?? '');
    if (url.searchParams.get('redirect_uri') !== 'https://app.example/callback') return started;
    return scene.visitor.getJson(scene.op.callback(url), headers);
  };
}

function embedded(mode: string, destination: string) {
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': mode, 'sec-fetch-dest': destination };
  return (scene: Scene) => scene.visitor.getJson('/login', headers);
}
