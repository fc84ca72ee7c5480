import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { Sealer } from '../../../src/crypto/seal.ts';
import { signIn, stage } from '../../flows/journey.ts';
import { SESSION_KEEPER, spoilRecord, TOKENS } from '../../sessions/durable-object/keeper-stage.ts';
import { OTHER_SECRET, SESSION_SECRET } from '../../support/settings.ts';
import { Visitor } from '../../support/visitor.ts';
import { ADMIN_TOKEN, BEARER, desk, from, moveOn } from './admin-stage.ts';

interface Listing {
  readonly sessions: readonly { id: string; sub: string }[];
  readonly cursor?: string;
}

describe('access to /admin', () => {
  it.each(['/admin', '/admin/sessions', '/admin/openapi.json'])(
    '%s is not there without ADMIN_TOKEN',
    async (path) => {
      const { api } = await desk({ ADMIN_TOKEN: undefined });
      expect((await api('GET', path)).status).toBe(404);
    },
  );

  it('answers 429 to wrong tokens after ten of an address, and never to the right one', async () => {
    const { api } = await desk();
    for (let guess = 0; guess < 10; guess++) {
      const headers = { authorization: `Bearer guess-${guess}`, 'x-forwarded-for': `198.51.100.${guess}` };
      expect((await api('GET', '/admin/sessions', headers)).status).toBe(401);
    }
    expect((await api('GET', '/admin/sessions', { authorization: 'Bearer guess' })).status).toBe(429);
    expect((await api('GET', '/admin/sessions')).status).toBe(200);
    moveOn();
    expect((await api('GET', '/admin/sessions', { authorization: 'Bearer guess' })).status).toBe(401);
  });

  it('takes the number of guesses from OPERATOR_GUESSES', async () => {
    const { api } = await desk({ OPERATOR_GUESSES: '1' });
    const guess = () => api('GET', '/admin/sessions', { authorization: 'Bearer guess' });
    expect([(await guess()).status, (await guess()).status]).toEqual([401, 429]);
  });

  it('by the page: the token is typed once, and a cookie stands for it', async () => {
    const { operator } = await desk();
    expect((await operator.get('/admin', from())).status).toBe(401);
    const signedIn = await operator.send('POST', '/admin/sign-in', {
      headers: { ...from(), origin: operator.origin, 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ token: ADMIN_TOKEN }),
    });
    expect(signedIn.status).toBe(303);
    expect(operator.cookies.get('__Host-Http-admin')).not.toContain(ADMIN_TOKEN);
    expect((await operator.get('/admin/sessions', from())).status).toBe(200);
    const other = operator.at({ ...operator.env, ADMIN_TOKEN: [...ADMIN_TOKEN].reverse().join('') });
    expect((await other.get('/admin/sessions', from())).status).toBe(401);
  });

  it('by the cookie does not depend on credentials for something in front of the Worker', async () => {
    const { visitor } = await desk();
    const operator = await signedInOperator(visitor);
    const basic = { authorization: `Basic ${btoa('staging:password')}` };
    for (let round = 0; round < 12; round++) {
      const page = await operator.get('/admin/sessions', { ...from(), ...basic, accept: 'text/html' });
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toContain('text/html');
    }
    operator.cookies.clear();
    expect((await operator.getJson('/admin/sessions', { ...from(), ...basic })).status).toBe(401);
  });

  it.each([
    ['on the server', {}],
    ['in cookies', { TOKENS: undefined, SESSION_KEEPER: undefined }],
  ])('ends with the sign-out, also by a cookie that was copied before (sessions %s)', async (_, own) => {
    const { op } = await desk();
    const { visitor } = await stage(op.entry(), { TOKENS, SESSION_KEEPER, ADMIN_TOKEN, ...own });
    const operator = await signedInOperator(visitor);
    const thief = operator.at(operator.env);
    expect((await thief.get('/admin/providers', from())).status).toBe(200);
    expect((await operator.post('/admin/sign-out', from())).status).toBe(303);
    expect((await operator.get('/admin/providers', from())).status).toBe(401);
    expect((await thief.get('/admin/providers', from())).status).toBe(401);
  });

  it('tells in the form what was wrong with the token, and to programs by JSON', async () => {
    const { operator } = await desk();
    const send = (accept: string) =>
      operator.send('POST', '/admin/sign-in', {
        headers: { ...from(), accept, origin: operator.origin, 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams({ token: 'wrong' }),
      });
    const page = await send('text/html');
    expect(page.status).toBe(401);
    expect(await page.text()).toMatch(/<form[\s\S]*role="alert">This is not the admin token/);
    expect(await (await send('application/json')).json()).toMatchObject({ error: 'operator_required' });
  });

  it('leads back to the admin pages from one that is not there', async () => {
    const { visitor } = await desk();
    const operator = await signedInOperator(visitor);
    const page = await operator.get('/admin/nothing-here', from());
    expect(page.status).toBe(404);
    const text = await page.text();
    expect(text).toContain('Go back to the admin pages.');
    expect(text).toMatch(/<a class="button[^"]*" href="\/admin">Go to admin/);
    expect(text).not.toContain('login page');
  });
});

