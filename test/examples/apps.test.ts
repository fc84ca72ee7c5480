import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newUser, useBrowser } from '../browser/browser.ts';
import { runExample, startCommand } from './run-example.mjs';
import { signInAtProvider } from './sign-in.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

useBrowser();

describe.each([
  ['hono', '/notes', 'The notes of ada-lovelace'],
  ['two-workers', '/orders', 'The orders of ada-lovelace'],
])('examples/%s', (name, path, heading) => {
  let example: Awaited<ReturnType<typeof runExample>>;
  beforeAll(async () => {
    example = await runExample(name);
  });
  afterAll(() => example.stop());

  it('signs a user in, knows who it is, and signs them out', async () => {
    const page = await newUser();
    await page.goto(example.origin);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await signInAtProvider(page);
    await page.waitForURL(`${example.origin}/`);
    expect(await page.getByRole('heading').textContent()).toContain('Hello, ');
    expect(await page.getByRole('heading').textContent()).not.toContain('stranger');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.goto(example.origin);
    expect(await page.getByRole('heading').textContent()).toBe('Hello, stranger');
  });

  it('leads a visit to a guarded page through the sign-in and back', async () => {
    const page = await newUser();
    await page.goto(`${example.origin}${path}?from=a-link`);
    await signInAtProvider(page);
    await page.waitForURL(`${example.origin}${path}?from=a-link`);
    expect(await page.getByRole('heading').textContent()).toBe(heading);
  });

  it('answers a program with 401 and where to sign in', async () => {
    const response = await fetch(`${example.origin}${path}`);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: 'not_signed_in', login_url: '/auth/login' });
  });
});

describe.each(readdirSync(EXAMPLES).filter((name) => !/^\.|^node_modules$|\.tmp$/.test(name)))(
  'examples/%s',
  (name) => {
    it('has a README of at most 60 lines whose first command starts it', () => {
      const readme = readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8');
      expect(readme.split('\n').length).toBeLessThanOrEqual(60);
      expect(startCommand(name)).toBe(`npm run example ${name}`);
    });

    it('takes nothing out of src/', () => {
      const files = readdirSync(join(EXAMPLES, name), { recursive: true, encoding: 'utf8' });
      const texts = files
        .filter((path) => /\.(?:ts|mjs|js|toml)$/.test(path) && !/node_modules|\.wrangler/.test(path))
        .map((path) => readFileSync(join(EXAMPLES, name, path), 'utf8'));
      expect(texts.length).toBeGreaterThan(0);
      expect(texts.filter((text) => /\.\.\/(?:\.\.\/)+src\//.test(text))).toEqual([]);
    });
  },
);
