import { expect } from 'vitest';
import { locationOf } from '../support/visitor.ts';
import { leftAlone, type Row, refused, signedIn } from './case.ts';
import type { Scene } from './scene.ts';

const SIGNED_IN = { session: true, tokenRequests: 1 };

/** Starts a login at `two` in a browser that is signed in at `op`, as the headers say. */
const connects =
  (headers: Record<string, string>, path = '/login/two?connect=1') =>
  async (scene: Scene) => {
    await scene.signIn();
    return scene.visitor.getJson(path, headers);
  };

async function grants(scene: Scene): Promise<string[]> {
  const session = (await (await scene.visitor.getJson('/session')).json()) as {
    grants: { provider: string }[];
  };
  return session.grants.map(({ provider }) => provider);
}

/** Which provider an answer came from, whose code it is, whose grants those are. */
// biome-ignore format: one line a case
export const MIX_UP: readonly Row[] = [
  ['iss-other', 'RFC 9207 §2.4', 'iss of another issuer', refused(400, 'issuer_mismatch')],
  ['iss-missing', 'RFC 9207 §2.4', 'no iss', refused(400, 'issuer_mismatch')],
  ['iss-empty', 'RFC 9207 §2.4', 'an empty iss', refused(400, 'issuer_mismatch')],
  ['iss-slash', 'RFC 9207 §2.4', 'iss with a slash more', refused(400, 'issuer_mismatch')],
  ['iss-case', 'RFC 9207 §2.4', 'iss in another case', refused(400, 'issuer_mismatch')],
  ['iss-port', 'RFC 9207 §2.4', 'iss with the default port', refused(400, 'issuer_mismatch')],
  ['iss-http', 'RFC 9207 §2.4', 'iss over plain http', refused(400, 'issuer_mismatch')],
  ['iss-path', 'RFC 9207 §2.4', 'iss with a path more', refused(400, 'issuer_mismatch')],
  ['iss-user-part', 'RFC 9207 §2.4', 'iss with a user part', refused(400, 'issuer_mismatch')],
  ['iss-twice', 'RFC 6749 §3.1', 'iss twice', refused(400, 'invalid_request')],
  ['iss-polluted', 'CWE-235', 'iss twice, the second another', refused(400, 'invalid_request')],
  ['iss-other-on-error', 'RFC 9207 §2.4', 'an error of another issuer', refused(400, 'issuer_mismatch')],
  ['iss-missing-on-error', 'RFC 9207 §2.4', 'an error without iss', refused(400, 'issuer_mismatch')],
  ['path-of-another-provider', 'RFC 9700 §4.4.2', (scene) => scene.comeBack('/callback/two'), refused(400, 'state_mismatch')],
  ['path-of-the-default-provider', 'RFC 9700 §4.4.2', async (scene) => {
    const url = await scene.start('/login/two');
    return scene.visitor.getJson(`/callback?${scene.two.authorize(url)}`);
  }, refused(400, 'state_mismatch')],
  ['cookie-of-another-provider', 'RFC 9700 §4.4', async (scene) => {
    const state = (await scene.start('/login/two')).searchParams.get('state');
    return scene.visitor.getJson(`/callback?code=abcdefgh&iss=${scene.op.issuer}&state=${state}`);
  }, refused(400, 'state_mismatch')],
  ['redirect-uris-differ', 'RFC 9700 §4.4.2.2', async (scene) => {
    const uris = [await scene.start('/login/op'), await scene.start('/login/two')].map((url) => url.searchParams.get('redirect_uri'));
    expect(uris).toEqual(['https://app.example/callback', 'https://app.example/callback/two']);
    scene.visitor.cookies.clear();
    return scene.signIn();
  }, signedIn()],
  ['code-goes-to-its-own-provider', 'RFC 9700 §4.4', async (scene) => {
    const response = await scene.signIn('/login/two');
    expect(scene.op.paths).not.toContain('/token');
    return response;
  }, signedIn()],
  ['same-sub-at-two-issuers', 'OpenID Connect Core §5.7', async (scene) => {
    await scene.signIn();
    const response = await scene.signIn('/login/two');
    expect(await (await scene.visitor.getJson('/session')).json()).toMatchObject({ provider: 'two', sub: 'user-1' });
    expect(await grants(scene)).toEqual(['two']);
    return response;
  }, signedIn('/session', 2)],
  ['issuer-changed-in-mid-login', 'RFC 9700 §4.4', async (scene) => {
    const right = scene.op.authorize(await scene.start());
    const { PROVIDERS } = scene.visitor.env as { PROVIDERS: object };
    const moved = { ...scene.visitor.env, PROVIDERS: { ...PROVIDERS, op: scene.two.entry() } };
    scene.visitor = scene.visitor.at(moved);
    right.set('iss', scene.two.issuer);
    return scene.visitor.getJson(`/callback?${right}`);
  }, refused(400, 'issuer_mismatch')],
  ['provider-gone-in-mid-login', 'RFC 9700 §4.4', async (scene) => {
    const path = scene.two.callback(await scene.start('/login/two'));
    scene.visitor = scene.visitor.at({ ...scene.visitor.env, PROVIDERS: { op: scene.op.entry() } });
    return scene.visitor.getJson(path);
  }, refused(400, 'state_mismatch')],

  ['pkce-is-s256', 'RFC 7636 §4.2', async (scene) => {
    const url = await scene.start('/login?code_challenge_method=plain&code_challenge=abcdefgh');
    expect(url.searchParams.getAll('code_challenge_method')).toEqual(['S256']);
    const response = await scene.visitor.getJson(scene.op.callback(url));
    const verifier = scene.op.requests.find(({ path }) => path === '/token')?.form.get('code_verifier') ?? '';
    expect(verifier).toMatch(/^[\w.~-]{43,128}$/);
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
    const challenge = btoa(String.fromCharCode(...new Uint8Array(digest)));
    expect(url.searchParams.get('code_challenge')).toBe(challenge.replaceAll('+', '-').replaceAll('/', '_').replace('=', ''));
    return response;
  }, signedIn()],
  ['pkce-plain-asked-in-inspect', 'RFC 9700 §2.1.1', { env: { INSPECT: true }, act: async (scene) => {
    const query = new URLSearchParams({ authorization_params: 'code_challenge_method=plain\ncode_challenge=abcdefgh', code_challenge_method: 'plain' });
    const url = await scene.start(`/login?${query}`);
    expect(url.searchParams.getAll('code_challenge_method')).toEqual(['S256']);
    expect(url.href).not.toContain('abcdefgh');
    return scene.visitor.get(scene.op.callback(url));
  } }, signedIn()],
  ['pkce-injected-code', 'RFC 9700 §4.5', async (scene) => {
    const victims = scene.op.authorize(await scene.start('/login', scene.stranger()));
    return scene.comeBack('/callback', (right) => right.set('code', victims.get('code') ?? ''));
  }, refused(502, 'token_request_failed', 1)],
  ['nonce-of-another-login', 'OpenID Connect Core §3.1.3.7', async (scene) => {
    const other = (await scene.start('/login', scene.stranger())).searchParams.get('nonce');
    scene.op.idTokenClaims = (right) => ({ ...right, nonce: other });
    return scene.signIn();
  }, refused(400, 'id_token_invalid', 1)],
  ['verifier-in-no-url', 'RFC 7636 §7.1', async (scene) => {
    const url = await scene.start();
    const response = await scene.visitor.getJson(scene.op.callback(url));
    const verifier = scene.op.requests.find(({ path }) => path === '/token')?.form.get('code_verifier') ?? 'none';
    for (const shown of [url.href, ...scene.op.requests.map((request) => request.url), ...response.headers.values()]) {
      expect(shown).not.toContain(verifier);
    }
    return response;
  }, signedIn()],

  ['connect-cross-site', 'RFC 9700 §4.7', connects({ 'sec-fetch-site': 'cross-site' }), leftAlone(403, 'forbidden', SIGNED_IN)],
  ['connect-same-site', 'RFC 9700 §4.7', connects({ 'sec-fetch-site': 'same-site' }), leftAlone(403, 'forbidden', SIGNED_IN)],
  ['connect-typed', 'RFC 9700 §4.7', connects({ 'sec-fetch-site': 'none' }), leftAlone(403, 'forbidden', SIGNED_IN)],
  ['connect-unknown-place', 'RFC 9700 §4.7', connects({}), leftAlone(403, 'forbidden', SIGNED_IN)],
  ['connect-forged-origin', 'RFC 9700 §4.7', connects({ origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }), leftAlone(403, 'forbidden', SIGNED_IN)],
  ['connect-polluted', 'CWE-235', connects({ 'sec-fetch-site': 'cross-site' }, '/login/two?connect=1&connect=0'), leftAlone(403, 'forbidden', SIGNED_IN)],
  ['connect-by-own-page', 'RFC 9700 §4.7', async (scene) => {
    await scene.signIn();
    const started = await scene.visitor.follow('/login/two?connect=1');
    const response = await scene.visitor.getJson(scene.two.callback(locationOf(started)));
    expect(await grants(scene)).toEqual(['op', 'two']);
    return response;
  }, signedIn('/session', 2)],
  ['connect-renews-the-session', 'CWE-384', { onServer: true, act: async (scene) => {
    await scene.signIn();
    const before = scene.visitor.at(scene.visitor.env);
    const started = await scene.visitor.follow('/login/two?connect=1');
    const response = await scene.visitor.getJson(scene.two.callback(locationOf(started)));
    expect((await before.getJson('/session')).status).toBe(401);
    return response;
  } }, signedIn('/session', 2)],
  ['connect-to-a-replaced-session', 'CWE-384', async (scene) => {
    await scene.signIn();
    const started = locationOf(await scene.visitor.follow('/login/two?connect=1'));
    await scene.signIn();
    const response = await scene.visitor.getJson(scene.two.callback(started));
    expect(await grants(scene)).toEqual(['op']);
    return response;
  }, leftAlone(401, 'not_signed_in', { tokenRequests: 2, session: true })],
  ['connect-to-an-ended-session', 'CWE-613', async (scene) => {
    await scene.signIn();
    const started = locationOf(await scene.visitor.follow('/login/two?connect=1'));
    await scene.visitor.post('/logout');
    return scene.visitor.getJson(scene.two.callback(started));
  }, refused(401, 'not_signed_in', 1)],
  ['connect-nobody-signed-in', 'CWE-384', async (scene) => {
    const started = locationOf(await scene.visitor.follow('/login/two?connect=1'));
    return scene.visitor.getJson(scene.two.callback(started));
  }, signedIn()],
];
