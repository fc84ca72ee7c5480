import { describe, expect, it } from 'vitest';
import { CookieStore } from '../../../src/sessions/cookies/cookie-store.ts';
import { expectRefused, signIn, stage } from '../../flows/journey.ts';
import { storeContract } from '../store-contract.ts';

storeContract(
  'cookies',
  () => ({}),
  (settings, jar) => new CookieStore(settings, jar),
);

describe('the size of sessions in cookies', () => {
  it('large ones are cut into cookies under 4096 bytes', async () => {
    const { op, visitor } = await stage();
    op.tokenResponse = (right) => ({ ...right, access_token: `access-${'x'.repeat(6000)}` });
    const response = await signIn(visitor, op);
    expect(response.status).toBe(303);
    const lines = response.headers.getSetCookie();
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(4096);
    expect((await visitor.getJson('/session')).status).toBe(200);
  });

  it('those over 16 KiB are refused, with the way out', async () => {
    const { op, visitor } = await stage();
    op.tokenResponse = (right) => ({ ...right, access_token: 'x'.repeat(17_000) });
    const response = await signIn(visitor, op);
    const body = (await response.clone().json()) as { hint: string };
    expect(body.hint).toContain('SESSION_KEEPER');
    await expectRefused(visitor, response, 'session_too_large');
  });
});

describe('a provider that hands every user the same refresh token', () => {
  it('gives each user a grant of their own, also when they refresh at once', async () => {
    const { op, visitor } = await stage({}, { INSPECT: true });
    const users = ['ada', 'grace'].map((sub) => ({ sub, browser: visitor.at(visitor.env) }));
    op.tokenResponse = (right) => ({ ...right, refresh_token: 'the same for all' });
    for (const { sub, browser } of users) {
      op.sub = sub;
      await signIn(browser, op);
    }
    let asked = 0;
    op.answers['/token'] = () =>
      Response.json({ access_token: `access-${++asked}`, token_type: 'Bearer', expires_in: 300 });
    await Promise.all(users.map(({ browser }) => browser.post('/session/refresh')));
    const tokens = await Promise.all(
      users.map(
        async ({ browser }) => (await (await browser.get('/token')).json()) as { access_token: string },
      ),
    );
    expect(new Set(tokens.map(({ access_token }) => access_token)).size).toBe(2);
    for (const { sub, browser } of users) {
      expect(await (await browser.getJson('/session')).json()).toMatchObject({ sub });
    }
  });
});
