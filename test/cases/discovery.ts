import { expect, vi } from 'vitest';
import type { AnomalyName } from '../fakes/anomalies.ts';
import { misbehave } from '../fakes/anomalies.ts';
import { harmless, type Row, refused, signedIn } from './case.ts';
import type { Scene } from './scene.ts';

const UNREACHABLE = refused(502, 'provider_unreachable');
const SSRF = 'CWE-918';

/** One login that goes wrong, and one after it that does not. */
const recovers = (name: AnomalyName) => async (scene: Scene) => {
  const behave = await misbehave(scene.op, [name]);
  expect((await scene.signIn()).status).toBe(502);
  behave();
  return scene.signIn();
};

/** A login, an anomaly, and a login after so many seconds. */
const knownBefore = (name: AnomalyName, seconds: number) => async (scene: Scene) => {
  await scene.signIn();
  await misbehave(scene.op, [name]);
  vi.useFakeTimers({ now: Date.now() + seconds * 1000, toFake: ['Date'] });
  return scene.signIn();
};

async function rotatesKeys(scene: Scene): Promise<Response> {
  await scene.signIn();
  await scene.op.rotateKeys('key-2');
  scene.op.requests.length = 0;
  const response = await scene.signIn();
  expect(scene.op.paths).toEqual(['/token', '/jwks']);
  return response;
}

/** A login, and one after the provider has changed its key, which can't be read. */
const rotatesUnreadably = (name: AnomalyName) => async (scene: Scene) => {
  await scene.signIn();
  await scene.op.rotateKeys('key-2');
  await misbehave(scene.op, [name]);
  return scene.signIn();
};

