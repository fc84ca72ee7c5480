import { describe, expect, it } from 'vitest';
import { signIn, stage } from '../flows/journey.ts';
import { Visitor } from '../visitor.ts';

const ROUTES = [
  '/',
  '/login',
  '/login/nobody',
  '/callback',
  '/callback?error=x&state=y',
  '/session',
  '/token',
  '/logout',
  '/employees',
  '/healthz',
  '/nowhere',
  '/assets/style.css',
  '/assets/client.js',
  '/assets/icon.svg',
  '/assets/nope',
];
const CACHEABLE = ['/healthz', '/assets/style.css', '/assets/client.js', '/assets/icon.svg'];

describe('the headers', () => {
  it.each(ROUTES)('of %s', async (path) => {
    const { op, visitor } = await stage({}, { INSPECT: true, DEMO: true, DEMO_CLIENT_SECRET: 'x' });
    await signIn(visitor, op);
    const { headers } = await visitor.get(path);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).not.toMatch(/unsafe|\*|data:/);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
    if (CACHEABLE.includes(path)) expect(headers.get('cache-control')).not.toBe('no-store');
    else expect(headers.get('cache-control')).toBe('no-store');
    for (const cookie of headers.getSetCookie()) {
      expect(cookie).toMatch(/^__Host-Http-[\w.-]+=/);
      for (const part of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/']) expect(cookie).toContain(part);
    }
  });

  it('over http on this machine name no HSTS', async () => {
    const { visitor } = await stage();
    const local = new Visitor(visitor.env, 'http://localhost:8787');
    expect((await local.get('/')).headers.has('strict-transport-security')).toBe(false);
  });

  it('of a broken Worker are the same', async () => {
    const { headers } = await new Visitor({}).get('/');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
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
