import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCompleteInEveryLook, newUser, useBrowser } from './browser.ts';
import { startHttps } from './https-server.mjs';

useBrowser();

let server: Awaited<ReturnType<typeof startHttps>>;
beforeAll(async () => {
  server = await startHttps();
});
afterAll(() => server.stop());

const newHttpsUser = () => newUser({ ignoreHTTPSErrors: true });

async function signIn(page: Page): Promise<void> {
  await page.goto(server.origin);
  await page.getByRole('link', { name: 'Continue with Demo provider' }).click();
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${server.origin}/session`);
}

const cookiesOf = (page: Page) => page.context().cookies(server.origin);

describe('over https', () => {
  it('the browser takes the cookies of a login and of a session by their prefix, and shows them to no script', async () => {
    const page = await newHttpsUser();
    const ours = async (name: RegExp) => (await cookiesOf(page)).filter((cookie) => name.test(cookie.name));
    const sent = page.waitForRequest((request) => request.url().startsWith(`${server.origin}/callback?`));
    await signIn(page);
    expect(await (await sent).headerValue('cookie')).toMatch(/^__Host-Http-login-[\w-]{16}=[\w.-]+(?:;|$)/);
    expect(await ours(/login-/)).toEqual([]);
    const guarded = { httpOnly: true, secure: true, sameSite: 'Lax', domain: 'localhost', path: '/' };
    expect(await ours(/^__Host-Http-session/)).toEqual([
      expect.objectContaining({ name: '__Host-Http-session', ...guarded }),
    ]);
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });

  it('no script plants or replaces a cookie of ours, and the user stays signed in', async () => {
    const page = await newHttpsUser();
    await signIn(page);
    const before = await cookiesOf(page);
    await page.evaluate(() => {
      for (const name of ['session', 'session.1', 'login-0', 'admin']) {
        Reflect.set(document, 'cookie', `__Host-Http-${name}=planted; Secure; Path=/`);
      }
    });
    expect(await cookiesOf(page)).toEqual(before);
    expect((await page.reload())?.status()).toBe(200);
    await page.getByText('Ada Lovelace').first().waitFor();
  });

  it('a form of the page signs out, and takes the cookie away', async () => {
    const page = await newHttpsUser();
    await signIn(page);
    await page.goto(`${server.origin}/logout`);
    const answer = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect((await answer).status()).toBe(303);
    await page.waitForURL((url) => url.origin !== server.origin || url.pathname === '/');
    expect((await cookiesOf(page)).map(({ name }) => name)).not.toContain('__Host-Http-session');
  });
});

/** Every page of ours that the browser gets, and what it tells others of where it comes from. */
function watch(page: Page) {
  const bodies: Promise<string>[] = [];
  const referrers: Promise<string | null>[] = [];
  page.on('response', (response) => {
    const isPage =
      response.request().resourceType() === 'document' &&
      (response.status() < 300 || response.status() >= 400);
    if (isPage && response.url().startsWith(server.origin)) bodies.push(response.text());
  });
  page.on('request', (request) => referrers.push(request.headerValue('referer')));
  return { bodies: () => Promise.all(bodies), referrers: () => Promise.all(referrers) };
}

/** Sends the forms of the provider as somebody whom it does not know yet. */
async function signInAtProvider(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
}

/** Connects the account of that name, for which the provider has to forget who was there. */
async function connectStaff(page: Page, name: string): Promise<void> {
  const cookies = await page.context().cookies(server.origin);
  await page.context().clearCookies();
  await page.context().addCookies(cookies.filter((cookie) => cookie.name.startsWith('__Host-')));
  await page.goto(`${server.origin}/session`);
  // A connected account has no button; its link still works.
  await page.evaluate(() => {
    location.href = '/login/staff?connect=1';
  });
  await signInAtProvider(page, name);
}

describe('without INSPECT', () => {
  it('pages are complete for everyone, in every look (WCAG 2.2 AA), and speak no protocol', async () => {
    const page = await newHttpsUser();
    const check = async () => {
      await expectCompleteInEveryLook(page);
      expect(await page.getByRole('main').textContent()).not.toMatch(/\bUTC\b|bearer/i);
    };
    await page.goto(server.origin);
    await check();
    await signIn(page);
    await check();
    await connectStaff(page, 'Ada Lovelace');
    await page.getByRole('heading', { name: 'Connected accounts' }).waitFor();
    for (const path of ['/session', '/sessions', '/logout', '/nowhere', '/callback?code=x&state=y']) {
      await page.goto(server.origin + path);
      await check();
    }
    await connectStaff(page, 'Grace Hopper');
    await page.getByRole('heading', { name: 'Replace your Staff directory account?' }).waitFor();
    await check();
  }, 60_000);

  it('no page holds the code, the state, the nonce, the verifier or a token; nor do history and referrers', async () => {
    const page = await newHttpsUser();
    const seen = watch(page);
    const asked = page.waitForRequest((request) => request.url().includes('/auth?'));
    const back = page.waitForRequest((request) => request.url().startsWith(`${server.origin}/callback?`));
    await signIn(page);
    for (const path of ['/', '/logout', '/session', '/callback?code=x&state=y', '/nowhere']) {
      // The browser forgets the text of a page that it has left.
      await seen.bodies();
      await page.goto(server.origin + path);
    }
    const sent = new URL((await asked).url()).searchParams;
    const got = new URL((await back).url()).searchParams;
    const secrets = [sent.get('state'), sent.get('nonce'), got.get('code'), ...server.secrets];
    expect(secrets.length).toBeGreaterThanOrEqual(7);
    for (const secret of secrets) expect(secret).toMatch(/^[\w.-]{20,}$/);
    expect(server.secrets.map(challenge)).toContain(sent.get('code_challenge'));
    const entries = await page.evaluate(() =>
      (window as unknown as { navigation: { entries(): { url: string }[] } }).navigation
        .entries()
        .map(({ url }) => url),
    );
    expect(entries.length).toBeGreaterThan(4);
    const bodies = await seen.bodies();
    expect(bodies.length).toBeGreaterThan(4);
    const all = [...bodies, ...entries, ...(await seen.referrers())].join('\n');
    for (const secret of secrets) expect(all).not.toContain(secret);
  });
});

/** The S256 challenge of a verifier (RFC 7636 §4.2). */
function challenge(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
