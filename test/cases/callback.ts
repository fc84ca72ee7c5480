import { expect } from 'vitest';
import { harmless, leftAlone, type Row, refused, signedIn } from './case.ts';
import type { Scene } from './scene.ts';

const FORM = 'application/x-www-form-urlencoded';

/** Comes back by the method, with the right parameters in the query. */
const by =
  (method: string, headers: Record<string, string> = {}) =>
  async (scene: Scene) =>
    scene.visitor.send(method, scene.op.callback(await scene.start()), {
      headers: { accept: 'application/json', ...headers },
    });

/** Comes back by a POST with the body; undefined sends the right parameters as a form. */
const posts = (type: string, body?: string) => async (scene: Scene) => {
  const right = scene.op.authorize(await scene.start());
  return scene.visitor.send('POST', '/callback', {
    headers: {
      accept: 'application/json',
      'content-type': type,
      origin: scene.op.issuer,
      'sec-fetch-site': 'cross-site',
    },
    body: body ?? right.toString(),
  });
};
const FORM_POST = { response_mode: 'form_post' };
const LEFT = { open: true };

/** The user has cancelled. */
const asError = (right: URLSearchParams) => {
  right.delete('code');
  right.set('error', 'access_denied');
};

/** What the browser brings to /callback, and how. */
// biome-ignore format: one line a case
export const CALLBACK: readonly Row[] = [
  ['code-twice', 'RFC 6749 §3.1', 'code twice', refused(400, 'invalid_request')],
  ['code-twice-polluted', 'CWE-235', 'code twice, the second another', refused(400, 'invalid_request')],
  ['state-twice', 'RFC 6749 §3.1', 'state twice', refused(400, 'invalid_request')],
  ['state-twice-polluted', 'CWE-235', 'state twice, the second another', refused(400, 'invalid_request')],
  ['error-twice', 'RFC 6749 §3.1', 'error twice', refused(400, 'invalid_request')],
  ['neither-code-nor-error', 'RFC 6749 §4.1.2', 'no code', refused(400, 'invalid_request')],
  ['code-empty', 'RFC 6749 §4.1.2', 'an empty code', refused(400, 'invalid_request')],
  ['code-100-kb', 'CWE-400', 'a code of 100 KB', refused(400, 'invalid_request')],
  ['code-9-kb', 'CWE-400', 'a code of 9 KB', refused(400, 'invalid_request')],
  ['code-unknown', 'RFC 6749 §5.2', 'a code of another login', refused(502, 'token_request_failed', 1)],
  ['code-markup', 'CWE-79', 'a code with markup', refused(502, 'token_request_failed', 1)],
  ['code-crlf', 'CWE-93', 'a code with a line break', refused(502, 'token_request_failed', 1)],
  ['code-beside-error', 'RFC 6749 §4.1.2.1', 'a code beside an error', refused(403, 'access_denied')],
  ['code-beside-empty-error', 'RFC 6749 §3.1', 'an empty error beside a code', signedIn()],
  ['tokens-in-query', 'RFC 9700 §2.1.2', 'tokens in the query', signedIn()],
  ['unknown-parameters', 'RFC 6749 §4.1.2', 'parameters of its own making', signedIn()],
  ['jarm-not-asked-for', 'JARM §2.4', 'a signed response nobody asked for', leftAlone(400, 'state_mismatch', LEFT)],
  ['jarm-beside-state', 'JARM §2.4', 'a response beside the state', refused(400, 'invalid_request')],
  ['access-denied', 'RFC 6749 §4.1.2.1', 'access_denied', refused(403, 'access_denied')],
  ['login-required', 'OpenID Connect Core §3.1.2.6', 'login_required', refused(401, 'login_required')],
  ['interaction-required', 'OpenID Connect Core §3.1.2.6', 'interaction_required', refused(400, 'provider_error')],
  ['consent-required', 'OpenID Connect Core §3.1.2.6', 'consent_required', refused(400, 'provider_error')],
  ['account-selection-required', 'OpenID Connect Core §3.1.2.6', 'account_selection_required', refused(400, 'provider_error')],
  ['temporarily-unavailable', 'RFC 6749 §4.1.2.1', 'temporarily_unavailable', refused(400, 'provider_error')],
  ['server-error', 'RFC 6749 §4.1.2.1', 'server_error', refused(400, 'provider_error')],
  ['invalid-scope', 'RFC 6749 §4.1.2.1', 'invalid_scope', refused(400, 'provider_error')],
  ['unauthorized-client', 'RFC 6749 §4.1.2.1', 'unauthorized_client', refused(400, 'provider_error')],
  ['unsupported-response-type', 'RFC 6749 §4.1.2.1', 'unsupported_response_type', refused(400, 'provider_error')],
  ['error-own', 'RFC 9700 §4.16', 'an error of its own making', refused(400, 'provider_error')],
  ['error-markup', 'CWE-79', 'an error that is markup', refused(400, 'provider_error')],
  ['error-proto', 'CWE-1321', 'an error that is called __proto__', refused(400, 'provider_error')],
  ['error-100-kb', 'CWE-400', 'an error in 100 KB', refused(400, 'invalid_request')],
  ['error-with-secret', 'CWE-532', 'an error with a secret in its text', refused(400, 'provider_error')],
  ['error-with-line-breaks', 'CWE-117', 'an error with line breaks', refused(400, 'provider_error')],
  ['error-without-state', 'RFC 6749 §4.1.2.1', 'an error without state', leftAlone(400, 'state_mismatch', LEFT)],
  ['error-other-state', 'RFC 6749 §4.1.2.1', 'an error with another state', leftAlone(400, 'state_mismatch', LEFT)],

  ['put', 'RFC 9110 §15.5.6', by('PUT'), leftAlone(405, 'method_not_allowed', LEFT)],
  ['delete', 'RFC 9110 §15.5.6', by('DELETE'), leftAlone(405, 'method_not_allowed', LEFT)],
  ['patch', 'RFC 9110 §15.5.6', by('PATCH'), leftAlone(405, 'method_not_allowed', LEFT)],
  ['options', 'RFC 9110 §15.5.6', by('OPTIONS'), leftAlone(405, 'method_not_allowed', LEFT)],
  ['method-override', 'CWE-650', by('PUT', { 'x-http-method-override': 'GET' }), leftAlone(405, 'method_not_allowed', LEFT)],
  ['head', 'RFC 9110 §9.3.2', by('HEAD'), harmless(405, LEFT)],
  ['prefetch', 'Fetch Metadata', by('GET', { 'sec-purpose': 'prefetch' }), leftAlone(403, 'forbidden', LEFT)],
  ['prerender', 'Fetch Metadata', by('GET', { 'sec-purpose': 'prefetch;prerender' }), leftAlone(403, 'forbidden', LEFT)],
  ['prefetch-older', 'Fetch Metadata', by('GET', { purpose: 'prefetch' }), leftAlone(403, 'forbidden', LEFT)],
  ['prefetch-mozilla', 'Fetch Metadata', by('GET', { 'x-moz': 'prefetch' }), leftAlone(403, 'forbidden', LEFT)],
  ['post-for-query', 'OAuth Form Post §2', posts(FORM), refused(400, 'invalid_request')],
  ['get-for-form-post', 'OAuth Form Post §2', { entry: FORM_POST }, refused(400, 'invalid_request')],
  ['error-by-get-for-form-post', 'OAuth Form Post §2', { entry: FORM_POST, act: (scene) => scene.comeBack('/callback', asError) }, refused(403, 'access_denied')],
  ['error-beside-code-by-get-for-form-post', 'OAuth Form Post §2', { entry: FORM_POST, act: (scene) => scene.comeBack('/callback', (right) => right.set('error', 'access_denied')) }, refused(400, 'invalid_request')],
  ['form-post', 'OAuth Form Post §2', { entry: FORM_POST, act: posts(FORM) }, signedIn()],
  ['form-post-charset', 'OAuth Form Post §2', { entry: FORM_POST, act: posts(`${FORM}; charset=utf-8`) }, signedIn()],
  ['form-post-json', 'CWE-436', { entry: FORM_POST, act: posts('application/json', '{}') }, leftAlone(400, 'invalid_request', LEFT)],
  ['form-post-multipart', 'CWE-436', { entry: FORM_POST, act: posts('multipart/form-data; boundary=x', '--x--') }, leftAlone(400, 'invalid_request', LEFT)],
  ['form-post-text', 'CWE-436', { entry: FORM_POST, act: posts('text/plain', 'state=x') }, leftAlone(400, 'invalid_request', LEFT)],
  ['form-post-no-type', 'CWE-436', { entry: FORM_POST, act: posts('', 'state=x') }, leftAlone(400, 'invalid_request', LEFT)],
  ['form-post-like-type', 'CWE-436', { entry: FORM_POST, act: posts(`${FORM}x`, 'state=x') }, leftAlone(400, 'invalid_request', LEFT)],
  ['form-post-huge', 'CWE-400', { entry: FORM_POST, act: posts(FORM, `state=${'x'.repeat(70_000)}`) }, leftAlone(400, 'invalid_request', LEFT)],
  ['form-post-empty', 'OAuth Form Post §2', { entry: FORM_POST, act: posts(FORM, '') }, leftAlone(400, 'state_mismatch', LEFT)],
  ['form-post-invalid-utf-8', 'RFC 6749 App. B', { entry: FORM_POST, act: posts(FORM, 'state=%ff&code=%fe') }, leftAlone(400, 'state_mismatch', LEFT)],
  ['form-post-query-instead', 'CWE-436', { entry: FORM_POST, act: async (scene) => {
    const right = scene.op.authorize(await scene.start());
    return scene.visitor.send('POST', `/callback?${right}`, { headers: { accept: 'application/json', 'content-type': FORM }, body: '' });
  } }, leftAlone(400, 'state_mismatch', LEFT)],

  ['provider-unknown', 'RFC 9700 §4.4', (scene) => scene.comeBack('/callback/nobody'), refused(400, 'state_mismatch')],
  ['provider-proto', 'CWE-1321', (scene) => scene.comeBack('/callback/__proto__'), refused(400, 'state_mismatch')],
  ['provider-constructor', 'CWE-1321', (scene) => scene.comeBack('/callback/constructor'), refused(400, 'state_mismatch')],
  ['provider-dots', 'CWE-22', (scene) => scene.comeBack('/callback/%2e%2e%2fcallback'), refused(400, 'state_mismatch')],
  ['provider-encoded', 'CWE-177', (scene) => scene.comeBack('/callback/%74wo'), refused(400, 'state_mismatch')],
  ['provider-in-capitals', 'CWE-178', (scene) => scene.comeBack('/callback/TWO'), refused(400, 'state_mismatch')],
  ['provider-nul', 'CWE-158', (scene) => scene.comeBack('/callback/two%00'), refused(400, 'state_mismatch')],
  ['provider-broken-escape', 'CWE-177', (scene) => scene.comeBack('/callback/%zz'), refused(400, 'state_mismatch')],
  ['provider-default-by-name', 'RFC 9700 §4.4', (scene) => scene.comeBack('/callback/op'), refused(400, 'state_mismatch')],
  ['path-slash-more', 'CWE-41', (scene) => scene.comeBack('/callback/'), refused(400, 'state_mismatch')],
  ['path-in-capitals', 'CWE-178', (scene) => scene.comeBack('/CALLBACK'), leftAlone(404, 'not_found', LEFT)],
  ['path-deeper', 'CWE-22', (scene) => scene.comeBack('/callback/op/x'), leftAlone(404, 'not_found', LEFT)],
  ['path-double-slash', 'CWE-41', (scene) => scene.comeBack('/callback//two'), leftAlone(404, 'not_found', LEFT)],
  ['path-semicolon', 'CWE-41', (scene) => scene.comeBack('/callback;x=1'), leftAlone(404, 'not_found', LEFT)],
  ['url-16-kb', 'CWE-400', (scene) => scene.comeBack('/callback', (right) => right.set('padding', 'p'.repeat(16_384))), signedIn()],
  ['parameters-by-the-thousand', 'CWE-400', (scene) => scene.comeBack('/callback', (right) => {
    for (let count = 0; count < 2000; count++) right.append(`p${count}`, '1');
  }), signedIn()],
  ['page-says-nothing-of-it', 'CWE-79', { anomalies: ['an error that is markup'], act: async (scene) => {
    const page = await scene.visitor.get(scene.op.callback(await scene.start('/login?return_to=%2Freports')));
    const html = await page.clone().text();
    expect(html).toContain('The sign-in did not work');
    expect(html).toContain('href="/login/op?return_to=%2Freports"');
    return page;
  } }, harmless(400)],
];
