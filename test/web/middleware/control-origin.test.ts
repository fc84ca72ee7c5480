import { describe, expect, it } from 'vitest';
import { CONNECTION_KEEPER } from '../../connections/stage.ts';
import { Visitor } from '../../support/visitor.ts';
import { upstreamStage } from '../../upstreams/stage.ts';

const CONTROL = 'https://control.example';
const ADMIN_TOKEN = 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ';
const PAGES = [
  '/admin',
  '/admin/sessions',
  '/admin/sign-in',
  '/connections',
  '/device',
  '/token?provider=op',
];

const shared = (env = {}) =>
  upstreamStage({
    entry: { kind: 'app' },
    onServer: true,
    env: { ADMIN_TOKEN, CONNECTIONS: 'users', CONNECTION_KEEPER, ...env },
  });

describe('beside an app', () => {
  it.each(PAGES)('%s is on no origin that its script shares', async (path) => {
    for (const env of [{}, { CONTROL_ORIGIN: CONTROL }]) {
      const { visitor } = await shared(env);
      for (const method of ['GET', 'HEAD', 'DELETE']) {
        const response = await visitor.send(method, path, { headers: { 'sec-fetch-site': 'same-origin' } });
        expect([path, method, response.status]).toEqual([path, method, 404]);
      }
    }
  });

  it('changes are refused there as well', async () => {
    const { visitor } = await shared({ CONTROL_ORIGIN: CONTROL });
    for (const path of ['/admin/sign-in', '/connections', '/device']) {
      expect([path, (await visitor.post(path)).status]).toEqual([path, 404]);
    }
  });

  it('the control origin has these pages, a session of its own, and nothing of the app', async () => {
    const { visitor, upstream } = await shared({
      CONTROL_ORIGIN: CONTROL,
      PUBLIC_ORIGIN: 'https://app.example',
    });
    const control = new Visitor(visitor.env, CONTROL);
    expect((await control.get('/admin/sessions')).status).toBe(401);
    expect((await control.getJson('/session')).status).toBe(401);
    expect((await control.get('/api/x')).status).toBe(404);
    expect(await upstream.arrived()).toEqual([]);
    const started = await control.get('/login');
    const redirectUri = new URL(started.headers.get('location') ?? '').searchParams.get('redirect_uri');
    expect(redirectUri).toBe(`${CONTROL}/callback`);
  });

  it('the admin API works everywhere for whoever brings the operator’s token', async () => {
    const { visitor } = await shared();
    const authorization = `Bearer ${ADMIN_TOKEN}`;
    expect((await visitor.getJson('/admin/providers', { authorization })).status).toBe(200);
    expect((await visitor.getJson('/admin/providers', { authorization: 'Bearer x' })).status).toBe(401);
  });

  it('what an app may see of its user stays', async () => {
    const { visitor } = await shared();
    expect((await visitor.getJson('/session')).status).toBe(200);
  });
});

describe('without an app', () => {
  it('the pages are where they always were', async () => {
    const { visitor } = await upstreamStage({ env: { ADMIN_TOKEN } });
    expect((await visitor.get('/admin/sessions')).status).toBe(401);
  });
});
