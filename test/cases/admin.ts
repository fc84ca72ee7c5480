import { expect, vi } from 'vitest';
import { Sealer } from '../../src/crypto/seal.ts';
import { keeperOf, listed } from '../sessions/durable-object/keeper-stage.ts';
import { SESSION_SECRET } from '../support/settings.ts';
import { Visitor } from '../support/visitor.ts';
import { harmless, leftAlone, type Row, refused } from './case.ts';
import type { Scene } from './scene.ts';

const ADMIN_TOKEN = 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ';
const BEARER = { authorization: `Bearer ${ADMIN_TOKEN}` };
const OWN = { origin: 'https://app.example', 'sec-fetch-site': 'same-origin' };
const CROSS = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
const STAYS = { session: true, tokenRequests: 1 };
const LOCKED_OUT = refused(401, 'operator_required');

let last = 0;
/** Each case comes from an address of its own, so that none spends the guesses of the next. */
const address = () => ({ 'cf-connecting-ip': `198.51.100.${++last}` });

/** A request to the operator's pages, from an address of its own. */
const asks = (method: string, path: string, headers: Record<string, string> = {}, body?: string) => ({
  onServer: true,
  env: { ADMIN_TOKEN },
  act: (scene: Scene) =>
    scene.stranger().send(method, path, {
      headers: { accept: 'application/json', ...address(), ...headers },
      ...(body !== undefined && { body }),
    }),
});
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Somebody is signed in; the operator asks for what `path` makes of the session's id. */
const asksOf = (method: string, path: (id: string) => string, headers: Record<string, string>) => ({
  onServer: true,
  env: { ADMIN_TOKEN },
  act: async (scene: Scene) => {
    await scene.signIn();
    const { hash, key } = await keeperOf(scene.visitor);
    await vi.waitFor(async () => expect(await listed(key)).toBeDefined());
    const all = { accept: 'application/json', ...address(), ...headers };
    return scene.stranger().send(method, path(hash), { headers: all });
  },
});