async function signedInOperator({ env }: Visitor): Promise<Visitor> {
  const operator = new Visitor(env);
  const response = await operator.send('POST', '/admin/sign-in', {
    headers: { ...from(), origin: operator.origin, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ token: ADMIN_TOKEN }),
  });
  expect(response.status).toBe(303);
  return operator;
}

describe('the operator', () => {
  it('finds a user’s sessions by provider and sub, and sees no token', async () => {
    const { op, api, hash } = await desk();
    const response = await api('GET', `/admin/sessions?provider=op&sub=${op.sub}`);
    const text = await response.text();
    expect((JSON.parse(text) as Listing).sessions.map(({ id }) => id)).toEqual([hash]);
    const one = await (await api('GET', `/admin/sessions/${hash}`)).text();
    expect(JSON.parse(one)).toMatchObject({
      id: hash,
      sub: op.sub,
      grants: [{ provider: 'op', scope: 'openid read', refreshable: true, refresh_count: 0 }],
    });
    for (const shown of [text, one]) expect(shown).not.toMatch(/access-|refresh-[A-Za-z0-9]|eyJ/);
  });

  it('shows people the newest first, with how many there are', async () => {
    const { api, visitor } = await desk();
    await desk();
    const operator = await signedInOperator(visitor);
    const page = async (offset: number) =>
      (await operator.get(`/admin/sessions?limit=1&offset=${offset}`, from())).text();
    const { sessions } = (await (await api('GET', '/admin/sessions?limit=1000')).json()) as Listing;
    const first = await page(0);
    expect(first).toContain(`1–1 of ${sessions.length}, newest first`);
    expect(first).toContain('offset=1');
    expect(await page(sessions.length - 1)).not.toContain('Next page');
    const past = await page(sessions.length);
    expect(past).toContain('There are no more sessions.');
    expect(past).toContain('First page');
    const logins = await operator.get('/admin/logins?cursor=99999', from());
    expect(await logins.text()).toContain('There are no more sign-ins.');
  });

  it('pages through all that is stored, each session once', async () => {
    const { api } = await desk();
    await desk();
    await desk();
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = (await (
        await api('GET', `/admin/sessions?limit=2&cursor=${encodeURIComponent(cursor)}`)
      ).json()) as Listing;
      expect(page.sessions.length).toBeLessThanOrEqual(2);
      seen.push(...page.sessions.map(({ id }) => id));
      cursor = page.cursor ?? '';
    } while (cursor);
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('reveals a token when asked to, and the log says so', async () => {
    const { api, hash } = await desk();
    const log = vi.spyOn(console, 'log');
    const response = await api('POST', `/admin/sessions/${hash}/reveal`);
    expect(await response.json()).toMatchObject({ access_token: expect.stringMatching(/^access-/) });
    const lines = log.mock.calls.map(([line]) => String(line));
    log.mockRestore();
    expect(lines.some((line) => line.includes('admin_revealed'))).toBe(true);
    expect(lines.join('')).not.toContain('access-');
  });

  it('refreshes a grant now', async () => {
    const { api, hash, op } = await desk();
    const response = await api('POST', `/admin/sessions/${hash}/refresh`);
    expect(await response.json()).toMatchObject({ grants: [{ refresh_count: 1 }] });
    expect(op.requests.filter(({ form }) => form.get('grant_type') === 'refresh_token')).toHaveLength(1);
  });

  it('ends a session and revokes its tokens', async () => {
    const { api, hash, op, visitor } = await desk();
    expect((await api('POST', `/admin/sessions/${hash}/revoke`)).status).toBe(200);
    expect((await visitor.getJson('/session')).status).toBe(401);
    expect(op.paths.filter((path) => path === '/revoke')).toHaveLength(2);
  });

  it('ends every session of a user, and revokes its tokens', async () => {
    const { api, op, visitor } = await desk();
    const response = await api('POST', `/admin/sessions/revoke?provider=op&sub=${op.sub}`);
    expect(await response.json()).toMatchObject({ sessions: 1 });
    expect((await visitor.getJson('/session')).status).toBe(401);
    expect(op.paths.filter((path) => path === '/revoke')).toHaveLength(2);
  });

  it('has records under an old secret sealed anew', async () => {
    const { visitor, hash } = await desk();
    // New settings come with a new deployment, which starts every object anew.
    await evictDurableObject(SESSION_KEEPER.getByName(hash));
    const rotated = { ...visitor.env, SESSION_SECRET: `${OTHER_SECRET},${SESSION_SECRET}` };
    const operator = new Visitor(rotated);
    const reseal = async () => {
      let resealed = 0;
      let cursor = '';
      do {
        const response = await operator.send('POST', `/admin/reseal?cursor=${encodeURIComponent(cursor)}`, {
          headers: { ...from(), ...BEARER },
        });
        const body = (await response.json()) as { resealed: number; cursor?: string };
        resealed += body.resealed;
        cursor = body.cursor ?? '';
      } while (cursor);
      return resealed;
    };
    expect(await reseal()).toBeGreaterThan(0);
    expect(await reseal()).toBe(0);
    const only = new Visitor({ ...visitor.env, SESSION_SECRET: OTHER_SECRET });
    const one = await only.send('GET', `/admin/sessions/${hash}`, { headers: { ...from(), ...BEARER } });
    expect(one.status).toBe(200);
  });

  it('is told how many records no secret decrypts', async () => {
    const { api, hash } = await desk();
    const log = vi.spyOn(console, 'log');
    const reseal = async () => {
      const { unreadable } = (await (await api('POST', '/admin/reseal')).json()) as { unreadable: number };
      return unreadable;
    };
    const before = await reseal();
    const stub = SESSION_KEEPER.getByName(hash);
    await spoilRecord(stub, await new Sealer([OTHER_SECRET]).seal('record', {}, `session:${hash}`));
    await evictDurableObject(stub);
    expect(await reseal()).toBe(before + 1);
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)) as { event: string });
    log.mockRestore();
    expect(lines.filter(({ event }) => event === 'admin_resealed')).toMatchObject([
      { unreadable: before },
      { unreadable: before + 1 },
    ]);
  });

  it.each(['x', '0'.repeat(64), '../healthz'])('is told of no session %s', async (id) => {
    const { api } = await desk();
    expect((await api('GET', `/admin/sessions/${encodeURIComponent(id)}`)).status).toBe(404);
  });

  it('sees each provider as resolved, without its secret', async () => {
    const { api, op } = await desk();
    const text = await (await api('GET', '/admin/providers')).text();
    expect(JSON.parse(text)).toMatchObject({
      providers: [{ id: 'op', issuer: op.issuer, redirect_uri: 'https://app.example/callback' }],
    });
    expect(text).not.toContain(op.clientSecret);
  });

  it('is told that nothing is stored when sessions live in cookies', async () => {
    const { op, visitor } = await stage({}, { ADMIN_TOKEN });
    await signIn(visitor, op);
    const response = await visitor.send('GET', '/admin/sessions', { headers: { ...from(), ...BEARER } });
    expect(response.status).toBe(404);
    expect(((await response.json()) as { hint: string }).hint).toContain('SESSION_KEEPER');
  });

  it('begins with the sessions, or with the providers where sessions live in cookies', async () => {
    const { api } = await desk();
    expect((await api('GET', '/admin')).headers.get('location')).toBe('/admin/sessions');
    const { visitor } = await stage({}, { ADMIN_TOKEN });
    const response = await visitor.send('GET', '/admin', { headers: { ...from(), ...BEARER } });
    expect(response.headers.get('location')).toBe('/admin/providers');
  });

  it('is offered no list of what is not stored when sessions live in cookies', async () => {
    const providersPage = async (visitor: Visitor) =>
      (await (await signedInOperator(visitor)).get('/admin/providers', from())).text();
    const { visitor } = await stage({}, { ADMIN_TOKEN });
    const withCookies = await providersPage(visitor);
    expect(withCookies).toContain('href="/admin/doctor"');
    expect(withCookies).not.toMatch(/\/admin\/(?:sessions|logins)|Last failure/);
    const onServer = await desk();
    expect(await providersPage(onServer.visitor)).toMatch(
      /\/admin\/sessions.*\/admin\/logins.*Last failure/s,
    );
  });
});
