import { describe, expect, it } from 'vitest';
import { KNOWN_ACCEPTS } from '../../../src/web/user/page-for-all.ts';
import { signIn, stage } from '../../flows/journey.ts';
import { Visitor } from '../../support/visitor.ts';

/** What a browser gets: status, headers and body. */
async function answerOf(response: Response) {
  return { status: response.status, headers: [...response.headers], body: await response.text() };
}

describe('the login page for visitors without a cookie', () => {
  it('is the same the first time and later, headers included', async () => {
    const { visitor } = await stage();
    const first = await answerOf(await new Visitor(visitor.env).get('/'));
    expect(first.status).toBe(200);
    expect(first.body).toContain('href="/login/op"');
    const headers = new Map(first.headers);
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
    for (let time = 0; time < 3; time++) {
      expect(await answerOf(await new Visitor(visitor.env).get('/'))).toEqual(first);
    }
  });

  it('is not what a signed-in user gets', async () => {
    const { op, visitor } = await stage();
    const strangers = await (await new Visitor(visitor.env).get('/')).text();
    await signIn(visitor, op);
    const users = await (await visitor.get('/')).text();
    expect(users).not.toBe(strangers);
    expect(users).toContain('href="/session"');
    expect(strangers).not.toContain('href="/session"');
    expect(await (await new Visitor(visitor.env).get('/')).text()).toBe(strangers);
  });

  it('is not what a program gets', async () => {
    const { visitor } = await stage();
    await new Visitor(visitor.env).get('/');
    const stranger = new Visitor(visitor.env);
    expect(await (await stranger.getJson('/')).json()).toMatchObject({ providers: [{ id: 'op' }] });
    const withToken = await stranger.get('/', { authorization: 'Bearer x' });
    expect(withToken.headers.get('content-type')).toBe('application/json');
  });

  it('is made for each Worker, and each origin', async () => {
    const one = (await stage()).visitor;
    const other = (await stage({ display_name: 'Another' })).visitor;
    await one.get('/');
    expect(await (await other.get('/')).text()).toContain('Another');
    expect(await (await one.get('/')).text()).not.toContain('Another');
    const local = await new Visitor(one.env, 'http://localhost:8787').get('/');
    expect(local.headers.has('strict-transport-security')).toBe(false);
    expect((await one.get('/')).headers.has('strict-transport-security')).toBe(true);
  });

  it('is remembered for the Accept headers that asked for it', async () => {
    const { visitor } = await stage();
    const answer = (accept: string) => new Visitor(visitor.env).get('/', { accept });
    const [page, json] = ['text/html,*/*;q=0.8', 'application/json;q=0.9'];
    expect((await answer(page)).headers.get('content-type')).toContain('text/html');
    expect((await answer(json)).headers.get('content-type')).toBe('application/json');
    for (let other = 0; other < 2 * KNOWN_ACCEPTS; other++) await answer(`text/html, x/${other}`);
    expect((await answer(page)).headers.get('content-type')).toContain('text/html');
    expect((await answer(json)).headers.get('content-type')).toBe('application/json');
  });

  it('keeps what a query asks for', async () => {
    const { visitor } = await stage();
    await visitor.get('/');
    expect(await (await visitor.get('/?return_to=/a')).text()).toContain('return_to=%2Fa');
    expect(await (await visitor.get('/')).text()).not.toContain('return_to');
  });

  it('is made for each visit in INSPECT, where its values are new', async () => {
    const { visitor } = await stage({}, { INSPECT: true });
    const [first, second] = [await visitor.get('/'), await visitor.get('/')];
    expect(await first.text()).not.toBe(await second.text());
  });

  it('has no body for HEAD', async () => {
    const { visitor } = await stage();
    await visitor.get('/');
    const head = await visitor.send('HEAD', '/');
    expect([head.status, await head.text()]).toEqual([200, '']);
  });
});
