import { describe, expect, it } from 'vitest';
import { stage } from '../../flows/journey.ts';
import { locationOf, Visitor } from '../../support/visitor.ts';

const HTML = { accept: 'text/html' };

describe('a visit on another host than PUBLIC_ORIGIN', () => {
  it.each([
    ['http://127.0.0.1:8787', 'http://localhost:8787', '/login/op?return_to=%2Fa%3Fb'],
    ['https://www.app.example', 'https://app.example', '/'],
    ['https://drawbridge.someone.workers.dev', 'https://app.example', '/session'],
    ['https://app.example:8443', 'https://app.example', '/admin'],
  ])('%s leads to %s first', async (from, PUBLIC_ORIGIN, path) => {
    const { visitor } = await stage({}, { PUBLIC_ORIGIN });
    const answer = await new Visitor(visitor.env, from).get(path, HTML);
    expect(answer.status).toBe(302);
    expect(answer.headers.getSetCookie()).toEqual([]);
    const target = locationOf(answer);
    const wanted = new URL(path, PUBLIC_ORIGIN);
    expect(target.origin + target.pathname).toBe(wanted.origin + wanted.pathname);
    for (const [name, value] of wanted.searchParams) expect(target.searchParams.get(name)).toBe(value);
  });

  it('ends in a session, with return_to', async () => {
    const { op, visitor } = await stage({}, { PUBLIC_ORIGIN: 'http://localhost:8787' });
    const led = locationOf(
      await new Visitor(visitor.env, 'http://127.0.0.1:8787').get('/login/op?return_to=/a', HTML),
    );
    const browser = new Visitor(visitor.env, 'http://localhost:8787');
    const url = locationOf(await browser.get(led.pathname + led.search, HTML));
    expect((await browser.get(op.callback(url))).headers.get('location')).toBe('/a');
  });

  it('happens once: behind a proxy that rewrites the host nothing loops', async () => {
    const { op, visitor } = await stage({}, { PUBLIC_ORIGIN: 'https://app.example' });
    const proxied = new Visitor(visitor.env, 'https://internal.example');
    let answer = await proxied.get('/login/op?return_to=/a', HTML);
    for (let hops = 0; hops < 3 && locationOf(answer).origin === 'https://app.example'; hops++) {
      const { pathname, search } = locationOf(answer);
      answer = await proxied.get(pathname + search, HTML);
    }
    expect(locationOf(answer).origin).toBe(op.issuer);
    expect((await proxied.get(op.callback(locationOf(answer)))).headers.get('location')).toBe('/a');
  });

  it('is the same host where something in front ends TLS', async () => {
    const { op, visitor } = await stage({}, { PUBLIC_ORIGIN: 'https://app.example' });
    const behind = new Visitor(visitor.env, 'http://app.example');
    expect(locationOf(await behind.get('/login/op', HTML)).origin).toBe(op.issuer);
  });

  it.each([
    ['POST', '/logout', {}],
    ['GET', '/session', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['GET', '/session', { accept: 'application/json' }],
    ['GET', '/callback?code=a&state=b', HTML],
    ['GET', '/healthz', HTML],
    ['GET', '/assets/style.css', HTML],
    ['HEAD', '/', HTML],
  ])('%s %s is not led anywhere (%j)', async (method, path, headers) => {
    const { visitor } = await stage({}, { PUBLIC_ORIGIN: 'https://app.example' });
    const answer = await new Visitor(visitor.env, 'https://www.example').send(method, path, { headers });
    expect(answer.headers.get('location') ?? '').not.toContain('https://app.example');
  });

  it('to CONTROL_ORIGIN is canonical too', async () => {
    const { op, visitor } = await stage(
      {},
      { PUBLIC_ORIGIN: 'https://app.example', CONTROL_ORIGIN: 'https://control.example' },
    );
    const control = new Visitor(visitor.env, 'https://control.example');
    const url = locationOf(await control.get('/login/op', HTML));
    expect(url.origin).toBe(op.issuer);
    expect(url.searchParams.get('redirect_uri')).toBe('https://control.example/callback');
  });
});
