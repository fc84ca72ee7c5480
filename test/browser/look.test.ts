import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import {
  expectCompleteInEveryLook,
  expectEveryPageLookedAt,
  ISSUER,
  newUser,
  ORIGIN,
  signIn,
  toConsent,
  useBrowser,
} from './browser.ts';

useBrowser();
expectEveryPageLookedAt('look');

/** The provider asks who it is again; the session here stays. */
async function forgetAtProvider(page: Page): Promise<void> {
  const cookies = await page.context().cookies(ORIGIN);
  await page.context().clearCookies();
  await page.context().addCookies(cookies.filter(({ name }) => name.startsWith('drawbridge-')));
}

/** A click on a link of a page of that origin. */
async function follow(page: Page, origin: string, href: string): Promise<void> {
  const html = `<a href="${href}">Go on</a>`;
  await page.route(`${origin}/link`, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.goto(`${origin}/link`);
  await page.getByRole('link').click();
}

/** Every page of Drawbridge and of its demo provider, and how a user gets there. */
const PAGES: Record<string, (page: Page) => Promise<unknown>> = {
  'the login page': (page) => page.goto(ORIGIN),
  'the result page': async (page) => {
    await signIn(page);
    for (const summary of await page.locator('summary').all()) await summary.click();
  },
  'an API call and a refresh': async (page) => {
    await signIn(page);
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.getByText('Refreshed. The provider sent').waitFor();
    await expectCompleteInEveryLook(page, 'refreshed');
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByText('What your page sends').waitFor();
  },
  'another person’s account': async (page) => {
    await signIn(page);
    await forgetAtProvider(page);
    await follow(page, ORIGIN, '/login/demo?connect=1');
    await page.getByLabel('Your name').fill('Grace Hopper');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('heading', { name: 'That’s a different account' }).waitFor();
  },
  'the question before a login replaces a session': async (page) => {
    await signIn(page);
    await follow(page, ISSUER.replace('//localhost:', '//127.0.0.1:'), `${ORIGIN}/login/demo`);
    await page.getByRole('heading', { name: 'Sign in again?' }).waitFor();
  },
  'a login that was declined, with its steps': async (page) => {
    await toConsent(page);
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByRole('heading', { name: 'Access was not granted' }).waitFor();
  },
  'the page of somebody who is not signed in': (page) => page.goto(`${ORIGIN}/session`),
  'the question before signing out': async (page) => {
    await signIn(page);
    await page.goto(`${ORIGIN}/logout`);
  },
  'the user’s sessions': async (page) => {
    // A user of its own: what is ended here is nobody else's.
    const name = `Ada ${crypto.randomUUID().slice(0, 8)}`;
    for (const browser of [await newUser(), await newUser(), page]) await signIn(browser, name);
    await page.getByRole('link', { name: 'Your sessions' }).click();
    const end = page.getByRole('button', { name: /^Sign out of .* session/ });
    await expect.poll(async () => (await page.reload()) && (await end.count())).toBe(2);
    await end.first().click();
    await expect.poll(() => end.count()).toBe(1);
  },
  'an error': (page) => page.goto(`${ORIGIN}/callback?code=x&state=y`),
  'a provider that is not there': (page) => page.goto(`${ORIGIN}/login/nobody`),
  'what the provider’s frame shows after a logout there': (page) =>
    page.goto(`${ORIGIN}/frontchannel-logout/demo?${new URLSearchParams({ iss: ISSUER, sid: 'nobody' })}`),
  'a page that is not there': (page) => page.goto(`${ORIGIN}/nowhere`),
  'the provider’s sign-in': (page) => page.goto(`${ORIGIN}/login`),
  'the provider’s consent': (page) => toConsent(page),
  'the provider’s sign-out': async (page) => {
    await signIn(page);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('heading', { name: 'Sign out here too?' }).waitFor();
  },
  'the login page after signing out': async (page) => {
    await signIn(page);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByText('You’re signed out').waitFor();
  },
};

it.each(Object.entries(PAGES))(
  '%s is complete for everyone, in every look (WCAG 2.2 AA)',
  async (_, open) => {
    const page = await newUser({ reducedMotion: 'reduce' });
    await open(page);
    await expectCompleteInEveryLook(page);
  },
);
