import { describe, expect, it } from 'vitest';
import { signIn } from '../flows/journey.ts';
import { locationOf } from '../support/visitor.ts';
import { answer } from './raw-upstream.ts';
import { fetchOwn, upstreamStage } from './stage.ts';

const PAGE = answer(
  '200 OK',
  { 'Content-Type': 'text/html', 'Content-Security-Policy': "script-src 'self'" },
  '<p>hi',
);
const app = { path: '/shop/', kind: 'app' };

describe('an app', () => {
  it('passes HTML as it is', async () => {
    const { visitor, upstream } = await upstreamStage({ entry: app });
    await upstream.answers(PAGE);
    const response = await visitor.get('/shop/');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toBe("script-src 'self'");
    expect(response.headers.get('x-frame-options')).toBe(null);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe('<p>hi');
  });

  it('without a session sends a navigation to the login, and back to the same URL', async () => {
    const { op, visitor, upstream } = await upstreamStage({ entry: app, isSignedIn: false });
    const asked = '/shop/items/Add%20User?a=1&b=%C3%A4';
    const response = await visitor.get(asked, { 'sec-fetch-site': 'cross-site' });
    expect(response.status).toBe(302);
    const to = locationOf(response);
    expect(to.pathname).toBe('/login');
    expect(to.searchParams.get('return_to')).toBe(asked);
    expect(await upstream.arrived()).toEqual([]);
    const back = await signIn(visitor, op, to.pathname + to.search);
    expect([back.status, back.headers.get('location')]).toEqual([303, asked]);
    expect((await visitor.get(asked, { 'sec-fetch-site': 'cross-site' })).status).toBe(204);
  });

  it('sends it to the login in a browser without Fetch Metadata too', async () => {
    const { visitor } = await upstreamStage({ entry: app, isSignedIn: false });
    for (const method of ['GET', 'HEAD']) {
      const response = await visitor.send(method, '/shop/', { headers: { accept: 'text/html,*/*' } });
      expect([method, response.status, locationOf(response).pathname]).toEqual([method, 302, '/login']);
    }
  });

  it('without a session answers a fetch with 401 and the URL of the login', async () => {
    const { visitor } = await upstreamStage({ entry: app, isSignedIn: false });
    const response = await fetchOwn(visitor, '/shop/data', { headers: { accept: 'text/html' } });
    expect([response.status, response.headers.get('drawbridge-error')]).toEqual([401, 'not_signed_in']);
    expect(await response.json()).toMatchObject({ login_url: 'https://app.example/login' });
  });

  it.each([
    ['without its query', `/shop/items?${'q'.repeat(3000)}`, '/shop/items'],
    ['as its first page', `/shop/${'x'.repeat(3000)}`, '/shop/'],
  ])('comes back to a URL that is too long %s', async (_, asked, expected) => {
    const { visitor } = await upstreamStage({ entry: app, isSignedIn: false });
    const to = locationOf(await visitor.get(asked));
    expect(to.searchParams.get('return_to')).toBe(expected);
  });

  it('without a session tells who sent a form how to send it again, in a page', async () => {
    const { visitor, upstream } = await upstreamStage({ entry: app, isSignedIn: false });
    const response = await visitor.post('/shop/order', { referer: 'https://app.example/shop/cart' });
    expect([response.status, response.headers.get('drawbridge-error')]).toEqual([401, 'not_signed_in']);
    const page = await response.text();
    expect(page).toContain('What you sent was not passed on.');
    expect(page).toMatch(/href="\S+\/login\?return_to=%2Fshop%2Fcart" target="_blank">Sign in</);
    expect(page).toContain('then reload this page to send it again');
    expect(await upstream.arrived()).toEqual([]);
  });

  it('takes no form of another site, and says so in a page', async () => {
    const { visitor } = await upstreamStage({ entry: app });
    const elsewhere = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const response = await visitor.post('/shop/order', elsewhere);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      403,
      'text/html; charset=UTF-8',
    ]);
    expect(await response.text()).toContain('This only works from a page on this site.');
  });

  it('with an optional session is open to everybody', async () => {
    const { visitor, upstream } = await upstreamStage({
      entry: { ...app, session: 'optional' },
      isSignedIn: false,
    });
    await upstream.answers(PAGE);
    expect((await visitor.get('/shop/')).status).toBe(200);
  });

  it('that needs a grant shows a page with the way to it', async () => {
    const { visitor, upstream } = await upstreamStage({ entry: { ...app, provider: 'two' }, second: true });
    const response = await visitor.get('/shop/');
    expect(response.status).toBe(401);
    expect(response.headers.get('drawbridge-error')).toBe('login_required');
    expect(await response.text()).toContain('/login/two?connect=1&amp;return_to=%2Fshop%2F');
    expect(await upstream.arrived()).toEqual([]);
  });

  it('has the session’s cookie extended with its answer, beside its own cookies', async () => {
    const { visitor, upstream } = await upstreamStage({
      entry: app,
      env: { SESSION_SECRET: 'Xo6Wl1Ge8Rb3Nz5Tk0Vc7Qy2Pf9Jm4Sa' },
    });
    await upstream.answers(answer('200 OK', { 'Set-Cookie': 'a=1' }, 'x'));
    const rotated = visitor.at({
      ...visitor.env,
      SESSION_SECRET: 'qV3x8ZpL0aTn5RkYw2Jd7MfHs9UcBg4E,Xo6Wl1Ge8Rb3Nz5Tk0Vc7Qy2Pf9Jm4Sa',
    });
    const response = await rotated.get('/shop/');
    expect(response.headers.getSetCookie()).toEqual(['a=1', expect.stringMatching(/^__Host-Http-session=/)]);
  });
});
