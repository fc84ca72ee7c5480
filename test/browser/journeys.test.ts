import { describe, expect, it } from 'vitest';
import { ISSUER, newUser, ORIGIN, signIn, toConsent, useBrowser } from './browser.ts';

useBrowser();

describe('signing in', () => {
  it('leads to the result page, and the access token opens the userinfo', async () => {
    const page = await newUser();
    await signIn(page);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Ada Lovelace');
    const token = await page.locator('#demo-access_token').textContent();
    const userinfo = await fetch(`${ISSUER}/me`, { headers: { authorization: `Bearer ${token?.trim()}` } });
    expect(await userinfo.json()).toMatchObject({ sub: 'ada-lovelace', name: 'Ada Lovelace' });
  });

  it('works with the keyboard alone', async () => {
    const page = await newUser();
    await page.goto(ORIGIN);
    const button = page.getByRole('link', { name: 'Continue with Demo provider' });
    for (let press = 0; press < 10; press++) {
      await page.keyboard.press('Tab');
      if (await button.evaluate((element) => element === document.activeElement)) break;
    }
    await page.keyboard.press('Enter');
    await page.getByLabel('Your name').and(page.locator(':focus')).waitFor();
    await page.keyboard.type('Grace');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Allow' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(`${ORIGIN}/session`);
  });

  it('works without JavaScript, the tokens and steps too', async () => {
    const page = await newUser({ javaScriptEnabled: false });
    await signIn(page);
    expect(await page.locator('#demo-access_token').isVisible()).toBe(true);
    const refreshToken = page.locator('#demo-refresh_token');
    expect(await refreshToken.isVisible()).toBe(false);
    await page.locator('summary', { hasText: 'refresh_token' }).click();
    expect(await refreshToken.isVisible()).toBe(true);
    expect(await page.getByRole('heading', { name: 'Token request' }).isVisible()).toBe(true);
  });

  it('keeps return_to', async () => {
    const page = await newUser();
    await toConsent(page);
    await page.goto(`${ORIGIN}/login?return_to=/employees`);
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${ORIGIN}/employees`);
  });

  it('that is denied leads to a page that says so, and on from there', async () => {
    const page = await newUser();
    await toConsent(page);
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByRole('heading', { name: 'Access was not granted' }).waitFor();
    await page.getByRole('link', { name: 'Start again' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${ORIGIN}/session`);
  });

  it('with a wrong state is refused', async () => {
    const page = await newUser();
    await toConsent(page);
    await page.goto(`${ORIGIN}/callback?code=stolen&state=wrong&iss=${ISSUER}`);
    await page.getByRole('heading', { name: 'This sign-in did not start here' }).waitFor();
    expect((await page.request.get(`${ORIGIN}/session`)).status()).toBe(401);
  });

  it('in two tabs finishes in both, whichever is first', async () => {
    const first = await newUser();
    const second = await first.context().newPage();
    for (const page of [first, second]) {
      await page.goto(`${ORIGIN}/login`);
      await page.getByLabel('Your name').waitFor();
    }
    await second.getByLabel('Your name').fill('Ada');
    await second.getByRole('button', { name: 'Sign in' }).click();
    await second.getByRole('button', { name: 'Allow' }).click();
    await second.waitForURL(`${ORIGIN}/session`);
    // The provider remembers what was allowed in the other tab.
    await first.getByLabel('Your name').fill('Ada');
    await first.getByRole('button', { name: 'Sign in' }).click();
    await first.waitForURL(`${ORIGIN}/session`);
  });

  it('survives the back button: the finished callback leads on, the consent page starts nothing new', async () => {
    const page = await newUser();
    await signIn(page);
    await page.goBack();
    await page.goForward();
    await page.waitForURL(`${ORIGIN}/session`);
    await page.goto(`${ORIGIN}/`);
    await page.goBack();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Ada Lovelace');
  });

  it('survives a reload of the callback', async () => {
    const page = await newUser();
    await toConsent(page);
    const callback = page.waitForRequest((request) => request.url().startsWith(`${ORIGIN}/callback?`));
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${ORIGIN}/session`);
    await page.goto((await callback).url());
    expect(page.url()).toBe(`${ORIGIN}/session`);
  });
});

describe('the request form', () => {
  it('shows the very request that is sent, and keeps it true while one types', async () => {
    const page = await newUser();
    await page.goto(ORIGIN);
    const shown = page.locator('[data-endpoint]');
    const text = async () => (await shown.textContent())?.replace(/\s/g, '') ?? '';
    await page.getByLabel('scope').fill('openid email');
    await page.getByLabel('prompt').selectOption('login');
    await page.getByLabel('authorization_params').fill('claims_locales=de\nacr_values=mfa');
    const expected = await text();
    expect(expected).toContain('scope=openid+email');
    expect(expected).toContain('prompt=login');
    expect(expected).toContain('claims_locales=de');
    const sent = page.waitForRequest((request) => request.url().startsWith(`${ISSUER}/auth?`));
    await page.getByRole('button', { name: 'Send this request' }).click();
    expect((await sent).url()).toBe(expected);
    await page.getByLabel('Your name').fill('Ada');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${ORIGIN}/session`);
  });

  it('has the redirect URI to copy, and says what to do with it', async () => {
    const page = await newUser({ permissions: ['clipboard-read', 'clipboard-write'] });
    await page.goto(ORIGIN);
    expect(await page.getByText('Register this at the provider').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Copy redirect_uri' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${ORIGIN}/callback`);
    await page.getByText('Copied redirect_uri').first().waitFor();
  });

  it('sends the request without JavaScript too', async () => {
    const page = await newUser({ javaScriptEnabled: false });
    await page.goto(ORIGIN);
    await page.getByLabel('login_hint').fill('ada');
    const sent = page.waitForRequest((request) => request.url().startsWith(`${ISSUER}/auth?`));
    await page.getByRole('button', { name: 'Send this request' }).click();
    expect(new URL((await sent).url()).searchParams.get('login_hint')).toBe('ada');
    await page.getByLabel('Your name').waitFor();
  });
});

describe('the session', () => {
  it('is refreshed by its button, and the token is another one', async () => {
    const page = await newUser();
    await signIn(page);
    const before = await page.locator('#demo-access_token').textContent();
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.waitForLoadState();
    expect(await page.locator('#demo-access_token').textContent()).not.toBe(before);
  });

  it('ends here and, if wanted, at the provider', async () => {
    const page = await newUser();
    await signIn(page);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('heading', { name: 'Sign out here too?' }).waitFor();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.waitForURL(new RegExp(`^${ORIGIN}/(?:\\?.*)?$`));
    expect((await page.request.get(`${ORIGIN}/session`)).status()).toBe(401);
  });

  it('shows how the token came, secrets blanked', async () => {
    const page = await newUser();
    await signIn(page);
    const steps = page.locator('.timeline');
    const titles = await steps.getByRole('heading').allTextContents();
    expect(titles.slice(0, 3)).toEqual(['Authorization request', 'Callback', 'Token request']);
    const text = (await steps.textContent()) ?? '';
    const token = (await page.locator('#demo-access_token').textContent())?.trim() ?? '';
    expect(token).not.toBe('');
    expect(text).not.toContain(token);
    expect(text).toContain('code=•••');
  });
});
