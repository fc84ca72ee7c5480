import { AxeBuilder } from '@axe-core/playwright';
import chromium from '@sparticuz/chromium';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  chromium as playwright,
} from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import { PAGE_ROUTES, pageRouteOf } from './page-routes.ts';

export const ORIGIN = inject('origin');
export const ISSUER = inject('issuer');

/** Nothing outside this machine can be reached: a page that asks for more fails the test. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

let browser: Browser;
const contexts: BrowserContext[] = [];
const outside: string[] = [];

/** One browser a file, a fresh profile a test, nothing kept, and no request that leaves this machine. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await playwright.launch({
      executablePath: process.env.CHROMIUM_PATH ?? (await chromium.executablePath()),
      args: ARGUMENTS,
    });
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(outside.splice(0)).toEqual([]);
  });
  afterAll(() => browser.close());
}

/** A new user: a browser profile with nothing in it. */
export async function newUser(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  contexts.push(context);
  context.setDefaultTimeout(10_000);
  context.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (!['localhost', '127.0.0.1'].includes(hostname) && protocol.startsWith('http'))
      outside.push(request.url());
  });
  return context.newPage();
}

/** From the login page to the provider's consent page. */
export async function toConsent(page: Page, name = 'Ada Lovelace'): Promise<void> {
  await page.goto(ORIGIN);
  await page.getByRole('link', { name: 'Continue with Demo provider' }).click();
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).waitFor();
}

/** The whole way of a new user to the result page. */
export async function signIn(page: Page, name = 'Ada Lovelace'): Promise<void> {
  await toConsent(page, name);
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${ORIGIN}/session`);
}

/** What axe finds against WCAG 2.2 AA and its own best practices: one line a fault. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

/** How many pixels the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** What the keyboard can't do on the page: controls that Tab doesn't reach, and those that don't show the focus. */
async function keyboardFaults(page: Page): Promise<string[]> {
  const controls = await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    return [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
      .filter((control) => control.checkVisibility({ visibilityProperty: true }))
      .map((control, index) => {
        const html = control.outerHTML.slice(0, 80);
        control.setAttribute('data-tab', String(index));
        return html;
      });
  });
  const missing = new Set(controls.keys());
  const faults: string[] = [];
  // Tab goes on from where the last click was, and passes the end of the page on the way round.
  for (let presses = controls.length + 2; presses > 0 && missing.size > 0; presses--) {
    await page.keyboard.press('Tab');
    const { index, isShown } = await page.evaluate(() => {
      const focused = document.activeElement ?? document.body;
      const { outlineStyle, outlineWidth } = getComputedStyle(focused);
      const isOutlined = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
      return { index: Number(focused.getAttribute('data-tab') ?? -1), isShown: isOutlined };
    });
    missing.delete(index);
    if (index >= 0 && !isShown) faults.push(`focus is not shown: ${controls[index]}`);
  }
  return [...faults, ...[...missing].map((index) => `Tab does not reach: ${controls[index]}`)];
}

/** The routes whose pages this file of tests has looked at. */
const lookedAt = new Set<string>();

/** After all tests of a file: it has looked at every page that it is to look at. */
export function expectEveryPageLookedAt(file: string): void {
  afterAll(() => {
    const wanted = Object.keys(PAGE_ROUTES).filter((route) => PAGE_ROUTES[route] === file);
    expect(wanted.filter((route) => !lookedAt.has(route))).toEqual([]);
  });
}

/** Notes that this page is looked at; the first page of a route has to work with the keyboard alone. */
export async function lookAt(page: Page): Promise<void> {
  const route = pageRouteOf(new URL(page.url()).pathname) ?? '';
  if (lookedAt.has(route)) return;
  lookedAt.add(route);
  // The stylesheet too.
  await page.waitForLoadState();
  expect([page.url(), ...(await keyboardFaults(page))]).toEqual([page.url()]);
}

/** Windows and colour schemes in which every page has to be complete. */
const DESK = { width: 1280, height: 800 };
const LOOKS = {
  light: { colorScheme: 'light', viewport: DESK },
  dark: { colorScheme: 'dark', viewport: DESK },
  'on a phone': { colorScheme: 'light', viewport: { width: 360, height: 640 } },
} as const;

/** The page as it is now has no fault for axe and is not wider than its window, in every look. */
export async function expectCompleteInEveryLook(
  page: Page,
  name = new URL(page.url()).pathname,
): Promise<void> {
  await lookAt(page);
  for (const [look, { colorScheme, viewport }] of Object.entries(LOOKS)) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize(viewport);
    const found = { name, look, faults: await accessibilityFaults(page), overflow: await overflow(page) };
    expect(found).toEqual({ name, look, faults: [], overflow: 0 });
  }
}
