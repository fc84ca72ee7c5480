import { describe, expect, it, vi } from 'vitest';
import { locationOf } from '../support/visitor.ts';
import { expectRefused, signIn, stage, startLogin } from './journey.ts';

const verified = (email: string) => (right: Record<string, unknown>) => ({
  ...right,
  email,
  email_verified: true,
});

describe('`allow` of a provider', () => {
  it.each([
    [{ email: ['*@example.com'] }, 'ada@example.com'],
    [{ email: 'grace@other.example' }, 'grace@other.example'],
  ])('%j lets %s sign in', async (allow, email) => {
    const { op, visitor } = await stage({ allow });
    op.idTokenClaims = verified(email);
    expect((await signIn(visitor, op)).status).toBe(303);
  });

  it.each([
    [{ email: ['*@example.com'] }, 'ada@example.com.evil.example'],
    [{ email: ['*@example.com'], groups: ['ops'] }, 'ada@example.com'],
  ])('%j refuses %s, signs nobody in and revokes what came', async (allow, email) => {
    const { op, visitor } = await stage({ allow });
    op.idTokenClaims = verified(email);
    const refused = await signIn(visitor, op);
    expect(refused.status).toBe(403);
    await expectRefused(visitor, refused, 'not_allowed');
    expect(op.paths).toContain('/revoke');
  });

  it('refuses a user whose groups did not fit into the ID token, and tells the operator why (Core §5.6.2)', async () => {
    const { op, visitor } = await stage({ allow: { groups: ['ops'] } });
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    op.idTokenClaims = (right) => ({ ...right, _claim_names: { groups: 'src1' }, _claim_sources: {} });
    await expectRefused(visitor, await signIn(visitor, op), 'not_allowed');
    expect(log.mock.calls.flat().join()).toContain('whose groups did not fit into the ID token');
    log.mockRestore();
  });

  it('refuses an account that is to be connected, and leaves the session as it is', async () => {
    const { op, visitor } = await stage({ allow: { email: ['*@example.com'] } });
    op.idTokenClaims = verified('ada@example.com');
    await signIn(visitor, op);
    op.idTokenClaims = verified('ada@elsewhere.example');
    const started = await visitor.follow('/login?connect=1');
    const refused = await visitor.getJson(op.callback(new URL(started.headers.get('location') ?? '')));
    expect(refused.status).toBe(403);
    expect((await visitor.getJson('/session')).status).toBe(200);
  });

  it.each([
    [['login', 'select_account'], 'prompt=select_account&'],
    [['none', 'login'], 'prompt=login&'],
    [['none'], ''],
    ['login', ''],
    [undefined, ''],
  ])('offers another account, with a `prompt` that the metadata lists: %j', async (supported, prompt) => {
    const { op, visitor } = await stage({ allow: { email: ['*@example.com'] } });
    op.metadata = (right) => ({ ...right, prompt_values_supported: supported });
    const started = await startLogin(visitor, '/login?return_to=/a');
    const page = await (await visitor.get(op.callback(started))).text();
    expect(page).toContain(
      `href="/login/op?${prompt.replace('&', '&amp;')}return_to=%2Fa">Use another account<`,
    );
    expect(page).toContain('sign out there first');
  });

  it('keeps the session when another account is tried for a connection to it', async () => {
    const { op, visitor } = await stage({ allow: { email: ['*@example.com'] } });
    op.idTokenClaims = verified('ada@example.com');
    await signIn(visitor, op);
    op.idTokenClaims = verified('ada@elsewhere.example');
    const started = await visitor.follow('/login?connect=1');
    const page = await (await visitor.get(op.callback(locationOf(started)))).text();
    expect(page).toContain('href="/login/op?connect=1">Use another account<');
  });

  it('offers to sign out at the provider, if it has a logout, with the ID token in no page', async () => {
    const end_session_endpoint = 'https://op.example/end';
    const { op, visitor } = await stage({ allow: { email: ['*@example.com'] }, end_session_endpoint });
    const page = await (await visitor.get(op.callback(await startLogin(visitor)))).text();
    const [, link = ''] = /href="([^"]+)">Sign out at the provider</.exec(page) ?? [];
    expect(page).not.toContain('eyJ');
    const left = await visitor.get(link, { 'sec-fetch-dest': 'document' });
    const { origin, pathname, searchParams } = locationOf(left);
    expect(origin + pathname).toBe(end_session_endpoint);
    expect(searchParams.get('id_token_hint')).toMatch(/^eyJ/);
    expect(locationOf(await visitor.get(link, { 'sec-fetch-dest': 'document' })).pathname).toBe('/');
  });

  it('offers no logout where the provider has none', async () => {
    const { op, visitor } = await stage({
      allow: { email: ['*@example.com'] },
      end_session_endpoint: 'https://op.example/end',
      end_session: false,
    });
    const page = await (await visitor.get(op.callback(await startLogin(visitor)))).text();
    expect(page).not.toContain('Sign out at the provider');
    expect(page).toContain('Go to the login page');
  });
});
