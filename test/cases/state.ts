import { expect, vi } from 'vitest';
import { Sealer } from '../../src/crypto/seal.ts';
import { OTHER_SECRET, SESSION_SECRET } from '../support/settings.ts';
import { harmless, leftAlone, type Row, refused, signedIn } from './case.ts';
import type { Scene } from './scene.ts';

const OPEN = { open: true };
const LOGIN = '__Host-Http-login-';

/** Starts a login, does something to its cookie, and comes back. */
const withCookie =
  (spoil: (value: string, scene: Scene) => string | Promise<string>) => async (scene: Scene) => {
    const path = scene.op.callback(await scene.start());
    const [name, value] = scene.loginCookie;
    scene.visitor.cookies.set(name, await spoil(value, scene));
    return scene.visitor.getJson(path);
  };

/** The cookie sealed anew with the right secret: what it holds is changed, or what it was sealed for. */
const resealed =
  (purpose: 'login' | 'session' | 'prepared' | 'record' | 'admin', change: object = {}) =>
  async (value: string) => {
    const sealer = new Sealer([SESSION_SECRET]);
    return sealer.seal(purpose, { ...(await (sealer.open('login', value) as Promise<object>)), ...change });
  };

/** Comes back with the given query while a login is open. */
const query = (query: string) => async (scene: Scene) => {
  await scene.start();
  return scene.visitor.getJson(`/callback?${query}`);
};

const part = (at: number, change: (part: string) => string) => (value: string) =>
  value
    .split('.')
    .map((each, index) => (index === at ? change(each) : each))
    .join('.');
const flipped = (text: string) => text.slice(0, 2) + (text[2] === 'A' ? 'B' : 'A') + text.slice(3);

async function finishedLater(scene: Scene, seconds: number): Promise<Response> {
  const path = scene.op.callback(await scene.start());
  vi.useFakeTimers({ now: Date.now() + seconds * 1000, toFake: ['Date'] });
  return scene.visitor.getJson(path);
}

async function rotated(scene: Scene, SESSION_SECRET: string): Promise<Response> {
  const path = scene.op.callback(await scene.start());
  scene.visitor = scene.visitor.at({ ...scene.visitor.env, SESSION_SECRET });
  return scene.visitor.getJson(path);
}

