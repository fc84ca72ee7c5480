import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { accessibilityFaults, newUser, ORIGIN, overflow, signIn, toConsent, useBrowser } from './browser.ts';

useBrowser();

/** Every page of Drawbridge and of its demo provider, and how a user gets there. */
const PAGES: Record<string, (page: Page) => Promise<unknown>> = {
  'the login page': (page) => page.goto(ORIGIN),
  'the result page': async (page) => {
    await signIn(page);
    for (const summary of await page.locator('summary').all()) await summary.click();
  },
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
  'a page that is not there': (page) => page.goto(`${ORIGIN}/nowhere`),
  'the provider’s sign-in': (page) => page.goto(`${ORIGIN}/login`),
  'the provider’s consent': (page) => toConsent(page),
  'the provider’s sign-out': async (page) => {
    await signIn(page);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('heading', { name: 'Sign out here too?' }).waitFor();
  },
};

const DESK = { width: 1280, height: 800 };
const LOOKS = {
  light: { colorScheme: 'light', viewport: DESK },
  dark: { colorScheme: 'dark', viewport: DESK },
  'on a phone': { colorScheme: 'light', viewport: { width: 360, height: 640 } },
} as const;

it.each(Object.entries(PAGES))(
  '%s is complete for everyone, in every look (WCAG 2.2 AA)',
  async (_, open) => {
    const page = await newUser({ reducedMotion: 'reduce' });
    await open(page);
    for (const [look, { colorScheme, viewport }] of Object.entries(LOOKS)) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      const found = { look, faults: await accessibilityFaults(page), overflow: await overflow(page) };
      expect(found).toEqual({ look, faults: [], overflow: 0 });
    }
  },
);
