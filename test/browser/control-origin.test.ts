import { expect, it } from 'vitest';
import { newUser, ORIGIN, useBrowser } from './browser.ts';

useBrowser();

const CONTROL = ORIGIN.replace('//localhost:', '//127.0.0.1:');

it('the control origin has the admin, and a sign-in of its own that ends there', async () => {
  const page = await newUser();
  await page.goto(`${CONTROL}/admin`);
  await page.getByLabel('Token').waitFor();
  await page.goto(CONTROL);
  await page.getByRole('link', { name: 'Continue with Demo provider' }).click();
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${CONTROL}/session`);
  expect(
    (await page.request.get(`${ORIGIN}/session`, { headers: { accept: 'application/json' } })).status(),
  ).toBe(401);
});
