import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { accessibilityFaults, newUser, ORIGIN, overflow, useBrowser } from './browser.ts';
import { renderedPages } from './rendered-pages.mjs';

useBrowser();

/** WCAG 2.2, 1.4.10 (reflow) and 1.4.4 (text of twice the size). */
const SIZES = [
  { width: 1280, text: '100%' },
  { width: 320, text: '100%' },
  { width: 640, text: '200%' },
];

const WIDE_LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="60"/>';

/** The browser gets the page from our origin, so that it has its stylesheet. */
async function show(page: Page, html: string): Promise<void> {
  await page.unrouteAll();
  await page.route(`${ORIGIN}/rendered`, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.route(`${ORIGIN}/assets/brand`, (route) =>
    route.fulfill({ contentType: 'image/svg+xml', body: WIDE_LOGO }),
  );
  await page.goto(`${ORIGIN}/rendered`);
}

it('every page fits on a narrow screen and with large text, whatever people and providers are called', async () => {
  const page = await newUser();
  const faults: unknown[] = [];
  for (const [what, html] of await renderedPages()) {
    await show(page, html);
    for (const { width, text } of SIZES) {
      await page.setViewportSize({ width, height: 800 });
      await page.evaluate((size) => document.documentElement.style.setProperty('font-size', size), text);
      const tooWide = await overflow(page);
      if (tooWide > 0) faults.push({ what, width, text, tooWide });
    }
    expect(await page.locator('b, main script').count()).toBe(0);
  }
  expect(faults).toEqual([]);
}, 60_000);

it.each(['light', 'dark'] as const)(
  'settings that are wrong, and the operator’s brand, are complete for everyone (WCAG 2.2 AA): %s',
  async (colorScheme) => {
    const page = await newUser({ colorScheme });
    const wanted = /^the settings|^(?:the session|an error), with a name from right/;
    const chosen = (await renderedPages()).filter(([what]) => wanted.test(what));
    expect(chosen.length).toBe(3);
    for (const [what, html] of chosen) {
      await show(page, html);
      expect([what, ...(await accessibilityFaults(page))]).toEqual([what]);
    }
  },
);
