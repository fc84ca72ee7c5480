import { afterEach, describe, expect, it, vi } from 'vitest';
import { signIn, stage, startLogin } from '../flows/journey.ts';
import { errorOf, type Visitor } from '../support/visitor.ts';

afterEach(() => vi.useRealTimers());

/** The cookies of logins, as the browser sends them. */
const sentFor = ({ cookies }: Visitor) =>
  [...cookies].filter(([name]) => name.includes('login-')).map((cookie) => cookie.join('='));

const sizeOf = (visitor: Visitor) => sentFor(visitor).join('; ').length;

describe('logins that are open at once', () => {
  it.each([2, 10])('%i tabs that start at the same moment all finish', async (tabs) => {
    const { op, visitor } = await stage();
    // A restored browser: no tab has the cookie of another one yet.
    const browsers = Array.from({ length: tabs }, () => visitor.at(visitor.env));
    const urls = await Promise.all(browsers.map((tab, n) => startLogin(tab, `/login?return_to=/tab/${n}`)));
    for (const tab of browsers) for (const [name, value] of tab.cookies) visitor.cookies.set(name, value);
    for (const [n, url] of urls.entries()) {
      const back = await visitor.get(op.callback(url));
      expect(back.headers.get('location')).toBe(`/tab/${n}`);
    }
  });

  it('are ten at least, in 10 KB at most, and the oldest goes first', async () => {
    const { op, visitor } = await stage({ dpop_bound_access_tokens: true });
    op.tokenType = 'DPoP';
    vi.useFakeTimers({ toFake: ['Date'] });
    const urls: URL[] = [];
    for (let n = 0; n < 30; n++) {
      urls.push(await startLogin(visitor, `/login?return_to=/reports/${n}?filter=${'x'.repeat(60)}`));
      vi.setSystemTime(Date.now() + 10);
      expect(sizeOf(visitor)).toBeLessThanOrEqual(10_240);
    }
    expect(sentFor(visitor).length).toBeGreaterThanOrEqual(10);
    const open = urls.filter((url) =>
      sentFor(visitor).some((cookie) => cookie.includes(url.searchParams.get('state')?.slice(0, 16) ?? '-')),
    );
    expect(open).toEqual(urls.slice(-open.length));
    expect((await visitor.get(op.callback(urls.at(-1) as URL))).status).toBe(303);
  });

  it('take about a kilobyte each, measured as sent', async () => {
    const { visitor } = await stage({ dpop_bound_access_tokens: true, scope: 'openid profile email' });
    await startLogin(visitor, `/login?return_to=/reports?${'filter=value&'.repeat(20)}`);
    expect(sizeOf(visitor)).toBeLessThan(1024);
  });

  it.each([
    ['login_hint', 'x'],
    ['ui_locales', 'de '],
    ['acr_values', 'urn:a '],
    ['scope', 'email '],
    ['return_to', '/é'],
  ])('five links with a huge %s leave at most 10 KB', async (name, piece) => {
    const { visitor } = await stage({ scope: 'openid email' });
    for (let n = 0; n < 5; n++) {
      const value = piece.repeat(Math.floor(4000 / piece.length));
      await visitor.get(`/login?${new URLSearchParams({ [name]: value })}`);
    }
    expect(sizeOf(visitor)).toBeLessThanOrEqual(10_240);
  });

  it('one that no cookie can hold is refused at the start', async () => {
    const { op, visitor } = await stage();
    const value = Array.from({ length: 240 }, () => crypto.randomUUID())
      .join(' ')
      .slice(0, 4000);
    const refused = await visitor.getJson(`/login?${new URLSearchParams({ acr_values: value })}`);
    expect(refused.status).toBe(400);
    expect(await errorOf(refused)).toBe('invalid_request');
    expect(visitor.cookies.size).toBe(0);
    expect(op.paths).not.toContain('/token');
  });
});

describe('a return_to', () => {
  it.each([
    ['/wiki/%C3%9Cbersicht', '/wiki/%C3%9Cbersicht'],
    [`/${'ü'.repeat(300)}`, `/${'%C3%BC'.repeat(300)}`],
    [`/search?${'q=many+words&'.repeat(150)}`, `/search?${'q=many+words&'.repeat(150)}`],
    [`/${'ü'.repeat(2000)}`, '/session'],
  ])('is led to at the end, or was never accepted (%#)', async (wanted, expected) => {
    const { op, visitor } = await stage();
    const back = await signIn(visitor, op, `/login?${new URLSearchParams({ return_to: wanted })}`);
    expect(back.status).toBe(303);
    expect(back.headers.get('location')).toBe(expected);
  });
});

describe('a login that took too long', () => {
  it.each([616, 3000])('%i seconds: says so, and starts again where it was to lead', async (seconds) => {
    const { op, visitor } = await stage();
    const started = await visitor.get('/login?return_to=/orders/7');
    expect(started.headers.getSetCookie().join()).toContain('Max-Age=3600');
    const path = op.callback(new URL(started.headers.get('location') ?? ''));
    vi.useFakeTimers({ now: Date.now() + seconds * 1000, toFake: ['Date'] });
    const page = await (await visitor.get(path)).text();
    expect(page).toContain('<code>login_expired</code>');
    expect(page).toContain('href="/login/op?return_to=%2Forders%2F7"');
  });
});
