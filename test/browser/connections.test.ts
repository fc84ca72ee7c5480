import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import {
  expectCompleteInEveryLook,
  expectEveryPageLookedAt,
  newUser,
  ORIGIN,
  signIn,
  useBrowser,
} from './browser.ts';

useBrowser();
expectEveryPageLookedAt('connections');

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

/** What a program gets that posts a form. */
async function post(path: string, form: Record<string, string>) {
  const response = await fetch(ORIGIN + path, { method: 'POST', body: new URLSearchParams(form) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const exchange = (key: string, more = {}) =>
  post('/token', {
    grant_type: TOKEN_EXCHANGE,
    subject_token: key,
    subject_token_type: ACCESS_TOKEN,
    audience: 'demo',
    ...more,
  });

/** Signs in at the demo provider, and makes a connection; returns its key. */
async function makeConnection(page: Page): Promise<string> {
  await signIn(page, `Ada ${crypto.randomUUID().slice(0, 8)}`);
  await page.getByRole('link', { name: 'Connections for programs' }).click();
  await page.getByLabel('Name of the program').fill('Nightly backup');
  await page.getByLabel('Give the access token itself to the program').check();
  await page.getByRole('button', { name: 'Continue to the provider' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('heading', { name: 'Copy the key now' }).waitFor();
  return (await page.locator('#new-key').textContent()) ?? '';
}

async function deviceCode(label: string) {
  const asked = { client_id: 'drawbridge-cli', scope: 'demo openid email', label, raw_tokens: 'true' };
  const { body } = await post('/device_authorization', asked);
  return body as { user_code: string; device_code: string };
}

it('a user makes a connection, copies its key once, and a script has a token', async () => {
  const page = await newUser();
  const key = await makeConnection(page);
  expect(await exchange(key)).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
  expect(await exchange(key, { scope: 'openid' })).toMatchObject({ status: 200, body: { scope: 'openid' } });
  await page.reload();
  expect(await page.content()).not.toContain('dbk_');
  await page.getByRole('button', { name: 'End Nightly backup' }).click();
  await page.getByText('No key yet.').waitFor();
  expect((await exchange(key)).status).toBe(400);
});

it('a program without a browser gets a key that somebody has approved', async () => {
  const page = await newUser();
  await signIn(page, `Ada ${crypto.randomUUID().slice(0, 8)}`);
  const { user_code, device_code } = await deviceCode('ada@laptop');
  await page.goto(`${ORIGIN}/device`);
  await page.getByLabel('Code').fill(user_code.toLowerCase().replace('-', ' '));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('ada@laptop').waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('Approved. Go back to the program').waitFor();
  const form = { grant_type: DEVICE_CODE, client_id: 'drawbridge-cli', device_code };
  const { status, body } = await post('/token', form);
  expect(status).toBe(200);
  expect((await exchange(String(body.access_token))).status).toBe(200);
});

/** Every page about connections, and how a user gets there. */
const PAGES: Record<string, (page: Page) => Promise<unknown>> = {
  'the new key': (page) => makeConnection(page),
  'a connection with its forms': async (page) => {
    await makeConnection(page);
    await page.reload();
    for (const summary of await page.locator('summary').all()) await summary.click();
  },
  'the list of connections': async (page) => {
    await makeConnection(page);
    await page.goto(`${ORIGIN}/connections`);
    await page.getByText('Limit the key further').click();
  },
  'a connection that a link asks for': async (page) => {
    await signIn(page);
    await page.goto(`${ORIGIN}/connections/new?provider=demo&label=Nightly%20backup`);
  },
  'a code that is wrong': async (page) => {
    await signIn(page);
    await page.goto(`${ORIGIN}/device`);
    await page.getByLabel('Code').fill('wrong');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').waitFor();
  },
  'the form for a code': async (page) => {
    await signIn(page);
    await page.goto(`${ORIGIN}/device`);
  },
  'the approval of a program': async (page) => {
    await signIn(page);
    const { user_code } = await deviceCode('a program with a name that is long enough to need several lines');
    await page.goto(`${ORIGIN}/device`);
    await page.getByLabel('Code').fill(user_code);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Approve' }).waitFor();
  },
  'a program that was declined': async (page) => {
    await signIn(page);
    const { user_code } = await deviceCode('ada@laptop');
    await page.goto(`${ORIGIN}/device`);
    await page.getByLabel('Code').fill(user_code);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Decline' }).click();
    await page.getByRole('heading', { name: 'Declined' }).waitFor();
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
