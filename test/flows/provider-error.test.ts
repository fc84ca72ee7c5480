import { describe, expect, it, vi } from 'vitest';
import { misbehave } from '../fakes/anomalies.ts';
import { signIn, stage, startLogin } from './journey.ts';

it('an error shows the provider’s own code if it is a registered one, a flow id, and a way on that keeps return_to', async () => {
  const { op, visitor } = await stage();
  const path = '/login?return_to=%2Freports';
  await misbehave(op, ['invalid_scope']);
  const body = await (await signIn(visitor, op, path)).json();
  expect(body).toEqual({
    error: 'provider_error',
    error_description: expect.stringContaining('scope'),
    hint: expect.stringContaining('`scope`'),
    provider_error: 'invalid_scope',
    flow: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  const page = await (await visitor.get(op.callback(await startLogin(visitor, path)))).text();
  expect(page).toContain('href="/login/op?return_to=%2Freports"');
});

/** A login that the provider answers with these parameters beside the state: the error, and what is logged of it. */
async function answeredWith(parameters: Record<string, string>) {
  const { op, visitor } = await stage();
  const logged = vi.spyOn(console, 'log');
  const url = op.callback(await startLogin(visitor), (right) => {
    right.delete('code');
    for (const [name, value] of Object.entries(parameters)) right.set(name, value);
    return right;
  });
  const body = (await (await visitor.getJson(url)).json()) as { error: string; error_description: string };
  const lines = logged.mock.calls.flat().map((line) => JSON.parse(String(line)) as { detail?: string });
  logged.mockRestore();
  return { ...body, detail: lines.at(-1)?.detail };
}

describe('an error in other words than RFC 6749 §4.1.2.1', () => {
  it.each([
    [
      'Facebook',
      { error_code: '1349048', error_message: 'Can’t load URL' },
      'provider_error',
      '1349048: Can’t load URL',
    ],
    [
      'Facebook, cancelled',
      { error: 'access_denied', error_reason: 'user_denied' },
      'access_denied',
      'access_denied: ',
    ],
    ['TikTok', { error: 'access_denied', error_type: 'access_denied' }, 'access_denied', 'access_denied: '],
    ['a gateway', { errcode: '40163', errmsg: 'code been used' }, 'provider_error', '40163: code been used'],
    ['WeChat, cancelled', {}, 'invalid_request', 'no code'],
  ])('of %s is told apart and logged', async (_, parameters, error, detail) => {
    expect(await answeredWith(parameters)).toMatchObject({ error, detail });
  });
});

it.each(['login_required', 'account_selection_required', 'consent_required', 'interaction_required'])(
  'that only a page could help is said: %s (OpenID Connect Core §3.1.2.6)',
  async (error) => {
    const { error_description } = await answeredWith({ error });
    expect(error_description).toMatch(/asked not to show/);
  },
);

it('an error is answered at once, however long the names beside it are', async () => {
  const long = `error${'a'.repeat(1000)}1`;
  expect(await answeredWith({ error: 'access_denied', [long]: 'x' })).toMatchObject({
    error: 'access_denied',
  });
});

it('Keycloak’s page that was open for too long is no provider that is busy', async () => {
  const told = { error: 'temporarily_unavailable', error_description: 'authentication_expired' };
  expect(await answeredWith(told)).toMatchObject({
    error: 'login_expired',
    error_description: expect.stringContaining('another tab'),
  });
});

it('a callback without any parameter says so', async () => {
  const { visitor } = await stage();
  const body = await (await visitor.getJson('/callback')).json();
  expect(body).toMatchObject({
    error: 'state_mismatch',
    hint: expect.stringContaining('`response_mode = "query"`'),
  });
});
