import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newUser, useBrowser } from '../browser/browser.ts';
import { edit, runExample } from './run-example.mjs';
import { signInAtProvider } from './sign-in.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const EMPLOYEES = ['Ashley', 'Kate', 'Joe'];
const run = promisify(execFile);

useBrowser();

/** Signs in at Drawbridge, where a page of it has led to. */
async function signIn(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Continue with Demo provider' }).click();
  await signInAtProvider(page);
  await page.waitForURL(/\/auth\/(?:connections|device)$/);
}

const names = (json: string) => (JSON.parse(json) as { name: string }[]).map(({ name }) => name);

describe('examples/script', () => {
  let example: Awaited<ReturnType<typeof runExample>>;
  const config = mkdtempSync(join(tmpdir(), 'drawbridge-config-'));
  const folder = join(EXAMPLES, 'script');
  beforeAll(async () => {
    example = await runExample('script');
  });
  afterAll(async () => {
    await example?.stop();
    rmSync(config, { recursive: true, force: true });
  });

  it('has its scripts call the API after one sign-in on another device', async () => {
    const env = { ...process.env, XDG_CONFIG_HOME: config, API_URL: `${example.issuer}/api/employees` };
    const login = spawn(
      'npx',
      ['drawbridge', 'login', 'demo', '--raw', '--server', `${example.origin}/auth`],
      {
        cwd: folder,
        env,
      },
    );
    const ended = once(login, 'exit');
    let output = '';
    const shown = new Promise<RegExpExecArray>((resolve) => {
      login.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
        const found = /(http\S+)\s+and enter the code:\s+(\S+)/.exec(output);
        if (found) resolve(found);
      });
    });
    const [, address = '', code = ''] = await shown;

    const page = await newUser();
    await page.goto(address);
    await signIn(page);
    await page.getByLabel('Code').fill(code);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    expect((await ended)[0]).toBe(0);
    expect(statSync(join(config, 'drawbridge/keys.json')).mode & 0o777).toBe(0o600);

    const shell = await run('./report.sh', { cwd: folder, env });
    expect(names(shell.stdout)).toEqual(EMPLOYEES);
    const node = await run(process.execPath, ['report.mjs'], { cwd: folder, env });
    expect(node.stdout).toBe('3 employees\n');

    await run('npx', ['drawbridge', 'logout', 'demo'], { cwd: folder, env });
    await expect(run(process.execPath, ['report.mjs'], { cwd: folder, env })).rejects.toMatchObject({
      code: 2,
    });
  });
});

describe('examples/ci', () => {
  /** A copy, since its user edits it. */
  const copy = 'ci-copy.tmp';
  const folder = join(EXAMPLES, copy);
  let example: Awaited<ReturnType<typeof runExample>>;
  beforeAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    cpSync(join(EXAMPLES, 'ci'), folder, {
      recursive: true,
      filter: (path) => !/\.wrangler|\.dev\.vars/.test(path),
    });
    example = await runExample('ci', copy);
  });
  afterAll(async () => {
    await example?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has a job get a token by the JWT of its CI system, and no other job', async () => {
    const page = await newUser();
    await page.goto(`${example.origin}/auth/connections`);
    await signIn(page);
    await page.getByLabel('Name of the program').fill('CI');
    await page.getByRole('button', { name: 'Continue to the provider' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    const id = (await page.getByRole('code').textContent()) ?? '';

    const url = `${example.origin}/auth`;
    const configuration = join(folder, 'wrangler.toml');
    edit(configuration, (text: string) =>
      text
        .replace('a'.repeat(26), id)
        .replace('http://localhost:8790', example.server)
        .replace('http://localhost:8787/auth', url),
    );
    const env = {
      ...process.env,
      DRAWBRIDGE_URL: url,
      API_URL: `${example.issuer}/api/employees`,
      ACTIONS_ID_TOKEN_REQUEST_URL: `${example.server}/token?job=1`,
    };
    const job = (more = {}) => run('./job.sh', { cwd: folder, env: { ...env, ...more } });
    const printed = () => job().then(({ stdout }) => names(stdout), String);
    await expect.poll(printed).toEqual(EMPLOYEES);
    await expect(job({ ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-another-job' })).rejects.toThrow('401');
  });
});
