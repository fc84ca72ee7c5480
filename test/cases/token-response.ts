import { base64url, decodeJwt } from 'jose';
import { expect, vi } from 'vitest';
import type { AnomalyName } from '../fakes/anomalies.ts';
import { locationOf } from '../support/visitor.ts';
import { escaped, harmless, type Row, refused, signedIn } from './case.ts';
import type { Scene } from './scene.ts';

const UNREACHABLE = refused(502, 'provider_unreachable', 1);
const INVALID = refused(502, 'token_response_invalid', 1);
const FAILED = refused(502, 'token_request_failed', 1);

/** The grant that the token response has made. */
const grant = (expected: object) => async (scene: Scene) => {
  const session = (await (await scene.visitor.getJson('/session')).json()) as { grants: object[] };
  expect(session.grants).toEqual([expect.objectContaining(expected)]);
};

/** What the session knows of the user. */
const told = (claims: object) => async (scene: Scene) => {
  const session = (await (await scene.visitor.getJson('/session')).json()) as { claims: object };
  expect(session.claims).toEqual(claims);
};

const read = (...anomalies: AnomalyName[]) => ({ entry: { scope: 'openid read' }, anomalies });
const PAR = { require_pushed_authorization_requests: true };
const pushedTo = (answer: () => Response) => ({
  entry: { ...PAR, pushed_authorization_request_endpoint: 'https://op.example/par' },
  act: (scene: Scene) => {
    scene.op.answers['/par'] = answer;
    return scene.signIn();
  },
});

