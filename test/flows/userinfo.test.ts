import { describe, expect, it } from 'vitest';
import { expectRefused, signIn, stage } from './journey.ts';

const SCOPE = { scope: 'openid profile email' };

async function claimsOf(visitor: Awaited<ReturnType<typeof stage>>['visitor']) {
  return ((await (await visitor.getJson('/session')).json()) as { claims: Record<string, unknown> }).claims;
}

describe('the userinfo endpoint', () => {
  it('is not asked when the ID token holds what the scope asks for', async () => {
    const { op, visitor } = await stage(SCOPE);
    op.idTokenClaims = (right) => ({ ...right, name: 'Ada', email: 'ada@op.example' });
    await signIn(visitor, op);
    expect(op.paths).not.toContain('/userinfo');
    expect(await claimsOf(visitor)).toEqual({ name: 'Ada', email: 'ada@op.example' });
  });

  it('completes an ID token that lacks it, and never overrules it (OpenID Connect Core §5.3)', async () => {
    const { op, visitor } = await stage(SCOPE);
    op.idTokenClaims = (right) => ({ ...right, name: 'Ada' });
    op.userinfoResponse = (right) => ({ ...right, name: 'Other', email: 'ada@op.example' });
    await signIn(visitor, op);
    expect(await claimsOf(visitor)).toEqual({ name: 'Ada', email: 'ada@op.example' });
    const seen = op.requests.find(({ path }) => path === '/userinfo');
    expect(seen?.headers.get('authorization')).toMatch(/^Bearer access-/);
  });
});

describe('claims that the settings request (OpenID Connect Core §5.5)', () => {
  const wanted = { claims: { userinfo: { email: null, locale: { essential: true } } } };

  it('come from userinfo, whatever the scope', async () => {
    const { op, visitor } = await stage(wanted);
    op.idTokenClaims = (right) => ({ ...right, locale: 'en' });
    op.userinfoResponse = (right) => ({ ...right, email: 'ada@op.example' });
    await signIn(visitor, op);
    expect(await claimsOf(visitor)).toMatchObject({ email: 'ada@op.example', locale: 'en' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['are all in the ID token', wanted],
    ['are for the ID token alone', { claims: { id_token: { phone_number: null } } }],
  ])('cost no request if they %s', async (_, entry) => {
    const { op, visitor } = await stage(entry);
    op.idTokenClaims = (right) => ({ ...right, locale: 'en', email: 'ada@op.example' });
    await signIn(visitor, op);
    expect(op.paths).not.toContain('/userinfo');
  });
});

describe('userinfo beside an ID token', () => {
  const told = (body: unknown) => () => Response.json(body);
  const NAMED = { ...SCOPE, userinfo_claims: { sub: 'id', name: 'username' } };

  it('without `sub` is read where `userinfo_claims` says', async () => {
    const { op, visitor } = await stage(NAMED);
    op.answers['/userinfo'] = told({ id: 'user-1', username: 'ada' });
    await signIn(visitor, op);
    expect(await claimsOf(visitor)).toEqual({ name: 'ada' });
  });

  it('must be about the same user, also where `userinfo_claims` says who that is', async () => {
    const { op, visitor } = await stage(NAMED);
    op.answers['/userinfo'] = told({ id: 'user-2', username: 'bob' });
    await expectRefused(visitor, await signIn(visitor, op), 'token_response_invalid');
  });

  it('with `sub` is read under the registered names, whatever `userinfo_claims` says', async () => {
    const { op, visitor } = await stage(NAMED);
    op.answers['/userinfo'] = told({ sub: 'user-1', username: 'of-something-else', name: 'Ada' });
    await signIn(visitor, op);
    expect(await claimsOf(visitor)).toMatchObject({ name: 'Ada' });
  });

  it.each([
    ['12345', '12345'],
    ['10765432100123456789', '10765432100123456789'],
  ])('may have a number for a `sub` with the same digits: %s', async (sub, digits) => {
    const { op, visitor } = await stage(SCOPE);
    op.sub = sub;
    op.answers['/userinfo'] = () => new Response(`{"sub":${digits},"name":"Ada"}`);
    await signIn(visitor, op);
    expect(await claimsOf(visitor)).toEqual({ name: 'Ada' });
  });
});

describe('a provider without ID tokens', () => {
  const PLAIN = {
    issuer: undefined,
    scope: 'read',
    authorization_endpoint: 'https://op.example/authorize',
    token_endpoint: 'https://op.example/token',
    userinfo_endpoint: 'https://op.example/userinfo',
    userinfo_claims: { sub: 'data.id', name: 'data.login' },
  };

  it('says who the user is where its settings point to; a number becomes text', async () => {
    const { op, visitor } = await stage(PLAIN);
    op.userinfoResponse = () => ({ data: { id: 583231, login: 'octocat' } });
    await signIn(visitor, op);
    const session = await (await visitor.getJson('/session')).json();
    expect(session).toMatchObject({ sub: '583231', claims: { name: 'octocat' } });
  });

  it('that does not say it signs nobody in', async () => {
    const { op, visitor } = await stage(PLAIN);
    op.userinfoResponse = () => ({ data: {} });
    await expectRefused(visitor, await signIn(visitor, op), 'token_response_invalid');
  });

  it('without such an address has a session of its token alone', async () => {
    const { op, visitor } = await stage({ ...PLAIN, userinfo_endpoint: undefined });
    await signIn(visitor, op);
    expect(await (await visitor.getJson('/session')).json()).toMatchObject({ sub: null, claims: {} });
  });
});
