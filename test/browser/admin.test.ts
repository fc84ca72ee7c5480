import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readDevVars } from '../../scripts/dev-vars.mjs';
import {
  accessibilityFaults,
  expectEveryPageLookedAt,
  lookAt,
  newUser,
  ORIGIN,
  overflow,
  signIn,
  useBrowser,
} from './browser.ts';

useBrowser();
expectEveryPageLookedAt('admin');

const ADMIN = `${ORIGIN}/admin`;

async function signInOperator(page: Page, token: string = readDevVars('.dev.vars').ADMIN_TOKEN ?? '') {
  await page.goto(ADMIN);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Signs a user in, with a new name each time, since sessions outlive a run. Returns the `sub`. */
async function newSession(name = `Ada ${crypto.randomUUID().slice(0, 8)}`): Promise<string> {
  await signIn(await newUser(), name);
  return name.toLowerCase().replace(' ', '-');
}

let known: string;
beforeAll(async () => {
  known = await newSession();
});

/** The operator finds the session of that `sub`, which takes KV a moment, and opens it. */
async function openSession(operator: Page, sub = known): Promise<void> {
  await operator.goto(`${ADMIN}/sessions`);
  await operator.getByLabel('Subject').fill(sub);
  await operator.getByRole('button', { name: 'Search' }).click();
  const link = operator.getByRole('row').filter({ hasText: sub }).getByRole('link');
  await expect.poll(async () => (await operator.reload()) && (await link.count())).toBe(1);
  await link.click();
  await operator.getByRole('heading', { name: 'Timeline' }).waitFor();
}

/** The operator makes a connection of the service itself, once, and opens it with all its forms. */
async function openConnection(operator: Page): Promise<void> {
  connection ??= await makeConnection(operator);
  await operator.goto(connection);
  for (const summary of await operator.locator('summary').all()) await summary.click();
}

let connection: string | undefined;
async function makeConnection(operator: Page): Promise<string> {
  await operator.goto(`${ADMIN}/connections`);
  await operator
    .getByLabel('Name of the program')
    .fill('Nightly backup, with a name that needs several lines');
  await operator.getByRole('button', { name: 'Continue to the provider' }).click();
  await operator.getByLabel('Your name').fill('The service itself');
  await operator.getByRole('button', { name: 'Sign in' }).click();
  await operator.getByRole('button', { name: 'Allow' }).click();
  await operator.getByRole('heading', { name: 'Copy the key now' }).waitFor();
  return operator.url();
}

describe('the operator’s desk', () => {
  it('says in the form what is wrong with a token, and takes the right one after any number of wrong ones', async () => {
    const page = await newUser({ extraHTTPHeaders: { 'cf-connecting-ip': '198.51.100.1' } });
    for (let guess = 1; guess < 10; guess++) {
      const form = { token: `guess-${guess}` };
      const response = await page.request.post(`${ADMIN}/sign-in`, { form, headers: { origin: ORIGIN } });
      expect(response.status()).toBe(401);
    }
    await signInOperator(page, 'the last guess');
    await page.getByRole('alert').getByText('This is not the admin token').waitFor();
    await signInOperator(page, 'one too many');
    await page.getByRole('alert').getByText('Too many wrong tokens').waitFor();
    await signInOperator(page);
    await page.getByRole('heading', { name: 'Sessions' }).waitFor();
  });

  it('finds a session, pages, and ends it when asked twice', async () => {
    const page = await newUser();
    await signInOperator(page);
    const sub = await newSession();
    await openSession(page, sub);
    const session = page.url();
    // Other tests sign in meanwhile, and the newest come first: of this user nobody makes a session but this test.
    await newSession(sub);
    await page.goto(`${ADMIN}/sessions?limit=1&sub=${sub}`);
    const next = page.getByRole('link', { name: 'Next page' });
    await expect.poll(async () => (await page.reload()) && (await next.count())).toBe(1);
    const first = await page.locator('tbody').textContent();
    await next.click();
    await page.waitForURL(/offset=1/);
    expect(await page.locator('tbody').textContent()).not.toBe(first);
    await page.goto(session);
    const end = page.getByRole('button', { name: 'End it and revoke its tokens' });
    expect(await end.isVisible()).toBe(false);
    await page.getByText('End this session…').click();
    await end.click();
    await page.getByRole('heading', { name: 'Sessions' }).waitFor();
    expect((await page.goto(session))?.status()).toBe(404);
  });

  it('reveals tokens for half a minute', async () => {
    const page = await newUser();
    await page.clock.install();
    await signInOperator(page);
    await openSession(page);
    expect(await page.content()).not.toContain('access_token</code>');
    await page.getByRole('button', { name: 'Reveal tokens' }).click();
    const token = page.locator('#demo-access_token');
    await page.locator('summary', { hasText: 'access_token' }).click();
    expect((await token.textContent())?.trim()).toMatch(/^[\w-]{40,}$/);
    await page.getByText('hidden again in 30 seconds').waitFor();
    await page.clock.fastForward(31_000);
    await page.getByText('Hidden again.', { exact: true }).first().waitFor();
    expect(await token.count()).toBe(0);
  });

  it('reveals tokens without JavaScript too, and says to close the page', async () => {
    const page = await newUser({ javaScriptEnabled: false });
    await signInOperator(page);
    await openSession(page);
    await page.getByRole('button', { name: 'Reveal tokens' }).click();
    await page.getByText('Close this page when you’re done').waitFor();
    await page.locator('summary', { hasText: 'access_token' }).click();
    expect(await page.locator('#demo-access_token').isVisible()).toBe(true);
  });
});

const DESK = { width: 1280, height: 800 };
/** In the dark the colours differ and nothing else; the pages of a session and of the doctor have all of them. */
const LOOKS = {
  light: [
    { colorScheme: 'light', viewport: DESK },
    [
      'sessions?limit=3',
      'sessions?sub=nobody',
      'logins?limit=3',
      'providers',
      'providers/demo',
      'upstreams',
      'connections',
      'connections/new',
      'device',
      'doctor',
      'nowhere',
      '',
    ],
  ],
  dark: [
    { colorScheme: 'dark', viewport: DESK },
    ['sessions?limit=3', 'logins?limit=3', 'upstreams', 'connections', 'doctor'],
  ],
  'on a phone': [
    { colorScheme: 'light', viewport: { width: 360, height: 640 } },
    ['sessions?limit=3', 'logins?limit=3', 'providers', 'upstreams', 'connections', 'doctor', 'nowhere'],
  ],
} as const;

it.each(Object.entries(LOOKS))(
  '%s: pages are complete for everyone (WCAG 2.2 AA)',
  async (_, [look, paths]) => {
    const page = await newUser(look);
    const check = async () => {
      await lookAt(page);
      expect([page.url(), ...(await accessibilityFaults(page))]).toEqual([page.url()]);
      expect([page.url(), await overflow(page)]).toEqual([page.url(), 0]);
    };
    await signInOperator(page);
    await openSession(page);
    await lookAt(page);
    await page.getByText('End this session…').click();
    await page.getByRole('button', { name: 'Reveal tokens' }).click();
    for (const summary of await page.locator('.secret summary').all()) await summary.click();
    await check();
    await openConnection(page);
    await check();
    for (const path of paths) {
      if (path === '') await page.context().clearCookies();
      await page.goto(`${ADMIN}/${path}`);
      await check();
    }
  },
);
