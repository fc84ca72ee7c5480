import { describe, expect, it } from 'vitest';
import type { SeenRequest } from '../provider/scripted-provider.ts';
import { expectRefused, signIn, stage } from './journey.ts';

type Members = Record<string, unknown>;
type Answer = (request: SeenRequest) => Response | Promise<Response>;

const json = (status: number, body: unknown) => () => Response.json(body, { status });
const text = (status: number, body: string, type: string) => () =>
  new Response(body, { status, headers: { 'content-type': type } });

const ANSWERS: readonly [string, Answer, string][] = [
  ['HTML with 200', text(200, '<h1>Welcome</h1>', 'text/html'), 'token_response_invalid'],
  ['JSON called HTML', text(200, '{"access_token":"x"}', 'text/html'), 'token_response_invalid'],
  [
    'a form where JSON belongs',
    text(200, 'access_token=x&token_type=bearer', 'application/x-www-form-urlencoded'),
    'token_response_invalid',
  ],
  ['broken JSON', text(200, '{"access_token":', 'application/json'), 'token_response_invalid'],
  ['an array', json(200, []), 'token_response_invalid'],
  ['null', json(200, null), 'token_response_invalid'],
  ['an error with 200', json(200, { error: 'invalid_grant' }), 'token_request_failed'],
  ['400 invalid_grant', json(400, { error: 'invalid_grant' }), 'token_request_failed'],
  ['401 invalid_client', json(401, { error: 'invalid_client' }), 'token_request_failed'],
  ['400 without a word', text(400, '', 'text/plain'), 'token_request_failed'],
  ['500', text(500, 'oops', 'text/plain'), 'provider_unreachable'],
  ['503', text(503, '', 'text/plain'), 'provider_unreachable'],
  [
    'a redirect, which is never followed',
    () => new Response(null, { status: 307, headers: { location: 'https://evil.example/token' } }),
    'token_request_failed',
  ],
  [
    'a connection that is reset',
    () => {
      throw new TypeError('reset');
    },
    'provider_unreachable',
  ],
  ['more than 1 MB', () => Response.json({ access_token: 'x'.repeat(2_000_000) }), 'token_response_invalid'],
];

describe('a token endpoint that answers with', () => {
  it.each(ANSWERS)('%s', async (_, answer, error) => {
    const { op, visitor } = await stage();
    op.answers['/token'] = answer;
    await expectRefused(visitor, await signIn(visitor, op), error);
    expect(op.paths.filter((path) => path === '/token')).toHaveLength(1);
    expect(op.unexpected).toEqual([]);
  });

  it.each<[string, Members]>([
    ['no access_token', { access_token: undefined }],
    ['an empty access_token', { access_token: '' }],
    ['an access_token that is a number', { access_token: 7 }],
    ['no token_type', { token_type: undefined }],
    ['a token_type of its own', { token_type: 'mac' }],
    ['an expires_in that is text', { expires_in: 'soon' }],
    ['a negative expires_in', { expires_in: -1 }],
    ['a scope that is a number', { scope: 7 }],
    ['a refresh_token that is an object', { refresh_token: {} }],
  ])('%s', async (_, members) => {
    const { op, visitor } = await stage();
    op.tokenResponse = (right) => ({ ...right, ...members });
    await expectRefused(visitor, await signIn(visitor, op), 'token_response_invalid');
  });
});

describe('a token response', () => {
  async function grantOf(members: Members) {
    const { op, visitor } = await stage({ scope: 'openid read' });
    op.tokenResponse = (right) => ({ ...right, ...members });
    await signIn(visitor, op);
    const session = (await (await visitor.getJson('/session')).json()) as { grants: Members[] };
    return session.grants[0];
  }

  it.each(['openid', 'openid read write'])('with the scope %s is kept as granted', async (scope) => {
    expect(await grantOf({ scope })).toMatchObject({ scope });
  });

  it('without a scope has the one that was asked for (RFC 6749 §5.1)', async () => {
    expect(await grantOf({ scope: undefined })).toMatchObject({ scope: 'openid read' });
  });

  it('without expires_in has no end', async () => {
    expect(await grantOf({ expires_in: undefined })).toMatchObject({ expires_at: null });
  });

  it('without a refresh token is not refreshable', async () => {
    expect(await grantOf({ refresh_token: undefined })).toMatchObject({ refreshable: false });
  });
});

describe('client authentication', () => {
  it('client_secret_basic sends id and secret form-encoded (RFC 6749 §2.3.1), client_secret_post in the body', async () => {
    const basic = await stage();
    await signIn(basic.visitor, basic.op);
    const first = basic.op.requests.find(({ path }) => path === '/token');
    expect(atob(first?.headers.get('authorization')?.slice(6) ?? '')).toBe('client-1:secret+of+client+1');
    expect(first?.form.has('client_secret')).toBe(false);

    const post = await stage({ token_endpoint_auth_method: 'client_secret_post' });
    await signIn(post.visitor, post.op);
    const second = post.op.requests.find(({ path }) => path === '/token');
    expect(second?.headers.has('authorization')).toBe(false);
    expect(second?.form.get('client_secret')).toBe(post.op.clientSecret);
  });

  it('a public client sends its id and the verifier alone', async () => {
    const { op, visitor } = await stage({ token_endpoint_auth_method: 'none' });
    await signIn(visitor, op);
    const seen = op.requests.find(({ path }) => path === '/token');
    expect([...(seen?.form.keys() ?? [])].sort()).toEqual([
      'client_id',
      'code',
      'code_verifier',
      'grant_type',
      'redirect_uri',
    ]);
  });

  it('every request says who it is from', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    for (const { headers } of op.requests) expect(headers.get('user-agent')).toMatch(/^drawbridge/);
  });
});
