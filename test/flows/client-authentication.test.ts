import { describe, expect, it } from 'vitest';
import { signIn, stage } from './journey.ts';

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
