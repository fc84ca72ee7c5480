import { SignJWT } from 'jose';
import { expect, vi } from 'vitest';
import { sha256Hex } from '../../src/crypto/hash.ts';
import { type AnomalyName, misbehave } from '../fakes/anomalies.ts';
import { LOGOUT_EVENT, logoutToken } from '../fakes/logout-token.ts';
import { type ScriptedProvider, signingKey } from '../fakes/scripted-provider.ts';
import { keeperOf, listed, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { locationOf, type Visitor } from '../support/visitor.ts';
import { harmless, leftAlone, type Row, refused } from './case.ts';
import type { Scene } from './scene.ts';

type Members = Record<string, unknown>;

const FORM = 'application/x-www-form-urlencoded';
const BCL = 'Back-Channel Logout §2.6';
const STAYS = { session: true, tokenRequests: 1 };
const REFUSED = leftAlone(400, 'invalid_request', STAYS);
const FORBIDDEN = leftAlone(403, 'forbidden', STAYS);
const now = () => Math.floor(Date.now() / 1000);

/** A logout token of the user, right but for what is given. */
function tokenOf({ op }: Scene, claims: Members = {}, header: Members = {}): Promise<string> {
  return logoutToken(op, { sub: op.sub, ...claims }, header);
}

let last = 0;
/** Each comes from an address of its own, so that none is held against the next. */
const address = () => `198.51.100.${++last}`;

/** A provider may post from anywhere: it is not the browser that is looked at. */
const post = (scene: Scene, body: string, path = '/backchannel-logout/op', type = FORM, from = address()) =>
  scene.stranger().send('POST', path, { headers: { 'content-type': type, 'cf-connecting-ip': from }, body });
const postFrom = (from: string) => (scene: Scene, token: string) =>
  post(scene, `logout_token=${token}`, '/backchannel-logout/op', FORM, from);

/** Somebody is signed in, the index knows of it, and a token comes by the back channel. */
const backchannel = (
  token: (scene: Scene) => string | Promise<string>,
  send = (scene: Scene, token: string) => post(scene, `logout_token=${token}`),
) => ({
  onServer: true,
  act: async (scene: Scene) => {
    await signedInWithCopy(scene);
    return send(scene, await token(scene));
  },
});
const claims = (wrong: () => Members, header: Members = {}) =>
  backchannel((scene) => tokenOf(scene, wrong(), header));

/** The same, at a provider that names its session in the ID token. */
const inSession = (sid: string, wrong: () => Members) => {
  const { act, ...setting } = claims(wrong);
  return {
    ...setting,
    act: (scene: Scene) => {
      scene.op.idTokenClaims = (right) => ({ ...right, sid });
      return act(scene);
    },
  };
};

async function signedInWithCopy(scene: Scene): Promise<void> {
  await scene.signIn();
  const { key } = await keeperOf(scene.visitor);
  await vi.waitFor(async () => expect(await listed(key)).toBeDefined());
}

/** Signed in, and then a request as it says. */
const asks = (method: string, path: string, headers: Record<string, string>) => async (scene: Scene) => {
  await scene.signIn();
  return scene.visitor.send(method, path, { headers: { accept: 'application/json', ...headers } });
};
const OWN = { origin: 'https://app.example', 'sec-fetch-site': 'same-origin' };
const CROSS = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };

const JSON_WANTED = { accept: 'application/json' };

/** The same user is signed in here and in another browser, and the index knows of both. */
const twoBrowsers = (
  act: (scene: Scene, ids: { here: string; there: string }, there: Visitor) => Promise<Response>,
) => ({
  onServer: true,
  act: async (scene: Scene) => {
    const there = scene.stranger();
    await scene.signIn('/login', there);
    await signedInWithCopy(scene);
    const [other, own] = [await keeperOf(there), await keeperOf(scene.visitor)];
    await vi.waitFor(async () => expect(await listed(other.key)).toBeDefined());
    return act(scene, { here: own.hash, there: other.hash }, there);
  },
});

