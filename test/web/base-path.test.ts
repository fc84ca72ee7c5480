import { describe, expect, it } from 'vitest';
import { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { stage } from '../flows/journey.ts';
import { settings } from '../support/settings.ts';
import { locationOf, Visitor } from '../support/visitor.ts';

const ADMIN_TOKEN = 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ';

/** Every place of our own origin that a page leads to. */
function linksOf(html: string): string[] {
  return [...html.matchAll(/\b(?:href|src|action|formaction)="(\/[^"]*)"/g)].map(([, path]) => path ?? '');
}

describe('with BASE_PATH', () => {
  it.each(['/auth', '/a/b', '/auth/'])('%j: a whole login happens below it', async (base) => {
    const { op, visitor } = await stage({}, { BASE_PATH: base });
    const at = base.replace(/\/$/, '');
    const url = locationOf(await visitor.get(`${at}/login?return_to=/login`));
    expect(url.searchParams.get('redirect_uri')).toBe(`https://app.example${at}/callback`);
    const back = await visitor.get(op.callback(url));
    expect(back.headers.get('location')).toBe('/login');
    const session = await visitor.getJson(`${at}/session`);
    expect(session.status).toBe(200);
  });

  it('a login without return_to leads to the session below it', async () => {
    const { op, visitor } = await stage({}, { BASE_PATH: '/auth' });
    const back = await visitor.get(op.callback(locationOf(await visitor.get('/auth/login/op'))));
    expect(back.headers.get('location')).toBe('/auth/session');
  });

  it.each([
    '/auth',
    '/auth/',
    '/auth/session',
    '/auth/sessions',
    '/auth/logout',
    '/auth/nowhere',
    '/auth/admin',
  ])('every link of %s leads below it', async (path) => {
    const { op, visitor } = await stage(
      {},
      { BASE_PATH: '/auth', INSPECT: true, ADMIN_TOKEN, DEMO: true, DEMO_CLIENT_SECRET: 'x' },
    );
    await visitor.get(op.callback(locationOf(await visitor.get('/auth/login/op'))));
    const links = linksOf(await (await visitor.get(path)).text());
    expect(links.length).toBeGreaterThan(2);
    expect(links.filter((link) => !link.startsWith('/auth/'))).toEqual([]);
  });

  it.each(['/', '/login', '/session', '/assets/style.css', '/healthz', '/authx'])(
    '%s is none of ours',
    async (path) => {
      const { visitor } = await stage({}, { BASE_PATH: '/auth' });
      expect((await visitor.getJson(path)).status).toBe(404);
    },
  );

  it.each(['/auth/login', '/auth/logout?x', '/auth/callback/op', '/AUTH/login'])(
    '%s is no place to return to',
    async (target) => {
      const { op, visitor } = await stage({}, { BASE_PATH: '/auth' });
      const url = locationOf(await visitor.get(`/auth/login?${new URLSearchParams({ return_to: target })}`));
      const back = await visitor.get(op.callback(url));
      const expected = target.startsWith('/auth/') ? '/auth/session' : target;
      expect(back.headers.get('location')).toBe(expected);
    },
  );

  it('a redirect URI may be outside of it', async () => {
    const { op, visitor } = await stage(
      { redirect_uri: 'https://app.example/login' },
      { BASE_PATH: '/auth' },
    );
    const back = await visitor.get(op.callback(locationOf(await visitor.get('/auth/login'))));
    expect(back.status).toBe(303);
  });

  it('an error names where to start again, and programs are told of the login', async () => {
    const { visitor } = await stage({}, { BASE_PATH: '/auth' });
    const refused = await visitor.get('/auth/callback?state=x&code=y');
    expect(linksOf(await refused.text())).toContain('/auth/login/op');
    const page = (await (await visitor.getJson('/auth/')).json()) as { providers: { login: string }[] };
    expect(page.providers.map(({ login }) => login)).toEqual(['/auth/login/op']);
  });

  it('several providers have their redirect URIs below it', async () => {
    const one = await ScriptedProvider.start('https://one.example');
    const two = await ScriptedProvider.start('https://two.example');
    const visitor = new Visitor(
      settings({
        BASE_PATH: '/auth',
        PROVIDERS: { one: one.entry(), two: two.entry() },
        ONE_CLIENT_SECRET: one.clientSecret,
        TWO_CLIENT_SECRET: two.clientSecret,
      }),
    );
    const url = locationOf(await visitor.get('/auth/login/two'));
    expect(url.searchParams.get('redirect_uri')).toBe('https://app.example/auth/callback/two');
    expect((await visitor.get(two.callback(url))).headers.get('location')).toBe('/auth/session');
  });

  it.each(['auth', '/auth//x', '/au th', '/auth?x', '/../x', '/./x', 'https://app.example/auth', '/%61uth'])(
    '%j is an error of the settings, told on a page with its stylesheet',
    async (base) => {
      const { visitor } = await stage({}, { BASE_PATH: base });
      const page = await visitor.getJson('/');
      expect(page.status).toBe(503);
      expect(await page.json()).toMatchObject({ faults: [{ setting: 'BASE_PATH' }] });
    },
  );
});

describe('a redirect_uri', () => {
  it.each([
    ['https://app.example/session', undefined],
    ['https://app.example/session/', undefined],
    ['https://app.example/%73ession', undefined],
    ['https://app.example/', undefined],
    ['https://app.example', undefined],
    ['https://app.example/login/op?x=1', undefined],
    ['https://app.example/assets/x', undefined],
    ['https://app.example/admin', undefined],
    ['https://app.example/auth/token', '/auth'],
  ])('%s is an error of the settings: that page is ours', async (redirect_uri, base) => {
    const { visitor } = await stage({ redirect_uri }, base === undefined ? {} : { BASE_PATH: base });
    const answer = await visitor.getJson(`${base ?? ''}/login`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ faults: [{ setting: 'PROVIDERS.op.redirect_uri' }] });
  });

  it.each([
    ['https://app.example/sign-in/done', undefined],
    ['https://app.example/callback/other', undefined],
    ['https://app.example/session', '/auth'],
  ])('%s is free, below %s', async (redirect_uri, base) => {
    const { op, visitor } = await stage({ redirect_uri }, base === undefined ? {} : { BASE_PATH: base });
    const back = await visitor.get(op.callback(locationOf(await visitor.get(`${base ?? ''}/login`))));
    expect(back.status).toBe(303);
  });
});

describe('the sources of the pages', () => {
  const sources: Record<string, string> = import.meta.glob(['../../src/web/**/*.{ts,tsx}'], {
    query: '?raw',
    import: 'default',
    eager: true,
  });

  it.each(Object.entries(sources))('%s: every link of ours goes through `href` or `link`', (_, source) => {
    expect(source.match(/\b(?:href|src|action|formaction)=(?:"|\{`)\/|c\.redirect\(['`]\//g)).toBeNull();
    expect(source.match(/c\.html\(\s*</g)).toBeNull();
  });
});
