import { expect } from 'vitest';
import { type AnomalyName, misbehave } from '../fakes/anomalies.ts';
import { harmless, leftAlone, type Row, refused } from './case.ts';
import type { Scene } from './scene.ts';

type Members = Record<string, unknown>;

const JSON_ONLY = { accept: 'application/json' };
const kept = (status: number, error: string, tokenRequests = 2) =>
  leftAlone(status, error, { session: true, tokenRequests });
const goesOn = (tokenRequests: number) => harmless(200, { session: true, tokenRequests });
const INVALID = kept(502, 'token_response_invalid');
const FAILED = kept(502, 'token_request_failed');
const UNREACHABLE = kept(502, 'provider_unreachable');
const WRONG_ID_TOKEN = kept(400, 'id_token_invalid');

const now = (scene: Scene) => scene.visitor.post('/session/refresh', JSON_ONLY);

/** A login, and a refresh at a provider that misbehaves. */
const refreshes =
  (...names: AnomalyName[]) =>
  async (scene: Scene) => {
    await scene.signIn();
    await misbehave(scene.op, names);
    return now(scene);
  };

/** A login, and a refresh that brings an ID token with something wrong. */
const withIdToken =
  (...names: AnomalyName[]) =>
  async (scene: Scene) => {
    await scene.signIn();
    await misbehave(scene.op, names);
    const id_token = await scene.op.signIdToken(null);
    scene.op.tokenResponse = (right) => ({ ...right, id_token });
    return now(scene);
  };

/** A login at a provider whose ID token has `first`, and a refresh that brings one with `then`. */
const renewsIdToken = (
  first: Members,
  then: Members | ((first: Members) => Members),
  entry: Members = {},
) => ({
  entry,
  env: { INSPECT: true },
  act: async (scene: Scene) => {
    let old: Members = {};
    scene.op.idTokenClaims = (right) => {
      old = { ...right, ...first };
      return old;
    };
    await scene.signIn();
    scene.op.idTokenClaims = (right) => ({ ...right, ...(typeof then === 'function' ? then(old) : then) });
    const id_token = await scene.op.signIdToken(null);
    scene.op.tokenResponse = (right) => ({ ...right, id_token });
    return now(scene);
  },
});

const TEMPLATE = 'https://op.example/{tid}/v2.0';
const ofTenant = (digit: number) => {
  const tid = `${digit}0000000-0000-4000-8000-000000000000`;
  return { tid, iss: TEMPLATE.replace('{tid}', tid) };
};

const asks = (method: string, path: string, headers: Record<string, string>) => async (scene: Scene) => {
  await scene.signIn();
  return scene.visitor.send(method, path, { headers: { ...JSON_ONLY, ...headers } });
};
const OWN = { origin: 'https://app.example', 'sec-fetch-site': 'same-origin' };
const CROSS = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
const INSPECT = { INSPECT: true };

/** The error says so in its description. */
const says = (words: string) => async (_: Scene, response: Response) =>
  expect(((await response.clone().json()) as { error_description: string }).error_description).toContain(
    words,
  );

