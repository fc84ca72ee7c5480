import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.ts';
import { signIn, stage } from '../../flows/journey.ts';
import { Visitor } from '../../support/visitor.ts';
import { expectDefended } from '../defences.ts';

const ADMIN_TOKEN = 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ';
const METHODS = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'];

/** Every route that the app knows, its parameters filled in; so none can be left out. */
const ROUTES = [
  ...new Set(
    createApp()
      .routes.map(({ path }) => path)
      .filter((path) => !path.endsWith('*'))
      .flatMap((path) => [path.replace(/\/:\w+\?/, ''), path])
      .map((path) =>
        path
          .replace(/:provider\??/, 'op')
          .replace(':id', '0'.repeat(64))
          .replace(':name', 'style.css'),
      ),
  ),
  ...[
    '/login/nobody',
    '/callback/nobody',
    '/callback?error=x&state=y',
    '/nowhere',
    '/assets/client.js',
    '/assets/nope',
  ],
];

describe('the headers', () => {
  it('are looked at on every route', () => {
    expect(ROUTES.length).toBeGreaterThan(30);
    expect(ROUTES).toContain('/callback/op');
  });

  it.each(ROUTES)('of %s, whatever the method, for users, operators and strangers', async (path) => {
    const env = { INSPECT: true, DEMO: true, DEMO_CLIENT_SECRET: 'x', ADMIN_TOKEN };
    const { op, visitor } = await stage({}, env);
    await signIn(visitor, op);
    for (const method of METHODS) {
      const own = {
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      };
      for (const headers of [
        {},
        own,
        { authorization: `Bearer ${ADMIN_TOKEN}` },
        { accept: 'application/json' },
      ]) {
        const user = visitor.at(visitor.env);
        expectDefended(await user.send(method, path, { headers }), path);
      }
      const stranger = new Visitor(visitor.env);
      expectDefended(await stranger.send(method, path), path);
    }
  });

  it('over http on this machine name no HSTS', async () => {
    const { visitor } = await stage();
    const local = new Visitor(visitor.env, 'http://localhost:8787');
    expect((await local.get('/')).headers.has('strict-transport-security')).toBe(false);
  });

  it.each(['/', '/callback', '/healthz', '/nowhere', '/admin'])(
    'of %s of a broken Worker are the same',
    async (path) => {
      const response = await new Visitor({}).get(path);
      expect(response.status).toBe(503);
      expectDefended(response, path);
    },
  );
});

describe('what may be cached', () => {
  const PUBLIC = ['/assets/style.css', '/assets/client.js', '/jwks'];

  it.each(PUBLIC)('is %s, under that path alone', async (path) => {
    const { visitor } = await stage();
    const of = async (asked: string) => (await visitor.get(asked)).headers.get('cache-control');
    expect(await of(path)).toMatch(/^public, max-age=\d+$/);
    const escaped = path.replace(/s/, '%73');
    for (const odd of [
      `${path}/`,
      `${path}//`,
      `/${path}`,
      `${path}/x.css`,
      `${path};x.css`,
      `${path}%2f`,
      escaped,
    ])
      expect([odd, await of(odd)]).toEqual([odd, 'no-store']);
  });

  it.each([
    '/assets',
    '/assets/',
    '/assets/nope.css',
    '/assets/brand',
    '/jwks/x.css',
    '/session/style.css',
    '/token/x.js',
  ])('is not %s, which is not there', async (path) => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
      const { status, headers } = await visitor.send(method, path);
      expect([status, headers.get('cache-control')]).toEqual([404, 'no-store']);
    }
  });

  it('is under BASE_PATH the same', async () => {
    const { visitor } = await stage({}, { BASE_PATH: '/auth' });
    expect((await visitor.get('/auth/assets/style.css')).headers.get('cache-control')).toContain('public');
    expect((await visitor.get('/auth/assets/style.css/')).headers.get('cache-control')).toBe('no-store');
  });
});

describe('pages', () => {
  it.each(['/', '/session', '/logout', '/nowhere'])(
    '%s is whole HTML without inline style or script',
    async (path) => {
      const { op, visitor } = await stage({}, { INSPECT: true });
      await signIn(visitor, op);
      const page = await (await visitor.get(path)).text();
      expect(page).toMatch(/^<!doctype html><html lang="en">/);
      expect(page).not.toMatch(/<style|<script(?![^>]* src=)| style=| on\w+=/);
      expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\/(?!op\.example)/);
    },
  );
});

describe('the sample API', () => {
  const people = [
    { id: 1, name: 'Ashley' },
    { id: 2, name: 'Kate' },
    { id: 3, name: 'Joe' },
  ];

  it('is there in DEMO alone', async () => {
    const { visitor } = await stage({}, { DEMO: true, DEMO_CLIENT_SECRET: 'x' });
    expect(await (await visitor.get('/employees')).json()).toEqual(people);
    const production = await stage();
    expect((await production.visitor.get('/employees')).status).toBe(404);
  });
});