/** Login CSRF, fixation, tossed and altered cookies, replays. */
// biome-ignore format: one line a case
export const STATE: readonly Row[] = [
  ['no-cookie', 'RFC 6749 §10.12', async (scene) => {
    const path = scene.op.callback(await scene.start());
    scene.visitor.cookies.clear();
    return scene.visitor.getJson(path);
  }, refused(400, 'state_mismatch')],
  ['login-csrf', 'RFC 9700 §4.7', async (scene) => {
    const attacker = scene.stranger();
    return scene.visitor.getJson(scene.op.callback(await scene.start('/login', attacker)));
  }, refused(400, 'state_mismatch')],
  ['login-csrf-beside-own', 'RFC 9700 §4.7', async (scene) => {
    const attacked = scene.op.callback(await scene.start('/login', scene.stranger()));
    await scene.start();
    return scene.visitor.getJson(attacked);
  }, leftAlone(400, 'state_mismatch', OPEN)],
  ['state-missing', 'RFC 6749 §4.1.2', query('code=abcdefgh'), leftAlone(400, 'state_mismatch', OPEN)],
  ['state-empty', 'RFC 6749 §4.1.2', query('code=abcdefgh&state='), leftAlone(400, 'state_mismatch', OPEN)],
  ['state-of-nobody', 'RFC 6749 §10.12', query(`code=abcdefgh&state=${'x'.repeat(43)}`), leftAlone(400, 'state_mismatch', OPEN)],
  ['state-100-kb', 'CWE-400', query(`code=abcdefgh&state=${'x'.repeat(100_000)}`), leftAlone(400, 'state_mismatch', OPEN)],
  ['state-invalid-utf-8', 'RFC 6749 App. B', query('code=abcdefgh&state=%ff%fe'), leftAlone(400, 'state_mismatch', OPEN)],
  ['state-nul', 'CWE-158', query('code=abcdefgh&state=%00'), leftAlone(400, 'state_mismatch', OPEN)],
  ['state-proto', 'CWE-1321', query('code=abcdefgh&state=__proto__'), leftAlone(400, 'state_mismatch', OPEN)],
  ['state-as-list', 'CWE-235', query('code=abcdefgh&state[]=abcdefgh'), leftAlone(400, 'state_mismatch', OPEN)],
  ['state-in-fragment-only', 'RFC 6749 §4.1.2', query('#state=abcdefgh'), leftAlone(400, 'state_mismatch', OPEN)],
  ['state-prefix', 'CWE-697', async (scene) => {
    const state = (await scene.start()).searchParams.get('state') ?? '';
    return scene.visitor.getJson(`/callback?code=abcdefgh&state=${state.slice(0, -1)}`);
  }, leftAlone(400, 'state_mismatch', OPEN)],
  ['state-in-another-case', 'CWE-178', async (scene) => {
    const state = (await scene.start()).searchParams.get('state') ?? '';
    return scene.visitor.getJson(`/callback?code=abcdefgh&state=${swapCase(state)}`);
  }, leftAlone(400, 'state_mismatch', OPEN)],
  ['state-as-header-only', 'RFC 6749 §4.1.2', async (scene) => {
    const state = (await scene.start()).searchParams.get('state') ?? '';
    return scene.visitor.getJson('/callback?code=abcdefgh', { state, 'x-state': state });
  }, leftAlone(400, 'state_mismatch', OPEN)],

  ['cookie-header-flipped', 'CWE-565', withCookie(part(0, flipped)), refused(400, 'state_mismatch')],
  ['cookie-iv-flipped', 'CWE-565', withCookie(part(2, flipped)), refused(400, 'state_mismatch')],
  ['cookie-ciphertext-flipped', 'CWE-565', withCookie(part(3, flipped)), refused(400, 'state_mismatch')],
  ['cookie-tag-flipped', 'CWE-565', withCookie(part(4, flipped)), refused(400, 'state_mismatch')],
  ['cookie-tag-missing', 'CWE-354', withCookie(part(4, () => '')), refused(400, 'state_mismatch')],
  ['cookie-tag-short', 'CWE-354', withCookie(part(4, (tag) => tag.slice(0, 5))), refused(400, 'state_mismatch')],
  ['cookie-cut', 'CWE-565', withCookie((value) => value.slice(0, value.length / 2)), refused(400, 'state_mismatch')],
  ['cookie-oversized', 'CWE-400', withCookie((value) => value + 'A'.repeat(60_000)), refused(400, 'state_mismatch')],
  ['cookie-alg-none', 'RFC 8725 §2.1', withCookie(() => 'eyJhbGciOiJub25lIn0.e30.'), refused(400, 'state_mismatch')],
  ['cookie-alg-other', 'RFC 8725 §3.1', withCookie(part(0, () => btoa('{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":9999999}'))), refused(400, 'state_mismatch')],
  ['cookie-zip-bomb', 'RFC 8725 §3.6', withCookie(part(0, () => btoa('{"alg":"dir","enc":"A256GCM","zip":"DEF"}'))), refused(400, 'state_mismatch')],
  ['cookie-plain-json', 'CWE-565', withCookie(() => encodeURIComponent('{"state":"x"}')), refused(400, 'state_mismatch')],
  ['cookie-empty', 'CWE-565', withCookie(() => ''), refused(400, 'state_mismatch')],
  ['cookie-of-session-purpose', 'NIST SP 800-108', withCookie(resealed('session')), refused(400, 'state_mismatch')],
  ['cookie-of-prepared-purpose', 'NIST SP 800-108', withCookie(resealed('prepared')), refused(400, 'state_mismatch')],
  ['cookie-of-record-purpose', 'NIST SP 800-108', withCookie(resealed('record')), refused(400, 'state_mismatch')],
  ['cookie-under-another-name', 'RFC 6265 §8.6', async (scene) => {
    const path = scene.op.callback(await scene.start());
    const [name, value] = scene.loginCookie;
    scene.visitor.cookies.delete(name);
    scene.visitor.cookies.set('login-0', value);
    const response = await scene.visitor.getJson(path);
    scene.visitor.cookies.delete('login-0');
    return response;
  }, refused(400, 'state_mismatch')],
  ['cookie-as-session', 'CWE-565', async (scene) => {
    await scene.start();
    scene.visitor.cookies.set('__Host-Http-session', scene.loginCookie[1]);
    scene.visitor.cookies.delete(scene.loginCookie[0]);
    return scene.visitor.getJson('/session');
  }, refused(401, 'not_signed_in')],
  ['prepared-as-login', 'RFC 9700 §4.7', { env: { INSPECT: true }, act: async (scene) => {
    const page = await (await scene.visitor.get('/')).text();
    scene.visitor.cookies.set(`${LOGIN}abcdefgh`, /name="prepared" value="([^"]+)"/.exec(page)?.[1] ?? 'none');
    return scene.visitor.getJson('/callback?code=abcdefgh&state=abcdefgh');
  } }, refused(400, 'state_mismatch')],

  ['cookie-tossed-duplicate', 'RFC 6265 §5.4', async (scene) => {
    const path = scene.op.callback(await scene.start());
    const [name, value] = scene.loginCookie;
    // Browsers send the cookie with the longer path first; a tossed one may stand before ours.
    scene.visitor.cookies.set(name, `tossed; ${name}=${value}`);
    return scene.visitor.getJson(path);
  }, refused(400, 'state_mismatch')],
  ['cookie-chunk-injected', 'CWE-565', async (scene) => {
    const path = scene.op.callback(await scene.start());
    scene.visitor.cookies.set(`${scene.loginCookie[0]}.1`, 'injected');
    return scene.visitor.getJson(path);
  }, signedIn()],
  ['cookie-chunk-alone', 'CWE-565', async (scene) => {
    const path = scene.op.callback(await scene.start());
    const [name, value] = scene.loginCookie;
    scene.visitor.cookies.delete(name);
    scene.visitor.cookies.set(`${name}.1`, value);
    const response = await scene.visitor.getJson(path);
    scene.visitor.cookies.delete(`${name}.1`);
    return response;
  }, refused(400, 'state_mismatch')],
  ['session-chunk-injected', 'CWE-565', async (scene) => {
    await scene.signIn();
    scene.visitor.cookies.set('__Host-Http-session.1', 'injected');
    return scene.visitor.getJson('/session');
  }, harmless(200, { session: true, tokenRequests: 1 })],
  ['session-chunk-gap', 'CWE-565', async (scene) => {
    scene.visitor.cookies.set('__Host-Http-session', 'A'.repeat(3800));
    scene.visitor.cookies.set('__Host-Http-session.2', 'A'.repeat(3800));
    const response = await scene.visitor.getJson('/session');
    scene.visitor.cookies.delete('__Host-Http-session.2');
    return response;
  }, refused(401, 'not_signed_in')],
  ['session-chunks-endless', 'CWE-400', async (scene) => {
    for (let chunk = 1; chunk < 60; chunk++) scene.visitor.cookies.set(`__Host-Http-session.${chunk}`, 'A'.repeat(1900));
    scene.visitor.cookies.set('__Host-Http-session', 'A'.repeat(3800));
    return scene.visitor.getJson('/session');
  }, refused(401, 'not_signed_in')],
  ['cookies-by-the-hundred', 'CWE-400', async (scene) => {
    const path = scene.op.callback(await scene.start());
    for (let name = 0; name < 400; name++) scene.visitor.cookies.set(`c${name}`, 'x'.repeat(40));
    return scene.visitor.getJson(path);
  }, signedIn()],
  ['cookies-that-are-junk', 'CWE-20', async (scene) => {
    for (const name of ['__proto__', 'constructor', 'a b', '%00', '=']) scene.visitor.cookies.set(name, '%ff%00;;=');
    return scene.signIn();
  }, signedIn()],
  ['login-slots-all-junk', 'CWE-400', async (scene) => {
    for (let slot = 0; slot < 5; slot++) scene.visitor.cookies.set(`${LOGIN}${slot}`, 'junk'.repeat(800));
    return scene.signIn();
  }, { ...signedIn(), open: true }],
  ['session-fixed', 'CWE-384', async (scene) => {
    const attacker = scene.stranger();
    await scene.signIn('/login', attacker);
    scene.visitor = attacker.at(attacker.env);
    const response = await scene.signIn();
    expect(scene.visitor.cookies.get('__Host-Http-session')).not.toBe(attacker.cookies.get('__Host-Http-session'));
    return response;
  }, signedIn('/session', 2)],
  ['session-fixed-on-server', 'CWE-384', { onServer: true, act: async (scene) => {
    const attacker = scene.stranger();
    await scene.signIn('/login', attacker);
    scene.visitor = attacker.at(attacker.env);
    const response = await scene.signIn();
    expect((await attacker.getJson('/session')).status).toBe(401);
    return response;
  } }, signedIn('/session', 2)],

  ['expired', 'RFC 9700 §4.7.1', (scene) => finishedLater(scene, 601), refused(400, 'login_expired')],
  ['expired-on-the-second', 'RFC 9700 §4.7.1', (scene) => finishedLater(scene, 600), refused(400, 'login_expired')],
  ['in-the-last-second', 'RFC 9700 §4.7.1', async (scene) => {
    scene.op.idTokenClaims = (right) => right;
    return finishedLater(scene, 598);
  }, signedIn()],
  ['replay-in-the-browser', 'RFC 9700 §4.2.4', async (scene) => {
    const path = scene.op.callback(await scene.start());
    await scene.visitor.getJson(path);
    return scene.visitor.getJson(path);
  }, signedIn()],
  ['replay-with-old-cookies', 'RFC 9700 §4.7.1', async (scene) => {
    const path = scene.op.callback(await scene.start());
    const thief = scene.visitor.at(scene.visitor.env);
    await thief.getJson(path);
    vi.useFakeTimers({ now: Date.now() + 11_000, toFake: ['Date'] });
    return scene.visitor.getJson(path);
  }, refused(400, 'state_mismatch', 1)],
  ['replay-with-another-code', 'RFC 9700 §4.7.1', async (scene) => {
    const path = scene.op.callback(await scene.start());
    const thief = scene.visitor.at(scene.visitor.env);
    await thief.getJson(path);
    return scene.visitor.getJson(path.replace(/code=[^&]+/, 'code=abcdefgh'));
  }, refused(400, 'state_mismatch', 1)],
  ['replay-after-a-refusal', 'RFC 9700 §4.7.1', async (scene) => {
    const url = await scene.start();
    const copy = new Map(scene.visitor.cookies);
    await scene.visitor.getJson(`/callback?error=access_denied&iss=${scene.op.issuer}&state=${url.searchParams.get('state')}`);
    for (const [name, value] of copy) scene.visitor.cookies.set(name, value);
    return scene.visitor.getJson(scene.op.callback(url));
  }, refused(400, 'state_mismatch')],
  ['replay-after-logout', 'RFC 9700 §4.7.1', async (scene) => {
    const path = scene.op.callback(await scene.start());
    await scene.visitor.getJson(path);
    await scene.visitor.post('/logout');
    return scene.visitor.getJson(path);
  }, refused(400, 'state_mismatch', 1)],
  ['callback-twice-at-once', 'RFC 9700 §4.7.1', async (scene) => {
    const path = scene.op.callback(await scene.start());
    const twin = scene.visitor.at(scene.visitor.env);
    const [first, second] = await Promise.all([scene.visitor.getJson(path), twin.getJson(path)]);
    expect([first.status, second.status]).toEqual([303, 303]);
    expect(twin.cookies.get('__Host-Http-session')).toBe(scene.visitor.cookies.get('__Host-Http-session'));
    return first;
  }, signedIn()],
  ['two-tabs-in-order', 'RFC 6749 §10.12', (scene) => twoTabs(scene, false), signedIn('/session', 2)],
  ['two-tabs-crossed', 'RFC 6749 §10.12', (scene) => twoTabs(scene, true), signedIn('/session', 2)],
  ['fifty-abandoned', 'CWE-400', async (scene) => {
    for (let round = 0; round < 49; round++) await scene.start();
    const url = await scene.start();
    const sent = [...scene.visitor.cookies].map((cookie) => cookie.join('=')).join('; ');
    expect(sent.length).toBeLessThanOrEqual(10_240);
    expect(scene.visitor.cookies.size).toBeGreaterThanOrEqual(10);
    const response = await scene.visitor.getJson(scene.op.callback(url));
    for (const name of [...scene.visitor.cookies.keys()]) if (name.includes('login-')) scene.visitor.cookies.delete(name);
    return response;
  }, signedIn()],
  ['secret-rotated-still-listed', 'NIST SP 800-57', (scene) => rotated(scene, `${OTHER_SECRET},${SESSION_SECRET}`), signedIn()],
  ['secret-rotated-unlisted', 'NIST SP 800-57', (scene) => rotated(scene, OTHER_SECRET), refused(400, 'state_mismatch')],
  ['thousand-starts-all-different', 'RFC 9700 §4.5.3', async (scene) => {
    const values = new Set<string>();
    for (let round = 0; round < 1000; round++) {
      const { searchParams } = await scene.start();
      for (const name of ['state', 'nonce', 'code_challenge']) values.add(searchParams.get(name) ?? '');
      scene.visitor.cookies.clear();
    }
    expect(values.size).toBe(3000);
    for (const value of values) expect(value).toMatch(/^[\w-]{43}$/);
    return scene.signIn();
  }, signedIn()],
];

function swapCase(text: string): string {
  return [...text]
    .map((each) => (each === each.toUpperCase() ? each.toLowerCase() : each.toUpperCase()))
    .join('');
}

async function twoTabs(scene: Scene, crossed: boolean): Promise<Response> {
  const tabs = [await scene.start(), await scene.start()] as const;
  const [first, last] = crossed ? [tabs[1], tabs[0]] : tabs;
  expect((await scene.visitor.getJson(scene.op.callback(first))).status).toBe(303);
  return scene.visitor.getJson(scene.op.callback(last));
}
