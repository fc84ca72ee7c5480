import { afterEach, describe, expect, it, vi } from 'vitest';
import { connected, json, postForm, watched } from '../../connections/stage.ts';
import type { ScriptedProvider } from '../../fakes/scripted-provider.ts';
import { later } from '../../sessions/durable-object/keeper-stage.ts';
import { errorOf, Visitor } from '../../support/visitor.ts';

afterEach(() => {
  vi.useRealTimers();
});

const UPSTREAMS = {
  api: { path: '/api/', target: 'https://op.example/v1/', provider: 'op', headers: { 'X-User': '{sub}' } },
  mine: { path: '/mine/', target: 'https://op.example/v2/', provider: 'op', allow: { sub: ['somebody'] } },
};

/** An API on the provider's host that takes the newest access token alone. */
async function behind(form: Record<string, string> = {}) {
  const made = await connected({}, { UPSTREAMS }, { raw_tokens: '', ...form });
  const api = (op: ScriptedProvider) => op.requests.filter(({ path }) => path.startsWith('/v1/'));
  made.op.answers['/v1/me'] = ({ headers }) => Response.json({ token: headers.get('authorization') });
  const ask = (path: string, method = 'GET') =>
    new Visitor(made.visitor.env).send(method, path, { headers: { authorization: `Bearer ${made.key}` } });
  return { ...made, api, ask };
}