const leaves = (name: AnomalyName | undefined, answer?: () => Response) => async (scene: Scene) => {
  await scene.signIn();
  if (name) await misbehave(scene.op, [name]);
  if (answer) scene.op.answers['/revoke'] = answer;
  return scene.visitor.post('/logout');
};
/** Signed in with two browsers; then something happens, and one of them signs out everywhere. */
const everywhere = (
  happens: (scene: Scene, elsewhere: Visitor) => unknown = () => {},
  query = '?everywhere=1',
  body = '',
) => ({
  onServer: true,
  act: async (scene: Scene) => {
    const elsewhere = scene.stranger();
    await scene.signIn('/login', elsewhere);
    await signedInWithCopy(scene);
    await happens(scene, elsewhere);
    await vi.waitFor(async () => expect(await listed((await keeperOf(elsewhere)).key)).toBeDefined());
    const headers = { ...OWN, 'content-type': FORM };
    const response = await scene.visitor.send('POST', `/logout${query}`, { headers, body });
    expect((await elsewhere.getJson('/session')).status).toBe(401);
    return response;
  },
});

/** The other browser has a grant of the second provider, too. */
const connectsTwo = async ({ two }: Scene, elsewhere: Visitor) =>
  elsewhere.getJson(two.callback(locationOf(await elsewhere.follow('/login/two?connect=1'))));

/** The tokens that were sent to be revoked, each once. */
const revokedAt = (op: ScriptedProvider) => [
  ...new Set(op.requests.filter(({ path }) => path === '/revoke').map(({ form }) => form.get('token'))),
];
const OUT = harmless(303, { tokenRequests: 1, location: '/' });