/** Where metadata and keys come from, and where they may lead. */
// biome-ignore format: one line a case
export const DISCOVERY: readonly Row[] = [
  ['issuer-other', 'OpenID Connect Discovery §4.3', 'metadata of another issuer', UNREACHABLE],
  ['issuer-path', 'OpenID Connect Discovery §4.3', 'metadata of an issuer with another path', UNREACHABLE],
  ['issuer-capitals', 'OpenID Connect Discovery §4.3', 'metadata of an issuer in capitals', refused(400, 'issuer_mismatch')],
  ['issuer-missing', 'OpenID Connect Discovery §3', 'metadata without issuer', UNREACHABLE],
  ['issuer-list', 'OpenID Connect Discovery §3', 'metadata with an issuer that is a list', UNREACHABLE],
  ['authorization-endpoint-missing', 'RFC 8414 §2', 'no authorization_endpoint', UNREACHABLE],
  ['authorization-endpoint-http', 'RFC 6749 §3.1', 'an authorization_endpoint over plain http', UNREACHABLE],
  ['authorization-endpoint-script', 'CWE-79', 'an authorization_endpoint that is a script', UNREACHABLE],
  ['authorization-endpoint-data', 'CWE-79', 'an authorization_endpoint that is data', UNREACHABLE],
  ['token-endpoint-http', 'RFC 6749 §3.2', 'a token_endpoint over plain http', UNREACHABLE],
  ['token-endpoint-ftp', 'RFC 6749 §3.2', 'a token_endpoint of another scheme', UNREACHABLE],
  ['ssrf-localhost', SSRF, 'a token_endpoint on localhost', UNREACHABLE],
  ['ssrf-localhost-name', SSRF, 'a token_endpoint on a name of this machine', UNREACHABLE],
  ['ssrf-127.0.0.1', SSRF, 'a token_endpoint on 127.0.0.1', UNREACHABLE],
  ['ssrf-127.1', SSRF, 'a token_endpoint on 127.1', UNREACHABLE],
  ['ssrf-number', SSRF, 'a token_endpoint on a number', UNREACHABLE],
  ['ssrf-hex', SSRF, 'a token_endpoint in hex', UNREACHABLE],
  ['ssrf-octal', SSRF, 'a token_endpoint in octal', UNREACHABLE],
  ['ssrf-0.0.0.0', SSRF, 'a token_endpoint on 0.0.0.0', UNREACHABLE],
  ['ssrf-10', SSRF, 'a token_endpoint on 10.0.0.7', UNREACHABLE],
  ['ssrf-172.16', SSRF, 'a token_endpoint on 172.16.0.1', UNREACHABLE],
  ['ssrf-192.168', SSRF, 'a token_endpoint on 192.168.1.1', UNREACHABLE],
  ['ssrf-100.64', SSRF, 'a token_endpoint on 100.64.0.1', UNREACHABLE],
  ['ssrf-link-local', SSRF, 'a token_endpoint of a cloud’s metadata', UNREACHABLE],
  ['ssrf-metadata-name', SSRF, 'a token_endpoint of a cloud’s name', UNREACHABLE],
  ['ssrf-internal', SSRF, 'a token_endpoint of the inner network', UNREACHABLE],
  ['ssrf-one-label', SSRF, 'a token_endpoint of one label', UNREACHABLE],
  ['ssrf-final-dot', SSRF, 'a token_endpoint with a final dot', UNREACHABLE],
  ['ssrf-v6-loopback', SSRF, 'a token_endpoint on ::1', UNREACHABLE],
  ['ssrf-v6-unspecified', SSRF, 'a token_endpoint on ::', UNREACHABLE],
  ['ssrf-v6-unique-local', SSRF, 'a token_endpoint on fd00::1', UNREACHABLE],
  ['ssrf-v6-link-local', SSRF, 'a token_endpoint on fe80::1', UNREACHABLE],
  ['ssrf-v6-mapped', SSRF, 'a token_endpoint on an IPv4 address in IPv6', UNREACHABLE],
  ['ssrf-v6-compatible', SSRF, 'a token_endpoint on an IPv4 address in IPv6, old form', UNREACHABLE],
  ['ssrf-v6-nat64', SSRF, 'a token_endpoint behind NAT64', UNREACHABLE],
  ['ssrf-v6-6to4', SSRF, 'a token_endpoint behind 6to4', UNREACHABLE],
  ['ssrf-v6-multicast', SSRF, 'a token_endpoint on multicast', UNREACHABLE],
  ['endpoint-user-part', 'CWE-918', 'a token_endpoint with a user part', UNREACHABLE],
  ['endpoint-no-url', 'RFC 8414 §2', 'a token_endpoint that is no URL', UNREACHABLE],
  ['endpoint-number', 'RFC 8414 §2', 'a token_endpoint that is a number', UNREACHABLE],
  ['jwks-inside', SSRF, 'a jwks_uri inside', UNREACHABLE],
  ['userinfo-inside', SSRF, 'a userinfo_endpoint inside', signedIn()],
  ['revocation-inside', SSRF, 'a revocation_endpoint inside', signedIn()],
  ['end-session-script', 'CWE-79', 'an end_session_endpoint that is a script', signedIn()],
  ['par-inside', SSRF, 'a pushed endpoint inside', signedIn()],
  ['mtls-alias-inside', 'RFC 8705 §5', 'an mTLS alias inside', signedIn()],
  ['metadata-html', 'OpenID Connect Discovery §4.2', 'metadata as HTML', UNREACHABLE],
  ['metadata-list', 'OpenID Connect Discovery §4.2', 'metadata as a list', UNREACHABLE],
  ['metadata-null', 'OpenID Connect Discovery §4.2', 'metadata as null', UNREACHABLE],
  ['metadata-broken', 'OpenID Connect Discovery §4.2', 'metadata as broken JSON', UNREACHABLE],
  ['metadata-proto', 'CWE-1321', 'metadata with __proto__', UNREACHABLE],
  ['metadata-redirect', SSRF, 'metadata by redirect', UNREACHABLE],
  ['metadata-500', 'OpenID Connect Discovery §4.2', 'metadata with 500', UNREACHABLE],
  ['metadata-404', 'OpenID Connect Discovery §4.2', 'metadata with 404', UNREACHABLE],
  ['metadata-2-mb', 'CWE-400', 'metadata in 2 MB', UNREACHABLE],
  ['metadata-without-end', 'CWE-400', 'metadata without end', UNREACHABLE],
  ['metadata-reset', 'OpenID Connect Discovery §4.2', 'a reset of the discovery', UNREACHABLE],

  ['issuer-slash-left-out', 'OpenID Connect Discovery §4.3', 'an issuer with a final slash', signedIn()],
  ['authorization-endpoint-line-break', 'CWE-113', 'an authorization_endpoint with a line break', UNREACHABLE],
  ['userinfo-line-break', 'CWE-113', 'a userinfo_endpoint with a line break', signedIn()],
  ['end-session-in-a-policy', 'CWE-693', { anomalies: ['an end_session_endpoint that adds to a policy'], act: async (scene) => {
    await scene.signIn();
    const page = await scene.visitor.get('/session');
    expect(page.headers.get('content-security-policy')).not.toContain('sandbox');
    return page;
  } }, harmless(200, { session: true, tokenRequests: 1 })],
  ['endpoints-that-are-none', 'RFC 8414 §2', 'endpoints that are empty, false and null', signedIn()],
  ['endpoint-never-used', 'RFC 8414 §2', 'a registration_endpoint over plain http', signedIn()],
  ['algorithms-unlisted', 'RFC 8414 §2', 'no list of algorithms', signedIn()],
  ['algorithms-none-listed', 'OpenID Connect Discovery §3', 'an empty list of algorithms', signedIn()],
  ['algorithms-with-null', 'OpenID Connect Discovery §3', 'a list of algorithms with a null', signedIn()],
  ['lists-that-are-none', 'RFC 8414 §2', 'lists that are none', signedIn()],
  ['set-over-metadata', 'RFC 8414 §2', { entry: { token_endpoint: 'https://op.example/token' }, anomalies: ['a token_endpoint on 10.0.0.7'] }, signedIn()],
  ['par-used-inside', SSRF, { entry: { require_pushed_authorization_requests: true }, anomalies: ['a pushed endpoint inside'] }, UNREACHABLE],

  ['failure-is-not-kept', 'CWE-703', recovers('metadata with 500'), signedIn()],
  ['key-failure-is-not-kept', 'CWE-703', recovers('keys with 500'), signedIn('/session', 2)],
  ['keys-rotated', 'OpenID Connect Core §10.1.1', rotatesKeys, signedIn()],
  ['keys-down-later', 'OpenID Connect Core §10.1.1', knownBefore('keys with 500', 3700), signedIn('/session', 2)],
  ['keys-empty-later', 'RFC 7517 §5', knownBefore('no keys', 3700), signedIn('/session', 2)],
  ['keys-rotated-while-down', 'OpenID Connect Core §10.1.1', rotatesUnreadably('keys with 500'), { ...UNREACHABLE, session: true, tokenRequests: 2 }],
  ['keys-rotated-while-html', 'OpenID Connect Core §10.1.1', rotatesUnreadably('keys as HTML'), { ...UNREACHABLE, session: true, tokenRequests: 2 }],
  ['metadata-down-later', 'OpenID Connect Discovery §4', knownBefore('metadata with 500', 3700), signedIn('/session', 2)],
  ['metadata-astray-later', SSRF, knownBefore('a token_endpoint of a cloud’s metadata', 3700), signedIn('/session', 2)],
  ['metadata-down-for-a-day', 'OpenID Connect Discovery §4', knownBefore('metadata with 500', 90_000), { ...UNREACHABLE, tokenRequests: 1 }],
];