describe('the relay', () => {
  it('sends the request with the access token in place of the key', async () => {
    const { ask, api, op, key } = await behind();
    const response = await ask('/relay/api/me?page=2');
    expect(response.status).toBe(200);
    expect(await json(response)).toEqual({ token: expect.stringMatching(/^Bearer access-/) });
    const [sent] = api(op);
    expect(sent?.url).toBe('https://op.example/v1/me?page=2');
    expect(sent?.headers.get('x-user')).toBe(op.sub);
    expect(JSON.stringify([...(sent?.headers ?? [])])).not.toContain(key);
  });

  it.each([
    ['in quotes', (key: string) => `"${key}"`, 'That is not a key'],
    ['cut off', (key: string) => key.slice(0, 40), 'That is not a key'],
    ['a provider’s token', () => 'gho_16C7e42F292c6912E7', 'That is not a key'],
    ['a JWT that no entry trusts', () => 'eyJhbGciOiJub25lIn0.e30.x', 'The JWT is not valid here'],
  ])('says what is wrong with what is presented: %s', async (_, presented, description) => {
    const { visitor, key } = await behind();
    const headers = { authorization: `Bearer ${presented(key)}` };
    const response = await new Visitor(visitor.env).send('GET', '/relay/api/me', { headers });
    expect(response.status).toBe(401);
    expect(await json(response)).toMatchObject({
      error: 'invalid_token',
      error_description: expect.stringContaining(description),
    });
  });

  it('costs one call of the object', async () => {
    const { ask, visitor, key } = await behind();
    const { calls, operations, env } = watched();
    const program = new Visitor({ ...visitor.env, ...env });
    const headers = { authorization: `Bearer ${key}` };
    expect((await program.send('GET', '/relay/api/me', { headers })).status).toBe(200);
    expect([calls, operations]).toEqual([['use'], []]);
    expect((await ask('/relay/api/me')).status).toBe(200);
  });

  it('writes a line per request that says which key, and holds neither key nor token', async () => {
    const { ask, id, key } = await behind();
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
    await ask('/relay/api/me');
    log.mockRestore();
    const line = lines.map((text) => JSON.parse(text)).find(({ event }) => event === 'request_forwarded');
    expect(line).toMatchObject({ upstream: 'api', by: 'key', connection: id.slice(0, 12), status: 200 });
    expect(line.key).toMatch(/^[a-z2-7]{8}$/);
    expect(lines.join('\n')).not.toContain(key.slice(30, 60));
    expect(lines.join('\n')).not.toMatch(/access-/);
  });

  it('refreshes once for an upstream that refuses the token, and sends the request once more', async () => {
    const { ask, op, families } = await behind();
    let refused = 0;
    op.answers['/v1/me'] = () => (refused++ === 0 ? new Response('', { status: 401 }) : Response.json({}));
    expect((await ask('/relay/api/me')).status).toBe(200);
    expect(families.sent).toHaveLength(1);
    op.answers['/v1/me'] = () => new Response('no', { status: 401 });
    expect((await ask('/relay/api/me')).status).toBe(401);
    expect(families.sent).toHaveLength(1);
  });

  it('says where the owner reconnects once the grant has ended', async () => {
    const { ask, op, id } = await behind();
    op.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    later(400);
    const response = await ask('/relay/api/me');
    expect(response.status).toBe(401);
    expect(await json(response)).toMatchObject({
      error: 'login_required',
      reauthorization_uri: `https://app.example/connections/${id}`,
    });
  });

  it('stops at once for a key that was ended', async () => {
    const { ask, visitor, id } = await behind();
    await postForm(visitor, `/connections/${id}/end`);
    const response = await ask('/relay/api/me');
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ]);
    expect(await errorOf(response)).toBe('invalid_token');
  });

  it.each([
    ['no header', undefined, 'The request has no `Authorization` header.'],
    ['another scheme', 'Basic eDp4', 'The `Authorization` header is not `Bearer` and a key.'],
    ['no scheme', 'dbk_x', 'The `Authorization` header is not `Bearer` and a key.'],
    ['half a key', 'Bearer dbk_x', 'That is not a key, or only part of one'],
  ])('says what is wrong where no key is presented: %s', async (_, authorization, description) => {
    const { visitor } = await behind();
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const response = await new Visitor(visitor.env).send('GET', '/relay/api/me', { headers });
    expect(response.status).toBe(401);
    expect(await json(response)).toMatchObject({
      error: 'invalid_token',
      error_description: expect.stringContaining(description),
    });
  });

  it('is named to a program that sends its key to the path of browsers', async () => {
    const { visitor, key } = await behind();
    const headers = { authorization: `Bearer ${key}` };
    const response = await new Visitor(visitor.env).send('GET', '/api/me', { headers });
    expect([response.status, (await json(response)).hint]).toEqual([
      401,
      'Send a request with a key to `/relay/api/…`.',
    ]);
  });

  it('knows the owner of a key by issuer and subject, and by no other claim', async () => {
    const { ask, api, op } = await behind();
    const response = await ask('/relay/mine/me');
    expect([response.status, await errorOf(response)]).toEqual([403, 'not_allowed']);
    expect(api(op)).toEqual([]);
  });

  it('judges method and path by the policy of the key', async () => {
    const { ask } = await behind({ methods: 'GET', paths: '/me' });
    expect((await ask('/relay/api/me')).status).toBe(200);
    expect((await ask('/relay/api/me', 'HEAD')).status).toBe(200);
    expect((await ask('/relay/api/me', 'DELETE')).status).toBe(403);
    expect((await ask('/relay/api/mex')).status).toBe(403);
    expect((await ask('/relay/api/')).status).toBe(403);
  });

  it('takes no session of a browser in place of a key', async () => {
    const { visitor } = await behind();
    const response = await visitor.getJson('/relay/api/me');
    expect([response.status, await errorOf(response)]).toEqual([401, 'invalid_token']);
  });

  it('is below BASE_PATH with everything else', async () => {
    const { visitor, key } = await behind();
    const program = new Visitor({ ...visitor.env, BASE_PATH: '/auth' });
    const headers = { authorization: `Bearer ${key}` };
    expect((await program.send('GET', '/auth/relay/api/me', { headers })).status).toBe(200);
    expect((await program.send('GET', '/relay/api/me', { headers })).status).not.toBe(200);
  });
});