/** Who may end a session, and what ends with it. */
// biome-ignore format: one line a case
export const LOGOUT: readonly Row[] = [
  ['logout', 'RFC 7009 §2', leaves(undefined), OUT, ({ op }) => expect(op.paths.filter((path) => path === '/revoke')).toHaveLength(2)],
  ['logout-revocation-503', 'RFC 7009 §2.2', leaves(undefined, () => new Response('', { status: 503 })), OUT],
  ['logout-revocation-reset', 'RFC 7009 §2.2', leaves(undefined, () => { throw new TypeError('reset'); }), OUT],
  ['logout-revocation-redirect', 'RFC 9700 §4.12', leaves(undefined, () => Response.redirect('https://evil.example/', 307)), OUT],
  ['logout-get-asks-first', 'CWE-352', asks('GET', '/logout', CROSS), harmless(200, STAYS)],
  ['logout-cross-site', 'CWE-352', asks('POST', '/logout', CROSS), FORBIDDEN],
  ['logout-same-site', 'CWE-352', asks('POST', '/logout', { origin: 'https://www.app.example', 'sec-fetch-site': 'same-site' }), FORBIDDEN],
  ['logout-sandboxed', 'CWE-352', asks('POST', '/logout', { origin: 'null', 'sec-fetch-site': 'cross-site' }), FORBIDDEN],
  ['logout-typed', 'CWE-352', asks('POST', '/logout', { 'sec-fetch-site': 'none' }), FORBIDDEN],
  ['logout-silent', 'CWE-352', asks('POST', '/logout', {}), FORBIDDEN],
  ['logout-null-origin-alone', 'CWE-352', asks('POST', '/logout', { origin: 'null' }), FORBIDDEN],
  ['logout-forged-site', 'CWE-352', asks('POST', '/logout', { ...CROSS, 'sec-fetch-site': 'same-origin' }), FORBIDDEN],
  ['logout-origin-prefix', 'CWE-346', asks('POST', '/logout', { origin: 'https://app.example.evil.example' }), FORBIDDEN],
  ['logout-origin-http', 'CWE-346', asks('POST', '/logout', { origin: 'http://app.example' }), FORBIDDEN],
  ['logout-by-method-override', 'CWE-650', asks('GET', '/logout?_method=POST', { ...CROSS, 'x-http-method-override': 'POST' }), harmless(200, STAYS)],
  ['logout-by-head', 'RFC 9110 §9.3.2', asks('HEAD', '/logout', OWN), harmless(200, STAYS)],
  ['logout-everywhere-cross-site', 'CWE-352', { onServer: true, act: asks('POST', '/logout?everywhere=1', CROSS) }, FORBIDDEN],
  ['logout-everywhere-in-cookies', 'CWE-613', asks('POST', '/logout?everywhere=1', OWN), leftAlone(404, 'not_found', STAYS)],
  ['logout-everywhere', 'CWE-613', everywhere(), { ...OUT, tokenRequests: 2 }, ({ op }) => expect(revokedAt(op)).toHaveLength(4)],
  ['logout-everywhere-in-words', 'CWE-613', everywhere(undefined, '?everywhere=true'), { ...OUT, tokenRequests: 2 }],
  ['logout-everywhere-in-the-form', 'CWE-613', everywhere(undefined, '', 'everywhere=1'), { ...OUT, tokenRequests: 2 }],
  ['logout-everywhere-no', 'CWE-613', { onServer: true, act: async (scene) => {
    const elsewhere = scene.stranger();
    await scene.signIn('/login', elsewhere);
    await signedInWithCopy(scene);
    const response = await scene.visitor.post('/logout?everywhere=0');
    expect((await elsewhere.getJson('/session')).status).toBe(200);
    return response;
  } }, { ...OUT, tokenRequests: 2 }],
  ['logout-everywhere-forged-entry', 'CWE-345', { onServer: true, act: async (scene) => {
    const victim = scene.stranger();
    await scene.signIn('/login', victim);
    const { hash } = await keeperOf(victim);
    scene.op.sub = crypto.randomUUID();
    await signedInWithCopy(scene);
    const [sub, iss] = [await sha256Hex(scene.op.sub), await sha256Hex(scene.op.issuer)];
    await TOKENS.put(`by-user:${sub}:${iss}:${hash}`, '');
    const response = await scene.visitor.post('/logout?everywhere=1');
    expect((await victim.getJson('/session')).status).toBe(200);
    return response;
  } }, { ...OUT, tokenRequests: 2 }],
  ['logout-everywhere-connected', 'RFC 7009 §2', everywhere(connectsTwo), { ...OUT, tokenRequests: 3 }, ({ op, two }) => {
    expect([revokedAt(op), revokedAt(two)].map(({ length }) => length)).toEqual([4, 2]);
  }],
  ['logout-everywhere-revocation-503', 'RFC 7009 §2.2', everywhere(({ op }) => {
    op.answers['/revoke'] = () => new Response('', { status: 503 });
  }), { ...OUT, tokenRequests: 2 }],
  ['own-sessions', 'ASVS 7.5.2', twoBrowsers(async (scene, ids) => {
    const response = await scene.visitor.getJson('/sessions');
    const { sessions } = (await response.clone().json()) as { sessions: { id: string; current: boolean }[] };
    expect(sessions.map(({ id, current }) => [id, current]).sort()).toEqual([[ids.here, true], [ids.there, false]].sort());
    expect(await response.clone().text()).not.toMatch(/access-[\w-]{8}|refresh-[\w-]{8}|eyJ/);
    return response;
  }), harmless(200, { session: true, tokenRequests: 2 })],
  ['own-session-ended', 'ASVS 7.5.2', twoBrowsers(async (scene, ids, there) => {
    const response = await scene.visitor.post(`/sessions/end?id=${ids.there}`);
    expect((await there.getJson('/session')).status).toBe(401);
    expect(scene.op.paths.filter((path) => path === '/revoke')).toHaveLength(2);
    expect(await (await scene.visitor.getJson('/sessions')).text()).not.toContain(ids.there);
    return response;
  }), harmless(303, { session: true, tokenRequests: 2, location: '/sessions' })],
  ['own-session-this-one', 'ASVS 7.5.2', twoBrowsers((scene, ids) => scene.visitor.post(`/sessions/end?id=${ids.here}`, JSON_WANTED)), leftAlone(400, 'invalid_request', { session: true, tokenRequests: 2 })],
  ['own-session-cross-site', 'CWE-352', twoBrowsers((scene, ids) => scene.visitor.post(`/sessions/end?id=${ids.there}`, { ...JSON_WANTED, ...CROSS })), leftAlone(403, 'forbidden', { session: true, tokenRequests: 2 })],
  ['own-session-by-get', 'CWE-650', twoBrowsers((scene, ids) => scene.visitor.getJson(`/sessions/end?id=${ids.there}`, OWN)), leftAlone(404, 'not_found', { session: true, tokenRequests: 2 })],
  ['session-of-another-user', 'CWE-639', twoBrowsers(async (scene, ids, there) => {
    scene.op.sub = crypto.randomUUID();
    const stranger = scene.stranger();
    await scene.signIn('/login', stranger);
    const response = await stranger.post(`/sessions/end?id=${ids.here}`, JSON_WANTED);
    expect(await (await stranger.getJson('/sessions')).text()).not.toMatch(`${ids.here}|${ids.there}`);
    expect((await there.getJson('/session')).status).toBe(200);
    return response;
  }), leftAlone(404, 'not_found', { session: true, tokenRequests: 3 })],
  ['session-of-the-same-sub-elsewhere', 'OpenID Connect Core §5.7', twoBrowsers(async (scene, ids) => {
    scene.two.sub = scene.op.sub;
    const stranger = scene.stranger();
    await scene.signIn('/login/two', stranger);
    return stranger.post(`/sessions/end?id=${ids.here}`, JSON_WANTED);
  }), leftAlone(404, 'not_found', { session: true, tokenRequests: 3 })],
  ['own-session-junk', 'CWE-20', twoBrowsers((scene) => scene.visitor.post('/sessions/end?id=message:__proto__', JSON_WANTED)), leftAlone(404, 'not_found', { session: true, tokenRequests: 2 })],
  ['own-sessions-nobody', 'CWE-306', { onServer: true, act: (scene) => scene.visitor.getJson('/sessions') }, refused(401, 'not_signed_in')],
  ['own-sessions-in-cookies', 'CWE-613', asks('GET', '/sessions', {}), leftAlone(404, 'not_found', STAYS)],
  ['logout-then-old-cookie', 'CWE-613', { onServer: true, act: async (scene) => {
    await scene.signIn();
    const thief = scene.visitor.at(scene.visitor.env);
    await scene.visitor.post('/logout');
    scene.visitor = thief;
    return thief.getJson('/session');
  } }, refused(401, 'not_signed_in', 1)],
  ['logout-nobody', 'RFC 7009 §2', (scene) => scene.visitor.post('/logout'), harmless(303, { location: '/' })],
  ['logout-with-junk-cookie', 'CWE-565', (scene) => {
    scene.visitor.cookies.set('__Host-Http-session', 'junk');
    return scene.visitor.post('/logout');
  }, harmless(303, { location: '/' })],
  ['logout-return-elsewhere', 'RP-Initiated Logout §2', async (scene) => {
    await scene.signIn();
    return scene.visitor.post('/logout?post_logout_redirect_uri=https://evil.example&return_to=https://evil.example');
  }, OUT],

  ['bcl', BCL, claims(() => ({})), harmless(200, { tokenRequests: 1 })],
  ['bcl-revokes-nothing', 'Back-Channel Logout §2.7', { ...claims(() => ({})), entry: { scope: 'openid offline_access' } }, harmless(200, { tokenRequests: 1 }), ({ op }) => expect(revokedAt(op)).toEqual([])],
  ['bcl-typ-jwt', BCL, claims(() => ({}), { typ: 'JWT' }), harmless(200, { tokenRequests: 1 })],
  ['bcl-somebody-else', BCL, claims(() => ({ sub: 'user-of-another-session' })), harmless(200, STAYS)],
  ['bcl-sid-of-another-session', BCL, inSession('our-sid', () => ({ sid: 'another-sid' })), harmless(200, STAYS)],
  ['bcl-sid-of-nobody-knows-which', 'Back-Channel Logout §2.1', claims(() => ({ sid: 'another-sid' })), harmless(200, { tokenRequests: 1 })],
  ['bcl-sid-alone-of-nobody-knows-which', 'Back-Channel Logout §2.1', claims(() => ({ sid: 'another-sid', sub: undefined })), harmless(200, STAYS)],
  ['bcl-iss-wrong', BCL, claims(() => ({ iss: 'https://evil.example' })), REFUSED],
  ['bcl-iss-missing', BCL, claims(() => ({ iss: undefined })), REFUSED],
  ['bcl-aud-wrong', BCL, claims(() => ({ aud: 'client-2' })), REFUSED],
  ['bcl-aud-missing', BCL, claims(() => ({ aud: undefined })), REFUSED],
  ['bcl-event-missing', BCL, claims(() => ({ events: undefined })), REFUSED],
  ['bcl-event-other', BCL, claims(() => ({ events: { 'http://schemas.openid.net/event/other': {} } })), REFUSED],
  ['bcl-event-no-object', BCL, claims(() => ({ events: { [LOGOUT_EVENT]: 'x' } })), REFUSED],
  ['bcl-event-list', BCL, claims(() => ({ events: [LOGOUT_EVENT] })), REFUSED],
  ['bcl-nonce', BCL, claims(() => ({ nonce: 'x' })), REFUSED],
  ['bcl-nonce-empty', BCL, claims(() => ({ nonce: '' })), REFUSED],
  ['bcl-nobody', BCL, claims(() => ({ sub: undefined })), REFUSED],
  ['bcl-sub-number', BCL, claims(() => ({ sub: 7 })), REFUSED],
  ['bcl-sub-empty', BCL, claims(() => ({ sub: '' })), REFUSED],
  ['bcl-sid-number', BCL, claims(() => ({ sid: 7 })), REFUSED],
  ['bcl-stale', BCL, claims(() => ({ iat: now() - 3600 })), REFUSED],
  ['bcl-exp-past', BCL, claims(() => ({ exp: now() - 600 })), REFUSED],
  ['bcl-iat-future', BCL, claims(() => ({ iat: now() + 3600, exp: now() + 7200 })), REFUSED],
  ['bcl-iat-missing', BCL, claims(() => ({ iat: undefined })), REFUSED],
  ['bcl-exp-missing', 'older providers; bounded by iat', claims(() => ({ exp: undefined })), harmless(200, { tokenRequests: 1 })],
  ['bcl-exp-missing-stale', BCL, claims(() => ({ exp: undefined, iat: now() - 3600 })), REFUSED],
  ['bcl-sid-null', 'OpenID Connect Core §5.3.2', claims(() => ({ sid: null })), harmless(200, { tokenRequests: 1 })],
  ['bcl-sid-empty', 'OpenID Connect Core §5.3.2', claims(() => ({ sid: '' })), harmless(200, { tokenRequests: 1 })],
  ['bcl-sid-empty-alone', BCL, claims(() => ({ sid: '', sub: undefined })), REFUSED],
  ['bcl-typ-no-text', 'RFC 7515 §4.1.9', claims(() => ({}), { typ: 7 }), REFUSED],
  ['bcl-sub-null', 'OpenID Connect Core §5.3.2', claims(() => ({ sub: null })), REFUSED],
  ['bcl-sid-700-kb', 'CWE-400', claims(() => ({ sid: 's'.repeat(20_000) })), REFUSED],
  ['bcl-two-audiences', 'RFC 7519 §4.1.3', claims(() => ({ aud: ['client-1', 'another'] })), harmless(200, { tokenRequests: 1 })],
  ['bcl-jti-missing', BCL, claims(() => ({ jti: undefined })), REFUSED],
  ['bcl-typ-access-token', 'RFC 8725 §3.11', claims(() => ({}), { typ: 'at+jwt' }), REFUSED],
  ['bcl-kid-unknown', BCL, claims(() => ({}), { kid: 'key-9' }), REFUSED],
  ['bcl-alg-none', 'RFC 8725 §3.1', backchannel(async (scene) => `${btoa('{"alg":"none","typ":"logout+jwt"}').replaceAll('=', '')}.${(await tokenOf(scene)).split('.')[1]}.`), REFUSED],
  ['bcl-key-of-another', BCL, backchannel(async (scene) => {
    const right = scene.op.signing;
    scene.op.signing = { ...right, key: (await signingKey('key-1')).key };
    const forged = await tokenOf(scene);
    scene.op.signing = right;
    return forged;
  }), REFUSED],
  ['bcl-hs256', 'CVE-2015-9235', backchannel(async (scene) => new SignJWT(decoded(await tokenOf(scene))).setProtectedHeader({ alg: 'HS256', kid: 'key-1', typ: 'logout+jwt' }).sign(new TextEncoder().encode(scene.op.clientSecret))), REFUSED],
  ['bcl-id-token', BCL, backchannel(({ op }) => op.signIdToken('some-nonce')), REFUSED],
  ['bcl-id-token-without-nonce', BCL, backchannel(({ op }) => op.signIdToken(null)), REFUSED],
  ['bcl-empty', BCL, backchannel(() => ''), REFUSED],
  ['bcl-junk', BCL, backchannel(() => 'x.y.z'), REFUSED],
  ['bcl-64-kb', 'CWE-400', backchannel(() => 'x'.repeat(70_000)), REFUSED],
  ['bcl-in-the-query', BCL, backchannel(tokenOf, (scene, token) => post(scene, '', `/backchannel-logout/op?logout_token=${token}`)), REFUSED],
  ['bcl-as-json', BCL, backchannel(tokenOf, (scene, token) => post(scene, JSON.stringify({ logout_token: token }), '/backchannel-logout/op', 'application/json')), REFUSED],
  ['bcl-by-get', BCL, backchannel(tokenOf, (scene, token) => scene.stranger().getJson(`/backchannel-logout/op?logout_token=${token}`)), leftAlone(404, 'not_found', STAYS)],
  ['bcl-at-another-provider', BCL, backchannel(tokenOf, (scene, token) => post(scene, `logout_token=${token}`, '/backchannel-logout/two')), REFUSED],
  ['bcl-at-an-unknown-provider', BCL, backchannel(tokenOf, (scene, token) => post(scene, `logout_token=${token}`, '/backchannel-logout/__proto__')), leftAlone(404, 'unknown_provider', STAYS)],
  ['bcl-replayed', BCL, backchannel(tokenOf, async (scene, token) => {
    expect((await post(scene, `logout_token=${token}`)).status).toBe(200);
    await signedInWithCopy(scene);
    return post(scene, `logout_token=${token}`);
  }), { ...REFUSED, tokenRequests: 2 }],
  ['bcl-is-no-oracle', 'CWE-204', backchannel((scene) => tokenOf(scene, { sub: 'nobody-knows' }), async (scene, token) => {
    const unknown = await post(scene, `logout_token=${token}`);
    const known = await post(scene, `logout_token=${await tokenOf(scene)}`);
    expect([unknown.status, await unknown.text(), [...unknown.headers]]).toEqual([known.status, await known.clone().text(), [...known.headers]]);
    return known;
  }), harmless(200, { tokenRequests: 1 })],
  ['bcl-keys-down', BCL, backchannel(tokenOf, async (scene, token) => {
    scene.visitor = scene.visitor.at({ ...scene.visitor.env });
    await misbehave(scene.op, ['keys with 500']);
    return post(scene, `logout_token=${token}`);
  }), leftAlone(502, 'provider_unreachable', STAYS)],
  ['bcl-flood', 'CWE-770', backchannel(() => 'x.y.z', async (scene, junk) => {
    const send = postFrom(address());
    for (let sent = 0; sent < 30; sent++) expect((await send(scene, junk)).status).toBe(400);
    return send(scene, junk);
  }), leftAlone(429, 'rate_limited', STAYS)],
  ['bcl-valid-in-a-flood', BCL, backchannel(tokenOf, async (scene, token) => {
    const send = postFrom(address());
    for (let sent = 0; sent < 40; sent++) await send(scene, 'x.y.z');
    return send(scene, token);
  }), harmless(200, { tokenRequests: 1 })],
  ['bcl-flood-of-another', 'CWE-770', backchannel(tokenOf, async (scene, token) => {
    const flood = postFrom(address());
    for (let sent = 0; sent < 40; sent++) await flood(scene, 'x.y.z');
    return postFrom(address())(scene, token);
  }), harmless(200, { tokenRequests: 1 })],
  ['bcl-burst', BCL, backchannel(tokenOf, async (scene, token) => {
    const send = postFrom(address());
    for (let sent = 0; sent < 31; sent++) {
      expect((await send(scene, await tokenOf(scene, { sub: `user-${sent}` }))).status).toBe(200);
    }
    return send(scene, token);
  }), harmless(200, { tokenRequests: 1 })],
  ['bcl-in-cookies', BCL, async (scene) => {
    await scene.signIn();
    return post(scene, `logout_token=${await tokenOf(scene)}`);
  }, leftAlone(404, 'not_found', STAYS)],
];

function decoded(token: string): Members {
  return JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))) as Members;
}
