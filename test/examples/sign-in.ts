import type { Page } from 'playwright-core';

/** At the demo provider: signs in under a name and allows what is asked for. */
export async function signInAtProvider(page: Page, name = 'Ada Lovelace'): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
}
