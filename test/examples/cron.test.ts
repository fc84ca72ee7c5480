import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newUser, useBrowser } from '../browser/browser.ts';
import { edit, runExample } from './run-example.mjs';
import { signInAtProvider } from './sign-in.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
/** A copy, since its user edits it. */
const COPY = 'cron-copy.tmp';

useBrowser();

describe('examples/cron', () => {
  let example: Awaited<ReturnType<typeof runExample>>;
  const remove = () => rmSync(join(EXAMPLES, COPY), { recursive: true, force: true });
  beforeAll(async () => {
    remove();
    cpSync(join(EXAMPLES, 'cron'), join(EXAMPLES, COPY), {
      recursive: true,
      filter: (path) => !/\.wrangler|\.dev\.vars/.test(path),
    });
    example = await runExample('cron', COPY);
  });
  afterAll(async () => {
    await example?.stop();
    remove();
  });

  /** Runs the job by the command that the README names, and returns what it reports. */
  async function report(): Promise<string> {
    const readme = readFileSync(join(EXAMPLES, 'cron/README.md'), 'utf8');
    const path = /curl http:\/\/localhost:8787(\/\S+)/.exec(readme)?.[1];
    await (await fetch(example.origin + path)).text();
    return (await fetch(example.origin)).text();
  }

  it('calls the API with the token of a connection, until the connection ends', async () => {
    expect(await (await fetch(example.origin)).text()).toBe('The job has not run yet.');
    const page = await newUser();
    await page.goto(`${example.origin}/auth/connections`);
    await page.getByRole('link', { name: 'Continue with Demo provider' }).click();
    await signInAtProvider(page);
    await page.waitForURL(/\/auth\/connections$/);
    await page.getByLabel('Name of the program').fill('Morning report');
    await page.getByRole('button', { name: 'Continue to the provider' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(/\/auth\/connections\/[a-z2-7]+$/);
    const id = (await page.getByRole('code').textContent()) ?? '';
    expect(page.url()).toContain(`/${id}`);

    const configuration = join(EXAMPLES, COPY, 'job/wrangler.toml');
    edit(configuration, (text: string) => text.replace('paste-the-id-here', id));
    await expect.poll(report).toBe('3 employees');

    await page.getByText('End connection').click();
    await page.getByRole('button', { name: 'End it now' }).click();
    await expect.poll(report).toBe('failed: invalid_token');
  });
});