/** What the token endpoint answers, and what the other endpoints of a login do. */
// biome-ignore format: one line a case
export const TOKEN_RESPONSE: readonly Row[] = [
  ['html', 'RFC 6749 §5.1', 'tokens as HTML', INVALID],
  ['json-called-text', 'RFC 6749 §5.1', 'tokens as JSON called text', signedIn()],
  ['form', 'RFC 6749 §5.1', 'tokens as a form', INVALID],
  ['broken-json', 'RFC 6749 §5.1', 'tokens as broken JSON', INVALID],
  ['array', 'RFC 6749 §5.1', 'tokens as an array', INVALID],
  ['null', 'RFC 6749 §5.1', 'tokens as null', INVALID],
  ['string', 'RFC 6749 §5.1', 'tokens as a text', INVALID],
  ['empty-object', 'RFC 6749 §5.1', 'tokens as an empty object', INVALID],
  ['empty-body', 'RFC 6749 §5.1', 'tokens as an empty body', INVALID],
  ['invalid-utf-8', 'RFC 8259 §8.1', 'tokens as invalid UTF-8', INVALID],
  ['nested', 'CWE-674', 'tokens nested 20,000 deep', INVALID],
  ['status-201', 'RFC 9110 §15.3.2', 'tokens with status 201', signedIn()],
  ['status-203', 'RFC 9110 §15.3.4', 'tokens with status 203', signedIn()],
  ['line-breaks-around', 'RFC 8259 §2', 'tokens between line breaks', signedIn()],
  ['busy-with-400', 'RFC 6749 §4.1.2.1', '400 temporarily_unavailable', UNREACHABLE],
  ['status-204', 'RFC 6749 §5.1', 'tokens with status 204', FAILED],
  ['status-206', 'RFC 6749 §5.1', 'tokens with status 206', FAILED],
  ['two-megabytes', 'CWE-400', 'tokens in 2 MB', INVALID],
  ['fifty-megabytes', 'CWE-400', 'tokens without end', INVALID],
  ['gzip-bomb', 'CWE-409', 'tokens as a gzip bomb', INVALID],
  ['error-with-200', 'RFC 6749 §5.2', 'an error with 200', FAILED],
  ['error-beside-tokens', 'RFC 6749 §5.2', 'an error beside tokens', FAILED],
  ['error-that-is-no-text', 'RFC 6749 §5.2', 'an error that is no text', FAILED],
  ['error-with-markup', 'CWE-79', 'an error with markup', FAILED],
  ['invalid-grant', 'RFC 6749 §5.2', '400 invalid_grant', FAILED],
  ['invalid-request', 'RFC 6749 §5.2', '400 invalid_request', FAILED],
  ['token-unauthorized-client', 'RFC 6749 §5.2', '400 unauthorized_client', FAILED],
  ['unsupported-grant-type', 'RFC 6749 §5.2', '400 unsupported_grant_type', FAILED],
  ['code-in-the-words', 'CWE-532', '400 with the code in its words', FAILED],
  ['tokens-in-the-words', 'CWE-532', { act: (scene) => {
    scene.op.answers['/token'] = () => Response.json({ error: 'invalid_grant', error_description: 'eyJhbGciOiJub25lIn0.e30. was for refresh-0123456789abcdef' }, { status: 400 });
    return scene.signIn();
  } }, FAILED],
  ['400-without-a-word', 'RFC 6749 §5.2', '400 without a word', FAILED],
  ['invalid-client', 'RFC 6749 §5.2', '401 invalid_client', FAILED],
  ['challenge', 'RFC 9110 §11.6.1', '401 with a challenge', FAILED],
  ['403-html', 'RFC 6749 §5.2', '403 as HTML', FAILED],
  ['404', 'RFC 6749 §5.2', '404', FAILED],
  ['429', 'RFC 6585 §4', '429', FAILED],
  ['500', 'RFC 9700 §4.2.4', '500', UNREACHABLE],
  ['500-json', 'RFC 9700 §4.2.4', '500 with a JSON error', UNREACHABLE],
  ['502-html', 'RFC 9700 §4.2.4', '502 as HTML', UNREACHABLE],
  ['503', 'RFC 9700 §4.2.4', '503', UNREACHABLE],
  ['redirect-301', 'RFC 9700 §4.12', 'a 301 of the token request', FAILED],
  ['redirect-302', 'RFC 9700 §4.12', 'a 302 of the token request', FAILED],
  ['redirect-303', 'RFC 9700 §4.12', 'a 303 of the token request', FAILED],
  ['redirect-307', 'RFC 9700 §4.12', 'a 307 of the token request', FAILED],
  ['redirect-308', 'RFC 9700 §4.12', 'a 308 of the token request', FAILED],
  ['reset', 'RFC 9700 §4.2.4', 'a reset of the token request', UNREACHABLE],
  ['broken-off', 'RFC 9700 §4.2.4', 'a token response that breaks off', UNREACHABLE],
  ['no-answer', 'CWE-400', { anomalies: ['a token request without an answer'], act: async (scene) => {
    const path = scene.op.callback(await scene.start());
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answer = scene.visitor.getJson(path);
    await vi.waitFor(() => expect(scene.op.paths).toContain('/token'));
    await vi.advanceTimersByTimeAsync(10_000);
    return answer;
  } }, UNREACHABLE],
  ['control-characters', 'CWE-113', 'an access_token with a line break', INVALID],
  ['refresh-token-beyond-ascii', 'RFC 6749 A.17', 'a refresh_token that is not ASCII', INVALID],
  ['tokens-in-100-kb', 'CWE-400', { onServer: true, anomalies: ['an access_token in 100 KB'] }, INVALID],
  ['scope-in-20-kb', 'CWE-400', { onServer: true, anomalies: ['a scope in 20 KB'] }, INVALID],
  ['byte-order-mark', 'RFC 8259 §8.1', 'tokens after a byte order mark', signedIn()],
  ['problem-json', 'RFC 9457 §3', 'tokens called problem+json', signedIn()],
  ['duplicate-members', 'RFC 8259 §4', 'tokens with a member twice', signedIn()],
  ['nul-after-tokens', 'RFC 8259 §2', 'tokens before a NUL', INVALID],
  ['500-that-refuses', 'RFC 6749 §5.2', '500 invalid_grant', FAILED],
  ['401-doorkeeper', 'RFC 6750 §3', '401 with invalid_grant in a challenge', FAILED],
  ['cookies-of-the-provider', 'CWE-384', 'cookies set by the token endpoint', signedIn()],

  ['access-token-missing', 'RFC 6749 §5.1', 'no access_token', INVALID],
  ['access-token-empty', 'RFC 6749 §5.1', 'an empty access_token', INVALID],
  ['access-token-number', 'RFC 6749 §5.1', 'an access_token that is a number', INVALID],
  ['access-token-null', 'RFC 6749 §5.1', 'an access_token that is null', INVALID],
  ['access-token-list', 'RFC 6749 §5.1', 'an access_token that is a list', INVALID],
  ['token-type-missing', 'RFC 6749 §5.1', 'no token_type', INVALID],
  ['token-type-empty', 'RFC 6749 §7.1', 'an empty token_type', INVALID],
  ['token-type-unknown', 'RFC 6749 §7.1', 'a token_type of its own', INVALID],
  ['token-type-number', 'RFC 6749 §7.1', 'a token_type that is a number', INVALID],
  ['token-type-dpop-unasked', 'RFC 9449 §5', 'a DPoP token nobody asked for', INVALID],
  ['token-type-bearer-for-dpop', 'RFC 9449 §5', { entry: { dpop_bound_access_tokens: true } }, INVALID],
  ['token-type-capitals', 'RFC 6749 §5.1', 'token_type in capitals', signedIn()],
  ['expires-in-text', 'RFC 6749 §5.1', 'an expires_in that is text', signedIn(), grant({ expires_at: null })],
  ['expires-in-negative', 'RFC 6749 §5.1', 'a negative expires_in', signedIn(), grant({ expires_at: null })],
  ['expires-in-object', 'RFC 6749 §5.1', 'an expires_in that is an object', signedIn(), grant({ expires_at: null })],
  ['expires-in-digits', 'RFC 6749 §5.1', 'an expires_in of digits', signedIn()],
  ['expires-in-thousand-years', 'CWE-190', 'an expires_in of a thousand years', signedIn()],
  ['expires-in-beyond-numbers', 'CWE-190', 'an expires_in beyond all numbers', signedIn()],
  ['expires-in-zero', 'RFC 6749 §5.1', 'an expires_in of zero', signedIn(), grant({ expires_at: null })],
  ['expires-in-missing', 'RFC 6749 §5.1', 'no expires_in', signedIn(), grant({ expires_at: null })],
  ['scope-number', 'RFC 6749 §3.3', 'a scope that is a number', INVALID],
  ['scope-object', 'RFC 6749 §3.3', 'a scope that is an object', INVALID],
  ['scope-narrower', 'RFC 6749 §3.3', read('a scope that is narrower'), signedIn(), grant({ scope: 'openid' })],
  ['scope-wider', 'RFC 6749 §3.3', read('a scope that is wider'), signedIn(), grant({ scope: 'openid read write admin' })],
  ['scope-line-breaks', 'RFC 6749 §3.3', read('a scope between line breaks'), signedIn(), grant({ scope: 'openid read' })],
  ['scope-empty-list', 'RFC 6749 §5.1', read('a scope that is an empty list'), signedIn(), grant({ scope: 'openid read' })],
  ['token-type-space', 'RFC 6749 §5.1', 'a token_type with a space', signedIn(), grant({ token_type: 'bearer' })],
  ['scope-missing', 'RFC 6749 §5.1', read('no scope'), signedIn(), grant({ scope: 'openid read' })],
  ['scope-markup', 'CWE-79', { anomalies: ['a scope with markup'], act: async (scene) => {
    await scene.signIn();
    return scene.visitor.get('/session');
  } }, harmless(200, { session: true, tokenRequests: 1 }), async (_, page) => {
    expect(await page.text()).not.toMatch(/<(?:img|b|script)\b[^>]*(?:onerror|onload|>alert)/);
  }],
  ['refresh-token-object', 'RFC 6749 §5.1', 'a refresh_token that is an object', INVALID],
  ['refresh-token-number', 'RFC 6749 §5.1', 'a refresh_token that is a number', INVALID],
  ['refresh-token-empty', 'RFC 6749 §5.1', 'an empty refresh_token', signedIn(), grant({ refreshable: false })],
  ['refresh-token-missing', 'RFC 6749 §5.1', 'no refresh_token', signedIn(), grant({ refreshable: false })],
  ['member-proto', 'CWE-1321', 'a member called __proto__', signedIn(), () => expect(Reflect.get({}, 'admin')).toBeUndefined()],
  ['proto-alone', 'CWE-1321', 'a body with __proto__ alone', INVALID],
  ['too-large-for-cookies', 'RFC 6265 §6.1', 'tokens in 20 KB', refused(507, 'session_too_large', 1)],
  ['groups-by-the-hundred', 'RFC 6265 §6.1', { act: (scene) => {
    const { op } = scene;
    op.metadata = (right) => ({ ...right, end_session_endpoint: 'https://op.example/logout' });
    op.idTokenClaims = (right) => ({ ...right, groups: Array.from({ length: 200 }, () => crypto.randomUUID()) });
    op.tokenResponse = (right) => ({ ...right, access_token: base64url.encode(crypto.getRandomValues(new Uint8Array(1500))) });
    return scene.signIn();
  } }, signedIn(), async ({ visitor }) => {
    const { searchParams } = locationOf(await visitor.post('/logout'));
    expect(searchParams.get('client_id')).toBe('client-1');
    expect(searchParams.has('id_token_hint')).toBe(false);
  }],
  ['large-on-the-server', 'RFC 6265 §6.1', { onServer: true, anomalies: ['tokens in 20 KB'] }, signedIn()],

  ['dpop-nonce-once', 'RFC 9449 §8', { entry: { dpop_bound_access_tokens: true }, act: (scene) => {
    asksForNonce(scene, 1);
    return scene.signIn();
  } }, signedIn('/session', 2)],
  ['dpop-nonce-for-ever', 'RFC 9449 §8', { entry: { dpop_bound_access_tokens: true }, act: (scene) => {
    asksForNonce(scene, 9);
    return scene.signIn();
  } }, refused(502, 'token_request_failed', 2)],
  ['par-dpop-nonce-once', 'RFC 9449 §10.1', pushedWithProof(1), signedIn(), ({ op }) => expect(op.paths.filter((path) => path === '/par')).toHaveLength(2)],
  ['par-dpop-nonce-for-ever', 'RFC 9449 §10.1', pushedWithProof(9), refused(400, 'provider_error'), ({ op }) => expect(op.paths.filter((path) => path === '/par')).toHaveLength(2)],
  ['par-refused', 'RFC 9126 §2.3', pushedTo(() => Response.json({ error: 'invalid_request' }, { status: 400 })), refused(400, 'provider_error')],
  ['par-500', 'RFC 9126 §2.3', pushedTo(() => new Response('', { status: 500 })), refused(502, 'provider_unreachable')],
  ['par-html', 'RFC 9126 §2.2', pushedTo(() => new Response('<p>', { status: 201 })), refused(400, 'provider_error')],
  ['par-no-request-uri', 'RFC 9126 §2.2', pushedTo(() => Response.json({ expires_in: 60 }, { status: 201 })), refused(400, 'provider_error')],
  ['par-redirect', 'RFC 9126 §2.2', pushedTo(() => Response.redirect('https://evil.example/', 307)), refused(400, 'provider_error')],
  ['par-without-endpoint', 'RFC 9126 §5', { entry: PAR, anomalies: ['no pushed endpoint'] }, refused(502, 'provider_unreachable')],

  ['userinfo-other-sub', 'OpenID Connect Core §5.3.2', profile('userinfo of another sub'), INVALID],
  ['userinfo-sub-in-capitals', 'OpenID Connect Core §5.3.2', profile('userinfo of a sub in capitals'), INVALID],
  ['userinfo-no-sub', 'OpenID Connect Core §5.3.2', profile('userinfo without sub'), signedIn(), told({})],
  ['userinfo-no-sub-required', 'OpenID Connect Core §5.3.2', { ...profile('userinfo without sub'), entry: { scope: 'openid', userinfo: 'required' } }, INVALID],
  ['userinfo-error-with-200', 'OpenID Connect Core §5.3.3', profile('userinfo that is an error with 200'), signedIn(), told({})],
  ['userinfo-challenge-beside-it', 'RFC 9110 §11.6.1', profile('userinfo with a challenge beside it'), signedIn(), told({ name: 'Ada' })],
  ['userinfo-201', 'OpenID Connect Core §5.3.2', profile('userinfo with 201'), signedIn(), told({ name: 'Ada' })],
  ['userinfo-sub-list', 'OpenID Connect Core §5.3.2', profile('userinfo with a sub that is a list'), INVALID],
  ['userinfo-401', 'OpenID Connect Core §5.3.3', profile('userinfo with 401'), signedIn()],
  ['userinfo-403', 'OpenID Connect Core §5.3.3', profile('userinfo with 403'), signedIn()],
  ['userinfo-500', 'OpenID Connect Core §5.3.3', profile('userinfo with 500'), signedIn()],
  ['userinfo-html', 'OpenID Connect Core §5.3.2', profile('userinfo as HTML'), signedIn()],
  ['userinfo-list', 'OpenID Connect Core §5.3.2', profile('userinfo as a list'), signedIn()],
  ['userinfo-null', 'OpenID Connect Core §5.3.2', profile('userinfo as null'), signedIn()],
  ['userinfo-unsigned', 'RFC 8725 §3.1', profile('userinfo as an unsigned JWT'), INVALID],
  ['userinfo-redirect', 'RFC 9700 §4.12', profile('userinfo by redirect'), signedIn()],
  ['userinfo-without-end', 'CWE-400', profile('userinfo without end'), signedIn()],
  ['userinfo-reset', 'OpenID Connect Core §5.3.3', profile('a reset of the userinfo'), signedIn()],
  ['userinfo-empty', 'OpenID Connect Core §5.3.3', profile('userinfo that is empty'), signedIn()],
  ['userinfo-empty-object', 'OpenID Connect Core §5.3.3', profile('userinfo as an empty object'), signedIn()],
  ['userinfo-503', 'OpenID Connect Core §5.3.3', profile('userinfo with 503'), signedIn()],
  ['userinfo-required-401', 'OpenID Connect Core §5.3.3', { ...profile('userinfo with 401'), entry: { scope: 'openid profile', userinfo: 'required' } }, INVALID],
  ['userinfo-required-503', 'OpenID Connect Core §5.3.3', { ...profile('userinfo with 503'), entry: { scope: 'openid', userinfo: 'required' } }, UNREACHABLE],
  ['userinfo-off', 'OpenID Connect Core §5.3', { ...profile('userinfo of another sub'), entry: { scope: 'openid profile', userinfo: 'off' } }, signedIn(), ({ op }) => expect(op.paths).not.toContain('/userinfo')],
  ['userinfo-deep', 'CWE-674', profile('userinfo 10,000 levels deep'), signedIn()],
  ['userinfo-markup', 'CWE-79', { ...profile('userinfo with markup'), act: async (scene) => {
    await scene.signIn();
    return escaped(await scene.visitor.get('/session'));
  } }, harmless(200, { session: true, tokenRequests: 1 })],
];

