import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newUser, useBrowser } from '../browser/browser.ts';
import { runExample } from './run-example.mjs';
import { signInAtProvider } from './sign-in.ts';

useBrowser();

type Example = Awaited<ReturnType<typeof runExample>>;

describe('examples/spa', () => {
  let example: Example;
  beforeAll(async () => {
    example = await runExample('spa');
  });
  afterAll(() => example.stop());

  it('gives no file to anybody who is not signed in, by any spelling of its path', async () => {
    for (const path of [
      '/app.js',
      '/index.html',
      '/app.js?x',
      '/%61pp.js',
      '//app.js',
      '/x/..%2fapp.js',
      '/app.js/',
      '/APP.js',
    ]) {
      const response = await fetch(example.origin + path, { redirect: 'manual' });
      expect([path, response.status >= 400, (await response.text()).includes('querySelector')]).toEqual([
        path,
        true,
        false,
      ]);
    }
  });

  it('leads a visit through the sign-in and back, and calls the API without a token', async () => {
    const page = await newUser();
    const tokens: string[] = [];
    page.on('request', (request) => tokens.push(request.headers().authorization ?? ''));
    await page.goto(`${example.origin}/?from=a-link`);
    await signInAtProvider(page);
    await page.waitForURL(`${example.origin}/?from=a-link`);
    await page.getByText('Signed in as Ada Lovelace').waitFor();
    await expect.poll(() => page.getByRole('listitem').allTextContents()).toEqual(['Ashley', 'Kate', 'Joe']);
    expect(tokens.filter((token) => token !== '')).toEqual([]);
  });

  it('keeps files in the browser alone, revalidated by ETag', async () => {
    const page = await newUser();
    await page.goto(example.origin);
    await signInAtProvider(page);
    await page.getByText('Signed in as Ada Lovelace').waitFor();
    const result = await page.evaluate(async () => {
      const first = await fetch('/app.js', { cache: 'no-store' });
      const etag = first.headers.get('etag') ?? '';
      const again = await fetch('/app.js', { cache: 'no-store', headers: { 'if-none-match': etag } });
      return { caching: first.headers.get('cache-control'), etag, again: again.status };
    });
    expect(result.caching).toMatch(/^private\b(?!.*public)/);
    expect(result.etag).not.toBe('');
    expect(result.again).toBe(304);
  });

  it('leaves no page of the admin within reach of its script', async () => {
    const page = await newUser();
    await page.goto(example.origin);
    await signInAtProvider(page);
    await page.getByText('Signed in as Ada Lovelace').waitFor();
    const found = await page.evaluate(async () => {
      const paths = [
        '/auth/admin',
        '/auth/admin/sessions',
        '/auth/connections',
        '/auth/device',
        '/auth/token',
      ];
      return Promise.all(paths.map(async (path) => (await fetch(path)).status));
    });
    expect(found).toEqual([404, 404, 404, 404, 404]);
  });

  it('signs the user out', async () => {
    const page = await newUser();
    await page.goto(example.origin);
    await signInAtProvider(page);
    await page.getByText('Signed in as Ada Lovelace').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect.poll(async () => (await page.request.get(`${example.origin}/app.js`)).status()).toBe(401);
  });
});

describe('examples/upstream', () => {
  let example: Example;
  beforeAll(async () => {
    example = await runExample('upstream');
  });
  afterAll(() => example.stop());

  it('tells the server who asks', async () => {
    const page = await newUser();
    await page.goto(`${example.origin}/today`);
    await signInAtProvider(page, 'Grace Hopper');
    await page.waitForURL(`${example.origin}/today`);
    expect(await page.getByRole('heading').textContent()).toBe('The orders of Grace Hopper');
    expect(await page.getByRole('paragraph').textContent()).toContain(
      'You are grace-hopper at http://localhost',
    );
  });

  it('has a server that takes nobody’s word but Drawbridge’s', async () => {
    expect((await fetch(example.server)).status).toBe(401);
    const forged = { 'drawbridge-assertion': 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.' };
    expect((await fetch(example.server, { headers: forged })).status).toBe(401);
  });
});
