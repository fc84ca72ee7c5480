import { describe, expect, it } from 'vitest';
import { stage, startLogin } from '../flows/journey.ts';
import { errorOf } from '../support/visitor.ts';

type Members = Record<string, unknown>;

/** What the provider is asked for when a link asks for `asked`. */
async function sent(entry: Members, asked: Record<string, string>, env: Members = {}) {
  const { visitor } = await stage(entry, env);
  const url = await startLogin(visitor, `/login/op?${new URLSearchParams(asked)}`);
  return url.searchParams;
}

describe('max_age of a link', () => {
  it.each([
    [{ max_age: 300 }, '999999999', '300'],
    [{ max_age: 300 }, '60', '60'],
    [{ max_age: 300 }, '0', '0'],
    [{}, '3600', '3600'],
    [{ authorization_params: { max_age: '120' } }, '900', '120'],
    [{ authorization_params: { max_age: 120 }, max_age: 60 }, '90', '60'],
  ])('with %j set and %s asked is %s', async (entry, asked, expected) => {
    expect((await sent(entry, { max_age: asked })).get('max_age')).toBe(expected);
  });

  it('is held against the ID token, as the settings have it (OpenID Connect Core §3.1.3.7, 13)', async () => {
    const { op, visitor } = await stage({ max_age: 300 });
    op.idTokenClaims = (right) => ({ ...right, auth_time: Number(right.iat) - 7 * 86_400 });
    const url = await startLogin(visitor, '/login/op?max_age=999999999');
    expect(await errorOf(await visitor.getJson(op.callback(url)))).toBe('id_token_invalid');
  });
});

describe('acr_values of a link', () => {
  const set = { authorization_params: { acr_values: 'urn:mfa urn:hwk' } };

  it.each([
    [set, 'urn:pwd', 'urn:mfa urn:hwk'],
    [set, 'urn:pwd urn:hwk', 'urn:hwk'],
    [set, 'urn:hwk urn:mfa', 'urn:hwk urn:mfa'],
    [set, 'URN:MFA', 'urn:mfa urn:hwk'],
    [{}, 'urn:pwd', 'urn:pwd'],
  ])('with %j set and %s asked are %s', async (entry, asked, expected) => {
    expect((await sent(entry, { acr_values: asked })).get('acr_values')).toBe(expected);
  });

  it('do not let a weaker sign-in pass', async () => {
    const { op, visitor } = await stage(set);
    op.idTokenClaims = (right) => ({ ...right, acr: 'urn:pwd' });
    const url = await startLogin(visitor, '/login/op?acr_values=urn:pwd');
    expect(await errorOf(await visitor.getJson(op.callback(url)))).toBe('id_token_invalid');
  });
});

describe('prompt of a link', () => {
  it.each([
    ['login', 'none', 'login'],
    ['consent', 'login', 'consent login'],
    ['consent', 'consent select_account', 'consent select_account'],
    [undefined, 'none', 'none'],
    [undefined, 'none login', 'login'],
    ['none', 'login', 'login'],
    ['select_account', '', 'select_account'],
  ])('with %s set and %s asked is %s', async (set, asked, expected) => {
    const entry = set === undefined ? {} : { authorization_params: { prompt: set } };
    expect((await sent(entry, { prompt: asked })).get('prompt')).toBe(expected);
  });
});

describe('scope of a link', () => {
  const entry = { scope: 'openid email', optional_scope: 'calendar.read files' };

  it.each([
    ['email', 'openid email'],
    ['files', 'openid files'],
    ['openid admin', 'openid'],
    ['admin', 'openid email'],
    ['email files calendar.read mail.send', 'openid email files calendar.read'],
    ['Files', 'openid email'],
    ['  email   email ', 'openid email'],
  ])('%j becomes %j', async (asked, expected) => {
    expect((await sent(entry, { scope: asked })).get('scope')).toBe(expected);
  });

  it('may name what an upstream with this provider’s token needs', async () => {
    const UPSTREAMS = {
      files: { path: '/files/', target: 'https://files.example/', provider: 'op', scope: ['drive'] },
    };
    expect((await sent(entry, { scope: 'drive mail' }, { UPSTREAMS })).get('scope')).toBe('openid drive');
  });

  it('may be any in INSPECT, but never without the configured `openid`', async () => {
    expect((await sent(entry, { scope: 'mail.send' }, { INSPECT: true })).get('scope')).toBe(
      'openid mail.send',
    );
  });

  it('without the configured `openid` stays without', async () => {
    expect((await sent({ scope: 'read', optional_scope: 'write' }, { scope: 'write' })).get('scope')).toBe(
      'write',
    );
  });

  it('never drops the ID token, and every check with it', async () => {
    const { op, visitor } = await stage({ scope: 'openid email' });
    op.tokenResponse = ({ id_token: _, ...rest }) => rest;
    const url = await startLogin(visitor, '/login/op?scope=email');
    expect((await visitor.getJson(op.callback(url))).status).toBeGreaterThanOrEqual(400);
  });
});

describe('a fresh or strong sign-in without OpenID Connect', () => {
  it.each([
    [{ scope: 'read' }, 'max_age=60'],
    [{ scope: 'read' }, 'acr_values=urn:mfa'],
    [{ scope: 'read', max_age: 60 }, ''],
    [{ scope: 'read', authorization_params: { acr_values: 'urn:mfa' } }, 'scope=read'],
  ])('with %j and %j is refused at the start', async (entry, query) => {
    const { op, visitor } = await stage(entry);
    const refused = await visitor.getJson(`/login/op?${query}`);
    expect(refused.status).toBe(400);
    expect(await errorOf(refused)).toBe('invalid_request');
    expect(op.paths).not.toContain('/token');
  });
});

describe('/session', () => {
  it('tells how and when the user signed in', async () => {
    const { op, visitor } = await stage();
    op.idTokenClaims = (right) => ({
      ...right,
      acr: 'urn:mfa',
      amr: ['pwd', 'hwk'],
      auth_time: 1_790_000_000,
    });
    await visitor.get(op.callback(await startLogin(visitor)));
    expect(await (await visitor.getJson('/session')).json()).toMatchObject({
      acr: 'urn:mfa',
      amr: ['pwd', 'hwk'],
      auth_time: 1_790_000_000,
    });
  });

  it('tells of a new sign-in of the same user at the founding provider', async () => {
    const { op, visitor } = await stage();
    await visitor.get(op.callback(await startLogin(visitor)));
    op.idTokenClaims = (right) => ({ ...right, acr: 'urn:mfa' });
    const again = await visitor.follow('/login/op?connect=1');
    await visitor.get(op.callback(new URL(again.headers.get('location') ?? '')));
    expect(await (await visitor.getJson('/session')).json()).toMatchObject({ acr: 'urn:mfa' });
  });
});
