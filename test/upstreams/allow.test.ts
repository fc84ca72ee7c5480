import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/visitor.ts';
import { fetchOwn, upstreamStage } from './stage.ts';

describe('an upstream with `allow`', () => {
  const entry = { allow: { email: ['*@example.com'], groups: ['ops', 'admins'] } };

  it.each([
    ['every claim', { email: 'a@example.com', email_verified: true, groups: ['ops'] }, 204],
    ['one claim too few', { email: 'a@example.com', email_verified: true }, 403],
    ['an e-mail that is not verified', { email: 'a@example.com', groups: ['ops'] }, 403],
    [
      'a domain that begins like it',
      { email: 'a@example.com.evil', email_verified: true, groups: ['ops'] },
      403,
    ],
  ])('judges by %s', async (_, idTokenClaims, status) => {
    const { visitor, upstream } = await upstreamStage({ entry, idTokenClaims });
    const response = await fetchOwn(visitor, '/api/x');
    expect(response.status).toBe(status);
    if (status === 403) expect(await errorOf(response)).toBe('not_allowed');
    expect(await upstream.arrived()).toHaveLength(status === 204 ? 1 : 0);
  });

  it('is checked on every request, by the settings of now', async () => {
    const { visitor, upstream } = await upstreamStage({ idTokenClaims: { groups: 'ops' } });
    expect((await fetchOwn(visitor, '/api/x')).status).toBe(204);
    const api = { path: '/api/', target: upstream.target, allow: { groups: 'admins' } };
    expect((await fetchOwn(visitor.at({ ...visitor.env, UPSTREAMS: { api } }), '/api/x')).status).toBe(403);
  });

  it('takes nobody for somebody, though a session is optional', async () => {
    const { visitor } = await upstreamStage({ entry: { ...entry, session: 'optional' }, isSignedIn: false });
    expect((await fetchOwn(visitor, '/api/x')).status).toBe(401);
  });

  it('shows a page in a navigation to an app', async () => {
    const { visitor } = await upstreamStage({ entry: { ...entry, kind: 'app' } });
    const response = await visitor.get('/api/');
    expect(response.status).toBe(403);
    expect(response.headers.get('drawbridge-error')).toBe('not_allowed');
    const page = await response.text();
    expect(page).toContain('You don’t have access');
    expect(page).toContain('<a class="button primary" href="/logout">Sign out</a>');
  });
});
