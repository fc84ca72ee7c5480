import { Hono } from 'hono';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { requireSession, type SessionRequirements } from '../../src/lib.ts';
import type { Env } from '../../src/settings/env.ts';
import { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { signIn } from '../flows/journey.ts';
import { locationOf, type Visitor } from '../support/visitor.ts';
import { appStage, bound, embedded } from './app-stage.ts';

const LOGIN = '/auth/login';
const PROGRAM = { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };

const later = (seconds: number) => vi.useFakeTimers({ now: Date.now() + seconds * 1000, toFake: ['Date'] });
afterEach(() => vi.useRealTimers());

describe('the page for a visit that is refused', () => {
  const refused = async (env: Env) => {
    const routes = requireSession({ allow: { sub: 'somebody-else' } });
    const stage = await appStage(embedded, (app) => app.get('/guarded', routes, (c) => c.text('in')), {
      env,
    });
    await signIn(stage.visitor, stage.op, LOGIN);
    return stage.visitor.get('/guarded');
  };

  it('bears the name of the app’s brand, and nothing that its policy keeps out', async () => {
    const answer = await refused({ BRAND: { name: 'Acme <b>' } });
    expect(answer.status).toBe(403);
    const page = await answer.text();
    expect(page).toContain('<title>You don’t have access · Acme &lt;b&gt;</title>');
    expect(page).toContain('<h1>You don’t have access</h1>');
    expect(page).not.toMatch(/<script|<link|<img|Drawbridge/);
    expect(answer.headers.get('content-security-policy')).not.toContain('script-src');
  });

  it.each([[{}], [{ BRAND: '{"name":"Acme"}' }]])('with the settings %j has a title', async (env) => {
    const page = await (await refused(env)).text();
    expect(page).toContain(`<title>You don’t have access${'BRAND' in env ? ' · Acme' : ''}</title>`);
  });
});

describe.each([
  ['mounted in the app', embedded],
  ['over a service binding', bound],
])('requireSession, Drawbridge %s', (_, kind) => {
  const stage = (wanted: SessionRequirements, entry = {}) =>
    appStage(kind, (app) => app.get('/guarded', requireSession(wanted), (c) => c.text('in')), {
      entry,
      env: { OTHER_CLIENT_SECRET: 'secret of another' },
    });
  const asked = async (visitor: Visitor) => {
    const program = await visitor.send('GET', '/guarded', { headers: PROGRAM });
    const visit = await visitor.get('/guarded?a=b');
    return { program, visit };
  };

  it('lets a session pass that has everything', async () => {
    const { op, visitor } = await stage(
      { provider: 'op', scope: 'openid read', max_age: 60, allow: { sub: 'user-1' } },
      { scope: 'openid read', max_age: 60 },
    );
    op.idTokenClaims = (right) => ({ ...right, auth_time: right.iat });
    await signIn(visitor, op, LOGIN);
    expect(await (await visitor.get('/guarded')).text()).toBe('in');
  });

  it.each([
    [{ groups: 'ops' }, { groups: ['dev', 'ops'] }, true],
    [{ groups: ['ops', 'dev'] }, { groups: 'dev' }, true],
    [{ groups: 'ops' }, { groups: 'ops dev' }, false],
    [{ groups: 'ops' }, {}, false],
    [{ groups: 'ops', sub: 'user-2' }, { groups: ['ops'] }, false],
    [{ email: '*@op.example' }, { email: 'ada@OP.example', email_verified: true }, true],
    [{ email: '*@op.example' }, { email: 'ada@op.example', email_verified: false }, false],
    [{ email: '*@op.example' }, { email: 'ada@op.example.evil', email_verified: true }, false],
    [{ email: '*@op.example' }, { email: 'ada@op.example' }, false],
  ])('%j with the claims %j: %s', async (allow, claims, isAllowed) => {
    const { op, visitor } = await stage({ allow });
    op.idTokenClaims = (right) => ({ ...right, ...claims });
    await signIn(visitor, op, LOGIN);
    const { program, visit } = await asked(visitor);
    expect([program.status, visit.status]).toEqual(isAllowed ? [200, 200] : [403, 403]);
    if (isAllowed) return;
    expect(program.headers.get('drawbridge-error')).toBe('not_allowed');
    expect(await program.json()).not.toHaveProperty('login_url');
    const page = await visit.text();
    expect(page).not.toContain('ada@');
    expect(visit.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('leads to the provider whose grant is missing, beside the session that is there', async () => {
    const { op, visitor } = await stage({ provider: 'other', scope: 'files' });
    await signIn(visitor, op, LOGIN);
    const { program, visit } = await asked(visitor);
    expect(program.status).toBe(401);
    expect(await program.json()).toMatchObject({
      error: 'login_required',
      login_url: `${LOGIN}/other?scope=files&connect=1`,
    });
    expect(visit.status).toBe(302);
    const login = locationOf(visit);
    expect(login.pathname).toBe(`${LOGIN}/other`);
    expect(Object.fromEntries(login.searchParams)).toEqual({
      scope: 'files',
      connect: '1',
      return_to: '/guarded?a=b',
    });
  });

  it.each(['none', 'cross-site'])(
    'leads a visit from elsewhere (%s) to a page that asks first',
    async (site) => {
      const { op, visitor } = await stage({ provider: 'other' });
      const other = await ScriptedProvider.start('https://other.example');
      other.knowsClient = () => true;
      await signIn(visitor, op, LOGIN);
      const visit = await visitor.get('/guarded', { 'sec-fetch-site': site });
      const { pathname, search } = locationOf(visit);
      const page = await visitor.get(pathname + search, { 'sec-fetch-site': site, accept: 'text/html' });
      expect(page.status).toBe(403);
      const [, link = ''] = /href="([^"]*connect=1[^"]*)"/.exec(await page.text()) ?? [];
      const back = await signInHere(visitor, other, link.replaceAll('&amp;', '&'));
      expect(back.headers.get('location')).toBe('/guarded');
      expect(await (await visitor.get('/guarded')).text()).toBe('in');
    },
  );

  it('leads a visit by a bookmark straight on where no other account would be lost', async () => {
    const { op, visitor } = await stage({ scope: 'read' }, { optional_scope: 'read' });
    await signIn(visitor, op, LOGIN);
    later(100);
    const { pathname, search } = locationOf(await visitor.get('/guarded', { 'sec-fetch-site': 'none' }));
    expect((await visitor.get(pathname + search, { 'sec-fetch-site': 'none' })).status).toBe(302);
  });

  it('takes the sign-in here where plain OAuth does not tell when it was', async () => {
    const { op, visitor } = await stage({ max_age: 300 }, { scope: 'read' });
    op.userinfoResponse = () => ({ sub: 'user-1' });
    const first = locationOf(await visitor.get('/guarded'));
    expect(Object.fromEntries(first.searchParams)).toEqual({ return_to: '/guarded' });
    expect((await signIn(visitor, op, first.pathname + first.search)).status).toBe(303);
    expect((await visitor.get('/guarded')).status).toBe(200);
    later(400);
    const again = locationOf(await visitor.get('/guarded'));
    expect(Object.fromEntries(again.searchParams)).toEqual({ return_to: '/guarded' });
    await signIn(visitor, op, again.pathname + again.search);
    expect((await visitor.get('/guarded')).status).toBe(200);
  });

  it('has a page of the app come back to where it was', async () => {
    const { visitor } = await stage({});
    const response = await visitor.send('GET', '/guarded', {
      headers: { ...PROGRAM, referer: 'https://app.example/inbox?a=b' },
    });
    const { login_url } = (await response.json()) as { login_url: string };
    expect(new URL(login_url, 'https://app.example').searchParams.get('return_to')).toBe(
      'https://app.example/inbox?a=b',
    );
  });

  it('comes back to a URL that is too long without its query', async () => {
    const { visitor } = await stage({});
    const to = locationOf(await visitor.get(`/guarded?${'q'.repeat(3000)}`));
    expect(to.searchParams.get('return_to')).toBe('/guarded');
  });

  it('tells who sent a form how to send it again, in a page', async () => {
    const { visitor } = await appStage(kind, (app) =>
      app.post('/guarded', requireSession(), (c) => c.text('in')),
    );
    const response = await visitor.post('/guarded', { referer: 'https://app.example/form' });
    expect([response.status, response.headers.get('drawbridge-error')]).toEqual([401, 'not_signed_in']);
    const page = await response.text();
    expect(page).toMatch(/<a class="button" href="[^"]+" target="_blank">Sign in</);
    expect(page).toContain('then reload this page to send it again');
  });

  it('asks for the union where a scope is missing, and not again at once', async () => {
    const { op, visitor } = await stage(
      { scope: ['read', 'write'] },
      { scope: 'openid read', optional_scope: 'write' },
    );
    await signIn(visitor, op, LOGIN);
    later(100);
    const { program, visit } = await asked(visitor);
    expect(program.status).toBe(403);
    expect(await program.json()).toMatchObject({ error: 'insufficient_scope' });
    expect(locationOf(visit).searchParams.get('scope')).toBe('openid read write');
    op.tokenResponse = (right) => ({ ...right, scope: 'openid read' });
    const login = locationOf(visit);
    const back = await signInHere(visitor, op, login.pathname + login.search);
    expect(back.headers.get('location')).toBe('/guarded?a=b');
    // The user has left it out: another redirect would go round in circles.
    const again = await visitor.get('/guarded?a=b');
    expect(again.status).toBe(403);
    expect(await again.text()).toContain('/auth/login/op?scope=openid+read+write');
  });

  it('asks for a new sign-in where the last one is too old', async () => {
    const { op, visitor } = await stage({ max_age: 300 });
    const signedIn = Math.floor(Date.now() / 1000);
    op.idTokenClaims = (right) => ({ ...right, auth_time: signedIn });
    await signIn(visitor, op, LOGIN);
    expect((await visitor.get('/guarded')).status).toBe(200);
    later(400);
    const { program, visit } = await asked(visitor);
    expect(program.status).toBe(401);
    expect(await program.json()).toMatchObject({
      error: 'login_required',
      login_url: expect.stringContaining('max_age=300'),
    });
    expect(locationOf(visit).pathname).toBe(`${LOGIN}/op`);
    op.idTokenClaims = (right) => ({ ...right, auth_time: right.iat });
    const login = locationOf(visit);
    await signInHere(visitor, op, login.pathname + login.search);
    expect((await visitor.get('/guarded')).status).toBe(200);
  });

  it('takes no sign-in whose time is unknown for a recent one', async () => {
    const { op, visitor } = await stage({ max_age: 300 });
    await signIn(visitor, op, LOGIN);
    expect((await asked(visitor)).program.status).toBe(401);
  });
});

/** A sign-in by a link that a page of the app itself shows. */
async function signInHere(
  visitor: Visitor,
  op: Parameters<typeof signIn>[1],
  path: string,
): Promise<Response> {
  const started = await visitor.follow(path);
  expect(started.status).toBe(302);
  return visitor.get(op.callback(locationOf(started)));
}

describe('requireSession', () => {
  it.each([
    [{ max_age: 0 }],
    [{ max_age: 1.5 }],
    [{ max_age: Number.NaN }],
    [{ allow: {} }],
    [{ allow: { groups: '*' } }],
    [{ allow: { groups: [] } }],
    [{ provider: '' }],
    [{ scopes: 'read' }],
    [{ maxAge: 60 }],
    [{ allowed: { sub: 'user-1' } }],
    ['op'],
    [null],
  ])('refuses %j at the start, which would guard less than it says', (wanted) => {
    expect(() => Reflect.apply(requireSession, undefined, [wanted])).toThrow(/^requireSession: /);
  });

  it('refuses to be the handler itself, without a call', () => {
    const app = new Hono();
    app.get('/guarded', Object(requireSession), (c) => c.text('in'));
    app.onError((error, c) => c.text(String(error), 500));
    return expect(Promise.resolve(app.request('/guarded')).then((answer) => answer.text())).resolves.toMatch(
      /^TypeError: requireSession: /,
    );
  });
});