/** The same, with the cookie that an operator gets who has signed in on the page. */
const withPass = (
  method: string,
  path: (id: string) => string,
  headers: Record<string, string>,
  pass: (scene: Scene) => Promise<string> = realPass,
) => ({
  ...asksOf(method, path, headers),
  act: async (scene: Scene) =>
    asksOf(method, path, { ...headers, cookie: `__Host-Http-admin=${await pass(scene)}` }).act(scene),
});
const seconds = (from: number) => Math.floor(Date.now() / 1000) + from;
const hashOfToken = async (token: string) =>
  [...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
/** What the cookie of an operator holds who has signed in on the page. */
const realPass = async (scene: Scene) => {
  const operator = scene.stranger();
  const headers = { ...FORM, ...OWN, ...address() };
  await operator.send('POST', '/admin/sign-in', { headers, body: `token=${ADMIN_TOKEN}` });
  return operator.cookies.get('__Host-Http-admin') ?? '';
};
const made = async (changes: object = {}, purpose: 'admin' | 'session' = 'admin') =>
  new Sealer([SESSION_SECRET]).seal(purpose, {
    id: crypto.randomUUID(),
    until: seconds(600),
    expires_at: seconds(600),
    token: await hashOfToken(ADMIN_TOKEN),
    ...changes,
  });

/** A cookie that was copied before its operator signed out. */
const signedOutPass = async (scene: Scene) => {
  const pass = await realPass(scene);
  const headers = { ...OWN, ...address(), cookie: `__Host-Http-admin=${pass}` };
  await scene.stranger().send('POST', '/admin/sign-out', { headers });
  return pass;
};

const noToken = async (_: Scene, response: Response) => {
  expect(await response.clone().text()).not.toMatch(/access-[\w-]{8}|refresh-[\w-]{8}|eyJ/);
};

/** Who sees what is stored, and what is seen. */
// biome-ignore format: one line a case
export const ADMIN: readonly Row[] = [
  ['admin-not-set', 'CWE-306', { onServer: true, act: (scene) => scene.visitor.getJson('/admin/sessions', BEARER) }, refused(404, 'not_found')],
  ['admin-sign-in-not-set', 'CWE-306', { onServer: true, act: (scene) => scene.visitor.post('/admin/sign-in', { accept: 'application/json' }) }, refused(404, 'not_found')],
  ['admin-no-key', 'RFC 6750 §3', asks('GET', '/admin/sessions'), LOCKED_OUT],
  ['admin-wrong-key', 'RFC 6750 §3', asks('GET', '/admin/sessions', { authorization: 'Bearer wrong' }), LOCKED_OUT],
  ['admin-longer-key', 'CWE-697', asks('GET', '/admin/sessions', { authorization: `Bearer ${ADMIN_TOKEN}x` }), LOCKED_OUT],
  ['admin-shorter-key', 'CWE-697', asks('GET', '/admin/sessions', { authorization: `Bearer ${ADMIN_TOKEN.slice(0, -1)}` }), LOCKED_OUT],
  ['admin-key-in-another-case', 'CWE-178', asks('GET', '/admin/sessions', { authorization: `Bearer ${ADMIN_TOKEN.toLowerCase()}` }), LOCKED_OUT],
  ['admin-key-compared-in-constant-time', 'CWE-208', { onServer: true, env: { ADMIN_TOKEN }, act: async (scene) => {
    const compare = vi.spyOn(crypto.subtle, 'timingSafeEqual');
    for (const guess of ['short', ADMIN_TOKEN.slice(0, -1), `${ADMIN_TOKEN.slice(0, -1)}x`, `${ADMIN_TOKEN}x`]) {
      await scene.visitor.getJson('/admin/sessions', { ...address(), authorization: `Bearer ${guess}` });
    }
    expect(compare).toHaveBeenCalledTimes(4);
    compare.mockRestore();
    return scene.visitor.getJson('/admin/sessions', address());
  } }, LOCKED_OUT],
  ['admin-empty-key', 'RFC 6750 §3', asks('GET', '/admin/sessions', { authorization: 'Bearer ' }), LOCKED_OUT],
  ['admin-no-scheme', 'RFC 6750 §2.1', asks('GET', '/admin/sessions', { authorization: ADMIN_TOKEN }), LOCKED_OUT],
  ['admin-other-scheme', 'RFC 6750 §2.1', asks('GET', '/admin/sessions', { authorization: `Basic ${ADMIN_TOKEN}` }), LOCKED_OUT],
  ['admin-key-twice', 'CWE-235', asks('GET', '/admin/sessions', { authorization: `Bearer ${ADMIN_TOKEN}, Bearer wrong` }), LOCKED_OUT],
  ['admin-key-64-kb', 'CWE-400', asks('GET', '/admin/sessions', { authorization: `Bearer ${'x'.repeat(65_536)}` }), LOCKED_OUT],
  ['admin-key-in-the-query', 'RFC 6750 §2.3', asks('GET', `/admin/sessions?access_token=${ADMIN_TOKEN}`), LOCKED_OUT],
  ['admin-key-in-another-header', 'RFC 6750 §2.1', asks('GET', '/admin/sessions', { 'x-admin-token': ADMIN_TOKEN }), LOCKED_OUT],
  ['admin-key-proto', 'CWE-1321', asks('GET', '/admin/sessions', { authorization: 'Bearer __proto__' }), LOCKED_OUT],
  ['admin-post-without-key', 'CWE-306', asks('POST', `/admin/sessions/${'0'.repeat(64)}/revoke`, OWN), LOCKED_OUT],
  ['admin-reseal-without-key', 'CWE-306', asks('POST', '/admin/reseal', OWN), LOCKED_OUT],
  ['admin-unknown-page-without-key', 'CWE-204', asks('GET', '/admin/nothing-here'), LOCKED_OUT],
  ['admin-path-in-capitals', 'CWE-178', asks('GET', '/ADMIN/sessions'), refused(404, 'not_found')],
  ['admin-path-dots', 'CWE-22', asks('GET', '/assets/%2e%2e/admin/sessions'), LOCKED_OUT],
  ['admin-path-encoded-slash', 'CWE-22', asks('GET', '/assets%2f..%2fadmin'), refused(404, 'not_found')],
  ['admin-access-header-unset', 'CWE-290', asks('GET', '/admin/sessions', { 'cf-access-jwt-assertion': 'eyJhbGciOiJub25lIn0.e30.' }), LOCKED_OUT],
  ['admin-sign-in-cross-site', 'CWE-352', asks('POST', '/admin/sign-in', { ...FORM, ...CROSS }, `token=${ADMIN_TOKEN}`), refused(403, 'forbidden')],
  ['admin-sign-in-wrong', 'CWE-307', asks('POST', '/admin/sign-in', { ...FORM, ...OWN }, 'token=wrong'), LOCKED_OUT],
  ['admin-sign-in-list', 'CWE-20', asks('POST', '/admin/sign-in', { ...FORM, ...OWN }, `token[]=${ADMIN_TOKEN}`), LOCKED_OUT],
  ['admin-sign-in-json', 'CWE-436', asks('POST', '/admin/sign-in', { ...OWN, 'content-type': 'application/json' }, JSON.stringify({ token: ADMIN_TOKEN })), refused(400, 'invalid_request')],
  ['admin-sign-in-multipart-junk', 'CWE-20', asks('POST', '/admin/sign-in', { ...OWN, 'content-type': 'multipart/form-data; boundary=x' }, '--x--'), refused(400, 'invalid_request')],
  ['admin-sign-out-cross-site', 'CWE-352', withPass('POST', () => '/admin/sign-out', CROSS), leftAlone(403, 'forbidden', STAYS)],
  ['admin-guesses', 'CWE-307', { onServer: true, env: { ADMIN_TOKEN }, act: async (scene) => {
    const from = address();
    for (let guess = 0; guess < 10; guess++) {
      const headers = { ...from, authorization: `Bearer guess-${guess}`, 'x-forwarded-for': `203.0.113.${guess}`, 'x-real-ip': `203.0.113.${guess}`, 'true-client-ip': `203.0.113.${guess}` };
      expect((await scene.visitor.getJson('/admin/sessions', headers)).status).toBe(401);
    }
    expect((await scene.visitor.getJson('/admin/sessions', { ...from, ...BEARER })).status).toBe(200);
    return scene.visitor.getJson('/admin/sessions', { ...from, authorization: 'Bearer guess' });
  } }, refused(429, 'rate_limited')],
  ['admin-guesses-from-one-network', 'CWE-307', { onServer: true, env: { ADMIN_TOKEN }, act: async (scene) => {
    const from = (host: number) => ({ 'cf-connecting-ip': `2001:db8:7:7::${host.toString(16)}` });
    for (let guess = 1; guess <= 10; guess++) {
      const headers = { ...from(guess), authorization: `Bearer guess-${guess}` };
      expect((await scene.visitor.getJson('/admin/sessions', headers)).status).toBe(401);
    }
    return scene.visitor.getJson('/admin/sessions', { ...from(11), authorization: 'Bearer guess' });
  } }, refused(429, 'rate_limited')],
  ['admin-limiter', 'CWE-307', limited('/admin/sessions'), refused(429, 'rate_limited')],
  ['login-limiter', 'CWE-770', limited('/login'), refused(429, 'rate_limited')],
  ['login-limiter-by-provider', 'CWE-770', limited('/login/op'), refused(429, 'rate_limited')],
  ['callback-limiter', 'CWE-770', limited('/callback?code=x'), refused(429, 'rate_limited')],

  ['admin-list', 'CWE-200', asksOf('GET', () => '/admin/sessions', BEARER), harmless(200, STAYS), noToken],
  ['admin-one', 'CWE-200', asksOf('GET', (id) => `/admin/sessions/${id}`, BEARER), harmless(200, STAYS), noToken],
  ['admin-providers-no-secret', 'CWE-200', asks('GET', '/admin/providers', BEARER), harmless(200), async ({ op }, response) => expect(await response.clone().text()).not.toContain(op.clientSecret)],
  ['admin-unknown-id', 'CWE-639', asksOf('GET', () => `/admin/sessions/${'0'.repeat(64)}`, BEARER), leftAlone(404, 'not_found', STAYS)],
  ['admin-id-traversal', 'CWE-22', asksOf('GET', () => '/admin/sessions/..%2f..%2fhealthz', BEARER), leftAlone(404, 'not_found', STAYS)],
  ['admin-id-in-capitals', 'CWE-178', asksOf('GET', (id) => `/admin/sessions/${id.toUpperCase()}`, BEARER), leftAlone(404, 'not_found', STAYS)],
  ['admin-id-proto', 'CWE-1321', asksOf('GET', () => '/admin/sessions/__proto__', BEARER), leftAlone(404, 'not_found', STAYS)],
  ['admin-reveal-by-get', 'CWE-650', asksOf('GET', (id) => `/admin/sessions/${id}/reveal`, BEARER), leftAlone(404, 'not_found', STAYS)],
  ['admin-revoke-by-get', 'CWE-650', asksOf('GET', (id) => `/admin/sessions/${id}/revoke`, BEARER), leftAlone(404, 'not_found', STAYS)],
  ['admin-revoke-nobody', 'CWE-20', asksOf('POST', () => '/admin/sessions/revoke?provider=op', BEARER), leftAlone(400, 'invalid_request', STAYS)],
  ['admin-revoke', 'CWE-613', asksOf('POST', (id) => `/admin/sessions/${id}/revoke`, BEARER), harmless(200, { tokenRequests: 1 })],
  ['admin-cookie', 'CWE-613', withPass('GET', () => '/admin/sessions', {}), harmless(200, STAYS), noToken],
  ['admin-cookie-cross-site-revoke', 'CWE-352', withPass('POST', (id) => `/admin/sessions/${id}/revoke`, CROSS), leftAlone(403, 'forbidden', STAYS)],
  ['admin-cookie-cross-site-reveal', 'CWE-352', withPass('POST', (id) => `/admin/sessions/${id}/reveal`, CROSS), leftAlone(403, 'forbidden', STAYS)],
  ['admin-cookie-silent-reveal', 'CWE-352', withPass('POST', (id) => `/admin/sessions/${id}/reveal`, {}), leftAlone(403, 'forbidden', STAYS)],
  ['admin-cookie-made-up', 'CWE-565', withPass('GET', () => '/admin/sessions', {}, async () => 'x'), leftAlone(401, 'operator_required', STAYS)],
  ['admin-cookie-expired', 'CWE-613', withPass('GET', () => '/admin/sessions', {}, () => made({ expires_at: seconds(-1) })), leftAlone(401, 'operator_required', STAYS)],
  ['admin-cookie-of-another-key', 'CWE-613', withPass('GET', () => '/admin/sessions', {}, async () => made({ token: await hashOfToken('another') })), leftAlone(401, 'operator_required', STAYS)],
  ['admin-cookie-of-no-key', 'CWE-565', withPass('GET', () => '/admin/sessions', {}, () => made({ token: undefined })), leftAlone(401, 'operator_required', STAYS)],
  ['admin-cookie-that-nobody-was-given', 'CWE-613', withPass('GET', () => '/admin/sessions', {}, () => made()), leftAlone(401, 'operator_required', STAYS)],
  ['admin-cookie-after-sign-out', 'CWE-613', withPass('GET', () => '/admin/sessions', {}, signedOutPass), leftAlone(401, 'operator_required', STAYS)],
  ['admin-cookie-of-session-purpose', 'NIST SP 800-108', withPass('GET', () => '/admin/sessions', {}, () => made({}, 'session')), leftAlone(401, 'operator_required', STAYS)],
  ['admin-session-cookie', 'CWE-565', { onServer: true, env: { ADMIN_TOKEN }, act: async (scene) => {
    await scene.signIn();
    const stranger = new Visitor(scene.visitor.env);
    stranger.cookies.set('__Host-Http-admin', scene.visitor.cookies.get('__Host-Http-session') ?? '');
    return stranger.getJson('/admin/sessions', address());
  } }, leftAlone(401, 'operator_required', STAYS)],
];

function limited(path: string) {
  const LIMITER = { limit: async () => ({ success: false }) };
  return {
    env: { LIMITER, ADMIN_TOKEN },
    onServer: true,
    act: (scene: Scene) => scene.visitor.getJson(path, address()),
  };
}
