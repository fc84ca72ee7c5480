import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
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
    await signIn(await newUser());
    await signIn(page);
    await page.getByRole('link', { name: 'Your sessions' }).click();
    const end = page.getByRole('button', { name: /^End session/ });
    await expect.poll(async () => (await page.reload()) && (await end.count())).toBeGreaterThan(0);
    const before = await end.count();
    await end.first().click();
    await expect.poll(() => end.count()).toBe(before - 1);
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

const LOOKS = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  'on a phone': { colorScheme: 'light', viewport: { width: 360, height: 640 } },
} as const;

describe.each(Object.entries(LOOKS))('%s', (_, look) => {
  it.each(Object.entries(PAGES))('%s is complete for everyone (WCAG 2.2 AA)', async (_name, open) => {
    const page = await newUser(look);
    await open(page);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
  });
});