/** What the token endpoint answers to a refresh, and who may ask for one. */
// biome-ignore format: one line a case
export const REFRESH: readonly Row[] = [
  ['refresh', 'RFC 6749 §6', refreshes(), goesOn(2)],
  ['refresh-invalid-grant', 'RFC 6749 §5.2', refreshes('400 invalid_grant'), refused(401, 'login_required', 2)],
  ['refresh-invalid-grant-on-server', 'RFC 6749 §5.2', { onServer: true, act: refreshes('400 invalid_grant') }, refused(401, 'login_required', 2)],
  ['refresh-invalid-grant-no-loop', 'RFC 6749 §5.2', async (scene) => {
    await refreshes('400 invalid_grant')(scene);
    await now(scene);
    return now(scene);
  }, refused(401, 'not_signed_in', 2)],
  ['refresh-invalid-grant-as-text', 'RFC 6749 §5.2', refreshes('invalid_grant as text'), refused(401, 'login_required', 2)],
  ['refresh-invalid-grant-as-a-form', 'RFC 6749 §5.2', refreshes('invalid_grant as a form'), refused(401, 'login_required', 2)],
  ['refresh-invalid-grant-with-500', 'RFC 6749 §5.2', refreshes('500 invalid_grant'), refused(401, 'login_required', 2)],
  ['refresh-invalid-grant-in-a-challenge', 'RFC 6750 §3', refreshes('401 with invalid_grant in a challenge'), refused(401, 'login_required', 2)],
  ['refresh-invalid-grant-in-capitals', 'RFC 6749 §5.2', refreshes('400 INVALID_GRANT'), refused(401, 'login_required', 2)],
  ['refresh-invalid-token', 'RFC 6750 §3.1', refreshes('401 invalid_token'), refused(401, 'login_required', 2)],
  ['refresh-expired-token', 'RFC 8628 §3.5', refreshes('400 expired_token'), refused(401, 'login_required', 2)],
  ['refresh-user-blocked', 'RFC 6749 §4.1.2.1', refreshes('403 access_denied'), refused(401, 'login_required', 2)],
  ['refresh-busy-with-400', 'RFC 6749 §4.1.2.1', refreshes('400 temporarily_unavailable'), UNREACHABLE],
  ['refresh-server-error-with-400', 'RFC 6749 §4.1.2.1', refreshes('400 server_error'), UNREACHABLE],
  ['refresh-429', 'RFC 6585 §4', refreshes('429'), UNREACHABLE, says('getting too many requests')],
  ['refresh-429-with-a-code', 'RFC 6585 §4', async (scene) => {
    await scene.signIn();
    scene.op.answers['/token'] = () => Response.json({ error: 'invalid_request' }, { status: 429 });
    return now(scene);
  }, UNREACHABLE, says('getting too many requests')],
  ['refresh-invalid-client', 'RFC 6749 §5.2', refreshes('401 invalid_client'), FAILED],
  ['refresh-error-markup', 'CWE-79', refreshes('an error with markup'), FAILED],
  ['refresh-html', 'RFC 6749 §5.1', refreshes('tokens as HTML'), INVALID],
  ['refresh-form', 'RFC 6749 §5.1', refreshes('tokens as a form'), INVALID],
  ['refresh-null', 'RFC 6749 §5.1', refreshes('tokens as null'), INVALID],
  ['refresh-without-end', 'CWE-400', refreshes('tokens without end'), INVALID],
  ['refresh-500', 'RFC 9700 §4.14', refreshes('500'), UNREACHABLE],
  ['refresh-503', 'RFC 9700 §4.14', refreshes('503'), UNREACHABLE],
  ['refresh-reset', 'RFC 9700 §4.14', refreshes('a reset of the token request'), UNREACHABLE],
  ['refresh-redirect', 'RFC 9700 §4.12', refreshes('a 307 of the token request'), INVALID],
  ['refresh-access-token-missing', 'RFC 6749 §5.1', refreshes('no access_token'), INVALID],
  ['refresh-token-type-missing', 'RFC 6749 §5.1', refreshes('no token_type'), goesOn(2)],
  ['refresh-token-type-empty', 'RFC 6749 §5.1', refreshes('an empty token_type'), goesOn(2)],
  ['refresh-token-type-missing-for-dpop', 'RFC 9449 §5', { entry: { dpop_bound_access_tokens: true }, act: async (scene) => {
    scene.op.tokenType = 'DPoP';
    return refreshes('no token_type')(scene);
  } }, INVALID],
  ['refresh-201', 'RFC 9110 §15.3.2', refreshes('tokens with status 201'), goesOn(2)],
  ['refresh-token-type-unknown', 'RFC 6749 §7.1', refreshes('a token_type of its own'), INVALID],
  ['refresh-token-type-dpop', 'RFC 9449 §5', refreshes('a DPoP token nobody asked for'), INVALID],
  ['refresh-keeps-the-old-token', 'RFC 6749 §6', async (scene) => {
    await refreshes('no refresh_token')(scene);
    scene.op.tokenResponse = (right) => right;
    return refusesOld(scene);
  }, refused(401, 'login_required', 3)],
  ['refresh-scope-narrowed', 'RFC 6749 §6', refreshes('a scope that is narrower'), goesOn(2)],
  ['refresh-expires-in-zero', 'RFC 6749 §5.1', refreshes('an expires_in of zero'), goesOn(2)],
  ['refresh-spent-is-not-sent-again', 'RFC 9700 §4.14.2', async (scene) => {
    await refreshes('a token_type of its own')(scene);
    return now(scene);
  }, kept(401, 'login_required'), says('used up the refresh token')],

  ['refresh-refused-by-us-is-not-lost', 'RFC 9700 §4.14.2', async (scene) => {
    await withIdToken('a second audience')(scene);
    scene.op.tokenResponse = (right) => right;
    return now(scene);
  }, goesOn(3)],
  ['refresh-sub-of-another', 'OpenID Connect Core §12.2', withIdToken('a sub of 255 characters'), WRONG_ID_TOKEN],
  ['refresh-auth-time-same', 'OpenID Connect Core §12.2', renewsIdToken({ auth_time: 1_700_000_000 }, { auth_time: 1_700_000_000 }), goesOn(2)],
  ['refresh-auth-time-left-out', 'OpenID Connect Core §12.2', renewsIdToken({ auth_time: 1_700_000_000 }, {}), goesOn(2)],
  ['refresh-auth-time-later', 'OpenID Connect Core §12.2', renewsIdToken({ auth_time: 1_700_000_000 }, { auth_time: 1_700_000_001 }), WRONG_ID_TOKEN],
  ['refresh-nonce-same', 'OpenID Connect Core §12.2', renewsIdToken({}, ({ nonce }) => ({ nonce })), goesOn(2)],
  ['refresh-nonce-of-another', 'OpenID Connect Core §12.2', renewsIdToken({}, { nonce: 'of-another-sign-in' }), WRONG_ID_TOKEN],
  ['refresh-claims-null', 'OpenID Connect Core §5.3.2', renewsIdToken({ auth_time: 1_700_000_000 }, { auth_time: null, nonce: null, azp: null }), goesOn(2)],
  ['refresh-azp-of-another', 'OpenID Connect Core §12.2', renewsIdToken({ azp: 'client-1' }, { azp: 'client-2' }), WRONG_ID_TOKEN],
  ['refresh-iss-other-spelling', 'OpenID Connect Core §12.2', renewsIdToken({}, { iss: 'op.example' }, { issuer_aliases: ['op.example'] }), goesOn(2)],
  ['refresh-iss-of-another-tenant', 'OpenID Connect Core §12.2', renewsIdToken(ofTenant(1), ofTenant(2), { issuer_template: TEMPLATE }), WRONG_ID_TOKEN],
  ['refresh-iss-of-the-tenant', 'OpenID Connect Core §12.2', renewsIdToken(ofTenant(1), ofTenant(1), { issuer_template: TEMPLATE }), goesOn(2)],
  ['refresh-iss-wrong', 'OpenID Connect Core §12.2', withIdToken('iss claim of another issuer'), WRONG_ID_TOKEN],
  ['refresh-aud-wrong', 'OpenID Connect Core §12.2', withIdToken('aud of another client'), WRONG_ID_TOKEN],
  ['refresh-aud-second', 'OpenID Connect Core §12.2', withIdToken('a second audience'), WRONG_ID_TOKEN],
  ['refresh-exp-past', 'OpenID Connect Core §12.2', withIdToken('exp in the past'), WRONG_ID_TOKEN, says('your access was not renewed')],
  ['refresh-iat-future', 'OpenID Connect Core §12.2', withIdToken('iat in the future'), WRONG_ID_TOKEN],
  ['refresh-alg-none', 'RFC 8725 §3.1', withIdToken('alg none'), WRONG_ID_TOKEN],
  ['refresh-signature-zeros', 'RFC 8725 §3.1', withIdToken('a signature of zeros'), WRONG_ID_TOKEN],
  ['refresh-hs256', 'RFC 8725 §3.1', withIdToken('HS256 with the client secret'), WRONG_ID_TOKEN],
  ['refresh-keys-down', 'OpenID Connect Core §12.2', withIdToken('keys with 500'), goesOn(2)],

  ['refresh-cross-site', 'CWE-352', asks('POST', '/session/refresh', CROSS), kept(403, 'forbidden', 1)],
  ['refresh-same-site', 'CWE-352', asks('POST', '/session/refresh', { 'sec-fetch-site': 'same-site', origin: 'https://www.app.example' }), kept(403, 'forbidden', 1)],
  ['refresh-unknown-place', 'CWE-352', asks('POST', '/session/refresh', {}), kept(403, 'forbidden', 1)],
  ['refresh-forged-site', 'CWE-352', asks('POST', '/session/refresh', { ...CROSS, 'sec-fetch-site': 'same-origin' }), kept(403, 'forbidden', 1)],
  ['refresh-by-get', 'CWE-352', asks('GET', '/session/refresh', OWN), kept(404, 'not_found', 1)],
  ['refresh-nobody', 'RFC 6750 §3', now, refused(401, 'not_signed_in')],
  ['refresh-unknown-provider', 'CWE-639', asks('POST', '/session/refresh?provider=nobody', OWN), kept(404, 'unknown_provider', 1)],
  ['refresh-provider-empty', 'RFC 6749 §3.1', asks('POST', '/session/refresh?provider=', OWN), goesOn(2)],
  ['refresh-provider-proto', 'CWE-1321', asks('POST', '/session/refresh?provider=__proto__', OWN), kept(404, 'unknown_provider', 1)],
  ['refresh-provider-not-connected', 'CWE-639', asks('POST', '/session/refresh?provider=two', OWN), kept(401, 'login_required', 1)],
  ['token-outside-inspect', 'RFC 10017 §6', asks('GET', '/token', OWN), kept(404, 'not_found', 1)],
  ['token-cross-site', 'CWE-352', { env: INSPECT, act: asks('GET', '/token', CROSS) }, kept(403, 'forbidden', 1)],
  ['token-same-site', 'CWE-352', { env: INSPECT, act: asks('GET', '/token', { 'sec-fetch-site': 'same-site' }) }, kept(403, 'forbidden', 1)],
  ['token-of-a-null-origin', 'CWE-352', { env: INSPECT, act: asks('GET', '/token', { origin: 'null' }) }, kept(403, 'forbidden', 1)],
  ['token-preflight', 'Fetch §3.2', { env: INSPECT, act: asks('OPTIONS', '/token', { ...CROSS, 'access-control-request-method': 'GET' }) }, kept(404, 'not_found', 1)],
];

/** The refresh token that was kept is sent, and the provider, which has used it up, refuses it. */
async function refusesOld(scene: Scene): Promise<Response> {
  const sent = () =>
    scene.op.requests.map(({ form }) => form.get('refresh_token')).filter((token) => token !== null);
  const [first] = sent();
  const response = await now(scene);
  expect(sent()).toEqual([first, first]);
  return response;
}
