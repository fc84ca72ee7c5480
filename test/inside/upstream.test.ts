import { createExecutionContext } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { Upstream } from '../../src/inside/upstream.ts';
import type { Env } from '../../src/settings/env.ts';
import { connected, postForm } from '../connections/stage.ts';
import { errorOf } from '../support/visitor.ts';
import { answer, RawUpstream } from '../upstreams/raw-upstream.ts';

function binding(env: Env, props: unknown): Upstream {
  return new Upstream(Object.assign(createExecutionContext(), { props }), env);
}

/** A connection at `op`, and the binding of a Worker to an upstream with its token. */
async function stage(own: Env = {}) {
  const upstream = new RawUpstream();
  const UPSTREAMS = {
    api: { path: '/api/', target: upstream.target, provider: 'op' },
    elsewhere: { path: '/elsewhere/', target: upstream.target, provider: 'other' },
  };
  const entry = { client_id: 'client-1', scope: 'openid read' };
  const PROVIDERS = {
    op: { ...entry, issuer: 'https://op.example' },
    other: { ...entry, issuer: 'https://other.example' },
  };
  const staged = await connected(
    {},
    { PROVIDERS, UPSTREAMS, OTHER_CLIENT_SECRET: 'x', DEFAULT_PROVIDER: 'op', ...own },
  );
  upstream.letThrough();
  const { env } = staged.visitor;
  return { ...staged, upstream, env, api: binding(env, { upstream: 'api', connection: staged.id }) };
}

describe('a binding to Upstream', () => {
  it('is a client for one API, with a token that its caller never sees', async () => {
    const { api, upstream } = await stage();
    await upstream.answers(answer('200 OK', { 'Content-Type': 'text/plain', 'Set-Cookie': 'a=b' }, 'hello'));
    const response = await api.fetch(
      new Request('https://anything/user?tab=1', {
        headers: { authorization: 'Bearer own', cookie: 'session=x' },
      }),
    );
    expect([response.status, await response.text()]).toEqual([200, 'hello']);
    expect(response.headers.getSetCookie()).toEqual([]);
    const [arrived] = await upstream.arrived(1);
    expect(arrived?.line).toBe(`GET /${upstream.id}/user?tab=1 HTTP/1.1`);
    expect(arrived?.headers.get('authorization')).toEqual([expect.stringMatching(/^Bearer access-/)]);
    expect(arrived?.headers.has('cookie')).toBe(false);
  });

  it('refreshes a token that is over', async () => {
    const { api, op } = await stage();
    vi.useFakeTimers({ now: Date.now() + 400_000, toFake: ['Date'] });
    expect((await api.fetch(new Request('https://api/'))).status).toBe(204);
    vi.useRealTimers();
    expect(op.requests.filter(({ form }) => form.has('refresh_token'))).toHaveLength(1);
  });

  it.each([
    ['no props', {}],
    ['no connection', { upstream: 'api' }],
    ['no upstream', { connection: 'x' }],
    ['more than it should', { upstream: 'api', connection: 'x', raw_tokens: true }],
    ['a list of upstreams', { upstream: ['api'], connection: 'x' }],
    ['a connection by its key', { upstream: 'api', connection: `dbk_${'a'.repeat(86)}` }],
  ])('with %s serves nothing', async (_, props) => {
    const { env, upstream } = await stage();
    const response = await binding(env, props).fetch(new Request('https://api/'));
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(JSON.parse(text).error).toBe('config_invalid');
    expect(text).not.toContain('dbk_');
    expect(await upstream.arrived()).toEqual([]);
  });

  it.each([
    ['an upstream that is not there', 'nobody', 'not_found'],
    ['the prototype', '__proto__', 'not_found'],
    ['an upstream of another provider', 'elsewhere', 'not_allowed'],
  ])('to %s answers %s: %s', async (_, name, code) => {
    const { env, id, upstream } = await stage();
    const response = await binding(env, { upstream: name, connection: id }).fetch(
      new Request('https://api/'),
    );
    expect(await errorOf(response)).toBe(code);
    expect(response.headers.get('drawbridge-error')).toBe(code);
    expect(await upstream.arrived()).toEqual([]);
  });

  it('says so when there is no such connection, or it has ended', async () => {
    const { env, api, id, visitor } = await stage();
    const unknown = binding(env, { upstream: 'api', connection: 'a'.repeat(26) });
    const refused = await unknown.fetch(new Request('https://api/'));
    expect([refused.status, await errorOf(refused)]).toEqual([401, 'invalid_token']);
    expect((await postForm(visitor, `/connections/${id}/end`)).status).toBe(303);
    const ended = await api.fetch(new Request('https://api/'));
    expect([ended.status, await errorOf(ended)]).toEqual([401, 'invalid_token']);
  });

  it('says where a new consent begins when the provider has ended the grant', async () => {
    const { api, op } = await stage();
    op.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    vi.useFakeTimers({ now: Date.now() + 400_000, toFake: ['Date'] });
    const response = await api.fetch(new Request('https://api/'));
    vi.useRealTimers();
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({
      error: 'login_required',
      reauthorization_uri: expect.stringContaining('/connections/'),
    });
  });

  it('says so when connections are off', async () => {
    const { env, id } = await stage();
    const off = binding({ ...env, CONNECTIONS: 'off' }, { upstream: 'api', connection: id });
    expect(await errorOf(await off.fetch(new Request('https://api/')))).toBe('config_invalid');
  });
});