/** The pushed endpoint wants a proof with a nonce, so many times, and the tokens are bound to its key. */
function pushedWithProof(times: number) {
  return {
    entry: { ...PAR, dpop_bound_access_tokens: true },
    act: (scene: Scene) => {
      const { op } = scene;
      op.tokenType = 'DPoP';
      let left = times;
      op.answers['/par'] = (seen) => {
        const proof = decodeJwt(seen.headers.get('dpop') ?? '');
        expect(proof).toMatchObject({ htm: 'POST', htu: 'https://op.example/par' });
        expect(seen.form.get('dpop_jkt')).toMatch(/^[\w-]{43}$/);
        const headers = { 'dpop-nonce': `nonce-${left}` };
        if (left-- > 0) return Response.json({ error: 'use_dpop_nonce' }, { status: 400, headers });
        expect(proof.nonce).toBe('nonce-1');
        return op.push(seen);
      };
      return scene.signIn();
    },
  };
}

function profile(name: AnomalyName) {
  return { entry: { scope: 'openid profile' }, anomalies: [name] };
}

/** The token endpoint wants a nonce in the proof, so many times. */
function asksForNonce({ op }: Scene, times: number): void {
  let left = times;
  op.answers['/token'] = async (seen) => {
    const headers = { 'dpop-nonce': `nonce-${left}` };
    if (left-- > 0) return Response.json({ error: 'use_dpop_nonce' }, { status: 400, headers });
    expect(seen.headers.has('dpop')).toBe(true);
    const right = (await (await op.token(seen)).json()) as object;
    return Response.json({ ...right, token_type: 'DPoP' });
  };
}
