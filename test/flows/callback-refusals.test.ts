import { describe, expect, it } from 'vitest';
import { errorOf } from '../visitor.ts';
import { expectRefused, signIn, stage, startLogin } from './journey.ts';

type Change = (right: URLSearchParams) => URLSearchParams;

/** The right parameters with some in other values; undefined takes one out. */
const withParams =
  (values: Record<string, string | undefined>): Change =>
  (right) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) right.delete(name);
      else right.set(name, value);
    }
    return right;
  };
const twice =
  (name: string): Change =>
  (right) => {
    right.append(name, right.get(name) ?? 'x');
    return right;
  };
const errorAnswer = (error: string, more: Record<string, string | undefined> = {}): Change =>
  withParams({ code: undefined, error, ...more });

const REFUSED: readonly [string, Change, string][] = [
  ['iss of another issuer (RFC 9207 §2.4)', withParams({ iss: 'https://evil.example' }), 'issuer_mismatch'],
  ['no iss though it is promised (RFC 9207 §2.4)', withParams({ iss: undefined }), 'issuer_mismatch'],
  ['iss with a slash more', withParams({ iss: 'https://op.example/' }), 'issuer_mismatch'],
  ['iss in another case', withParams({ iss: 'https://OP.example' }), 'issuer_mismatch'],
  [
    'an error from another issuer',
    errorAnswer('access_denied', { iss: 'https://evil.example' }),
    'issuer_mismatch',
  ],
  ['an error without iss', errorAnswer('access_denied', { iss: undefined }), 'issuer_mismatch'],
  ['code twice', twice('code'), 'invalid_request'],
  ['iss twice', twice('iss'), 'invalid_request'],
  ['state twice', twice('state'), 'invalid_request'],
  ['neither code nor error', withParams({ code: undefined }), 'invalid_request'],
  ['an empty code', withParams({ code: '' }), 'invalid_request'],
  ['a code of 100 KB', withParams({ code: 'x'.repeat(100_000) }), 'invalid_request'],
  ['access_denied', errorAnswer('access_denied'), 'access_denied'],
  ['login_required', errorAnswer('login_required'), 'login_required'],
  ['temporarily_unavailable', errorAnswer('temporarily_unavailable'), 'provider_error'],
  ['server_error', errorAnswer('server_error'), 'provider_error'],
  ['an error of the provider’s own making', errorAnswer('<script>alert(1)</script>'), 'provider_error'],
];

describe('a callback is refused, without a token request', () => {
  it.each(REFUSED)('%s', async (_, change, error) => {
    const { op, visitor } = await stage();
    const response = await signIn(visitor, op, '/login', change);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    await expectRefused(visitor, response, error);
    expect(op.paths).not.toContain('/token');
  });

  it.each([
    ['no state', ''],
    ['an empty state', '&state='],
    ['a state of nobody', `&state=${'x'.repeat(43)}`],
    ['a state of 100 KB', `&state=${'x'.repeat(100_000)}`],
    ['invalid UTF-8 for a state', '&state=%ff%fe'],
    ['a state with a NUL', '&state=%00'],
  ])('%s, and the login that is open lives on', async (_, query) => {
    const { op, visitor } = await stage();
    const url = await startLogin(visitor);
    const response = await visitor.getJson(`/callback?code=x${query}`);
    expect(await errorOf(response)).toBe('state_mismatch');
    expect(response.status).toBe(400);
    expect(op.paths).not.toContain('/token');
    expect((await visitor.get(op.callback(url))).status).toBe(303);
  });

  it('a code and state of an attacker’s login in a victim’s browser (login CSRF)', async () => {
    const { op, visitor: attacker } = await stage();
    const victim = attacker.at(attacker.env);
    const path = op.callback(await startLogin(attacker));
    await expectRefused(victim, await victim.getJson(path), 'state_mismatch');
  });

  it.each([
    ['one character changed', (value: string) => `${value.slice(0, -5)}AAAAA`],
    ['cut off', (value: string) => value.slice(0, value.length / 2)],
    ['oversized', (value: string) => value + 'A'.repeat(60_000)],
    ['of another kind', () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['empty', () => ''],
  ])('a login cookie that is %s', async (_, spoil) => {
    const { op, visitor } = await stage();
    const path = op.callback(await startLogin(visitor));
    const [name, value] = [...visitor.cookies][0] as [string, string];
    visitor.cookies.set(name, spoil(value));
    await expectRefused(visitor, await visitor.getJson(path), 'state_mismatch');
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s', async (method) => {
    const { op, visitor } = await stage();
    const response = await visitor.send(method, op.callback(await startLogin(visitor)));
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST');
  });

  it('POST when the answer was to come in the query', async () => {
    const { op, visitor } = await stage();
    const params = op.authorize(await startLogin(visitor));
    const response = await visitor.send('POST', '/callback', {
      headers: { accept: 'application/json' },
      body: params,
    });
    await expectRefused(visitor, response, 'invalid_request');
  });

  it.each([
    ['JSON', 'application/json', '{}'],
    ['multipart', 'multipart/form-data; boundary=x', '--x--'],
    ['text', 'text/plain', 'state=x'],
    ['a huge form', 'application/x-www-form-urlencoded', `state=${'x'.repeat(70_000)}`],
  ])('POST with %s', async (_, type, body) => {
    const { visitor } = await stage({ response_mode: 'form_post' });
    const response = await visitor.send('POST', '/callback', {
      headers: { accept: 'application/json', 'content-type': type },
      body,
    });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toBe('invalid_request');
  });

  it('on the path of a provider that is not there', async () => {
    const { visitor } = await stage();
    const response = await visitor.getJson('/callback/nobody?code=x&state=y');
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toBe('unknown_provider');
  });
});

describe('what an error shows', () => {
  const MARKUP = '<img src=x onerror=alert(1)>';

  it('nothing of what the provider wrote', async () => {
    const { op, visitor } = await stage();
    const change = errorAnswer(MARKUP, { error_description: MARKUP, error_uri: 'javascript:alert(1)' });
    const page = await (await visitor.get(op.callback(await startLogin(visitor), change))).text();
    expect(page).toContain('The provider refused');
    expect(page).not.toMatch(/onerror|javascript:|alert/);
  });

  it('the provider’s own code if it is a registered one, a flow id, and a way on that keeps return_to', async () => {
    const { op, visitor } = await stage();
    const path = '/login?return_to=%2Freports';
    const body = await (await signIn(visitor, op, path, errorAnswer('invalid_scope'))).json();
    expect(body).toEqual({
      error: 'provider_error',
      error_description: expect.stringContaining('scope'),
      hint: expect.stringContaining('`scope`'),
      provider_error: 'invalid_scope',
      flow: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    const url = await startLogin(visitor, path);
    const page = await (await visitor.get(op.callback(url, errorAnswer('access_denied')))).text();
    expect(page).toContain('href="/login/op?return_to=%2Freports"');
  });
});

it('tokens in the query are not looked at', async () => {
  const { op, visitor } = await stage();
  const change = withParams({ access_token: 'evil', id_token: 'evil', token_type: 'Bearer' });
  expect((await signIn(visitor, op, '/login', change)).status).toBe(303);
});
