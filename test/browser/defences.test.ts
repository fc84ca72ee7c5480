import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ISSUER, newUser, ORIGIN, signIn, toConsent, useBrowser } from './browser.ts';

useBrowser();

/** Another site: `127.0.0.1` and `localhost` share nothing. It serves whatever page a test asks for. */
let elsewhere: Server;
let EVIL = '';
beforeAll(async () => {
  elsewhere = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    response.writeHead(200, { 'content-type': 'text/html' }).end(searchParams.get('page') ?? '');
  }).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  EVIL = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
});
afterAll(() => {
  elsewhere.closeAllConnections();
  elsewhere.close();
});

const evilPage = (html: string) => `${EVIL}/?${new URLSearchParams({ page: `<!doctype html>${html}` })}`;
const isSignedIn = async (page: Page) => (await page.request.get(`${ORIGIN}/session`)).status() === 200;

describe('another site', () => {
  it('gets none of the pages into a frame', async () => {
    const page = await newUser();
    await signIn(page);
    const paths = ['/', '/session', '/logout', '/nowhere'];
    await page.goto(evilPage(paths.map((path) => `<iframe src="${ORIGIN}${path}"></iframe>`).join('')));
    const refused = () => page.frames().filter((frame) => frame.url().startsWith('chrome-error:'));
    await expect.poll(() => refused().length).toBe(paths.length);
  });

  it('can’t sign a user out or refresh by a form', async () => {
    const page = await newUser();
    await signIn(page);
    for (const path of ['/logout', '/session/refresh']) {
      await page.goto(evilPage(`<form method="post" action="${ORIGIN}${path}"><button>Win</button></form>`));
      const answer = page.waitForResponse(`${ORIGIN}${path}`);
      await page.getByRole('button').click();
      expect((await answer).status()).toBe(403);
    }
    expect(await isSignedIn(page)).toBe(true);
  });

  it('reads and writes nothing by script, with the user’s cookies or without', async () => {
    const page = await newUser();
    await signIn(page);
    await page.goto(evilPage('<title>Evil</title>'));
    const read = (path: string, init: RequestInit) =>
      page.evaluate(
        ([url, options]) =>
          fetch(url as string, options as RequestInit).then(
            () => 'read',
            () => 'refused',
          ),
        [ORIGIN + path, init] as const,
      );
    for (const path of ['/session', '/token', '/']) {
      expect(await read(path, { credentials: 'include' })).toBe('refused');
    }
    await read('/logout', { method: 'POST', mode: 'no-cors', credentials: 'include' });
    expect(await isSignedIn(page)).toBe(true);
  });

  it('that opened the login page holds no handle on it', async () => {
    const page = await newUser();
    await page.goto(evilPage(`<a href="${ORIGIN}/" target="_blank" rel="opener">Open</a>`));
    const popup = page.context().waitForEvent('page');
    await page.getByRole('link').click();
    const opened = await popup;
    await opened.waitForURL(`${ORIGIN}/`);
    expect(await opened.evaluate(() => window.opener)).toBeNull();
  });
});

describe('after signing in', () => {
  it('no script reads the cookies, which are for this host and HTTP alone', async () => {
    const page = await newUser();
    await signIn(page);
    expect(await page.evaluate(() => document.cookie)).toBe('');
    const cookies = (await page.context().cookies(ORIGIN)).filter(({ name }) =>
      name.startsWith('drawbridge-session'),
    );
    expect(cookies.length).toBeGreaterThan(0);
    for (const { httpOnly, sameSite, domain, path } of cookies) {
      expect({ httpOnly, sameSite, domain, path }).toEqual({
        httpOnly: true,
        sameSite: 'Lax',
        domain: 'localhost',
        path: '/',
      });
    }
  });

  it('no code, state or token is in the history, the address, the referrer or the storage', async () => {
    const page = await newUser();
    await toConsent(page);
    const callback = page.waitForRequest((request) => request.url().startsWith(`${ORIGIN}/callback?`));
    const arrival = page.waitForRequest(`${ORIGIN}/session`);
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${ORIGIN}/session`);
    const sent = new URL((await callback).url()).searchParams;
    const seen = await page.evaluate(() => ({
      entries: (window as unknown as { navigation: { entries(): { url: string }[] } }).navigation
        .entries()
        .map(({ url }) => url),
      address: location.href,
      referrer: document.referrer,
      stored: [Object.entries(localStorage), Object.entries(sessionStorage)],
    }));
    for (const name of ['code', 'state']) {
      expect(sent.get(name)).toBeTruthy();
      expect(JSON.stringify(seen)).not.toContain(sent.get(name));
    }
    expect(seen.stored).toEqual([[], []]);
    expect(await (await arrival).headerValue('referer')).toBeNull();
  });

  it('what leaves for the provider names no page of ours', async () => {
    const page = await newUser();
    await page.goto(`${ORIGIN}/?return_to=/employees`);
    const sent = page.waitForRequest((request) => request.url().startsWith(`${ISSUER}/auth?`));
    await page.getByRole('link', { name: 'Continue with Demo provider' }).click();
    expect(await (await sent).headerValue('referer')).toBeNull();
  });
});

describe('a page', () => {
  it('runs no script that is written into it, and takes no text for script (Trusted Types)', async () => {
    const page = await newUser();
    await page.goto(ORIGIN);
    const tries = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.append('window.broken = true');
      document.body.append(script);
      const caught = (work: () => unknown) => {
        try {
          work();
          return 'done';
        } catch (error) {
          return (error as Error).name;
        }
      };
      return {
        inline: 'broken' in window,
        html: caught(() => {
          document.body.innerHTML = '<img src=x>';
        }),
        policy: caught(() =>
          (
            window as unknown as { trustedTypes: { createPolicy(...given: unknown[]): unknown } }
          ).trustedTypes.createPolicy('own', {}),
        ),
      };
    });
    expect(tries).toEqual({ inline: false, html: 'TypeError', policy: 'TypeError' });
  });
});
