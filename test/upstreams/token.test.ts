import { afterEach, describe, expect, it, vi } from 'vitest';
import { later } from '../sessions/durable-object/keeper-stage.ts';
import { locationOf } from '../support/visitor.ts';
import { answer, type RawUpstream } from './raw-upstream.ts';
import { fetchOwn, upstreamStage } from './stage.ts';

const OK = answer('200 OK', {}, 'ok');
const REFUSED = answer('401 Unauthorized', { 'WWW-Authenticate': 'Bearer error="invalid_token"' }, 'no');
const STORES = [
  ['cookies', false],
  ['a Durable Object', true],
] as const;

afterEach(() => {
  vi.useRealTimers();
});

/** The access tokens that arrived, in their order. */
async function tokensOf(upstream: RawUpstream): Promise<(string | undefined)[]> {
  return (await upstream.arrived()).map(({ headers }) => headers.get('authorization')?.[0]);
}

describe.each(STORES)('with sessions in %s', (_, onServer) => {
  const protectedStage = (options: Parameters<typeof upstreamStage>[0] = {}) =>
    upstreamStage({ onServer, ...options, entry: { provider: 'op', ...options.entry } });

  it('a token that is about to end is refreshed before the request', async () => {
    const { op, visitor, upstream } = await protectedStage();
    later(299);
    expect((await fetchOwn(visitor, '/api/x')).status).toBe(204);
    expect(op.paths.filter((path) => path === '/token')).toHaveLength(2);
    expect(await upstream.arrived()).toHaveLength(1);
  });

  it('after a 401 the token is refreshed and the request sent once more', async () => {
    const { op, visitor, upstream } = await protectedStage();
    await upstream.answers(REFUSED, OK);
    const response = await fetchOwn(visitor, '/api/x', { method: 'POST', body: 'a=1' });
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
    const [first, second] = await upstream.arrived();
    expect(second?.line).toBe(first?.line);
    expect([first?.body, second?.body]).toEqual(['a=1', 'a=1']);
    expect(second?.headers.get('authorization')).not.toEqual(first?.headers.get('authorization'));
    expect(op.paths.filter((path) => path === '/token')).toHaveLength(2);
  });

  it('an upstream that always says 401 costs one refresh, and each later request is sent once', async () => {
    const { op, visitor, upstream } = await protectedStage();
    await upstream.answers(REFUSED);
    for (let request = 0; request < 4; request++) {
      const response = await fetchOwn(visitor, '/api/x');
      expect([response.status, await response.text()]).toEqual([401, 'no']);
      expect(response.headers.has('drawbridge-error')).toBe(false);
    }
    expect(op.paths.filter((path) => path === '/token')).toHaveLength(2);
    expect(await upstream.arrived()).toHaveLength(5);
  });

  it('a token that a refresh has brought may be refreshed again after five minutes', async () => {
    const { op, visitor, upstream } = await protectedStage({
      provider: {},
    });
    op.tokenResponse = (right) => ({ ...right, expires_in: 3600 });
    await upstream.answers(REFUSED);
    await fetchOwn(visitor, '/api/x');
    later(301);
    await fetchOwn(visitor, '/api/x');
    expect(op.paths.filter((path) => path === '/token')).toHaveLength(3);
    expect(await upstream.arrived()).toHaveLength(4);
  });

  it('100 requests at once on a token that the upstream refuses: one refresh, 100 answers', async () => {
    const { op, visitor, upstream } = await protectedStage();
    const [, old] = [await fetchOwn(visitor, '/api/x'), (await tokensOf(upstream))[0]];
    await upstream.answers(...Array.from({ length: 101 }, () => [{ wait: true } as const, ...REFUSED]), OK);
    const asked = Promise.all(Array.from({ length: 100 }, () => fetchOwn(visitor, '/api/x')));
    // None is refused before all are there: otherwise a renewed token could arrive among the old ones.
    await upstream.arrived(101);
    await upstream.release();
    const responses = await asked;
    expect(responses.map(({ status }) => status).filter((status) => status !== 200)).toEqual([]);
    expect(op.paths.filter((path) => path === '/token')).toHaveLength(2);
    const sent = await tokensOf(upstream);
    expect(sent.filter((token) => token === old)).toHaveLength(101);
    expect(new Set(sent).size).toBe(2);
  });

  it('100 requests at once on a token that has ended: one refresh, each sent once', async () => {
    const { op, visitor, upstream } = await protectedStage();
    await upstream.answers(OK);
    later(301);
    const responses = await Promise.all(Array.from({ length: 100 }, () => fetchOwn(visitor, '/api/x')));
    expect(responses.filter(({ status }) => status !== 200)).toEqual([]);
    expect(op.paths.filter((path) => path === '/token')).toHaveLength(2);
    expect(await upstream.arrived()).toHaveLength(100);
  });

  it('a grant that the provider has ended is answered with a link to a sign-in', async () => {
    const { op, visitor, upstream } = await protectedStage();
    await upstream.answers(REFUSED);
    op.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    const response = await fetchOwn(visitor, '/api/x');
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({
      error: 'login_required',
      login_url: expect.stringMatching(/^https:\/\/app\.example\/login\/op/),
    });
  });

  it('a provider that is down leaves the upstream’s own 401', async () => {
    const { op, visitor, upstream } = await protectedStage();
    await upstream.answers(REFUSED);
    op.answers['/token'] = () => new Response(null, { status: 503 });
    const response = await fetchOwn(visitor, '/api/x');
    expect([response.status, await response.text()]).toEqual([401, 'no']);
    expect(await upstream.arrived()).toHaveLength(1);
  });
});

describe('a body', () => {
  const LIMIT = 64 * 1024;

  it.each([
    ['of 64 KiB is sent again', LIMIT, 2, 200],
    ['over 64 KiB is not', LIMIT + 1, 1, 401],
  ])('%s after a 401', async (_, size, requests, status) => {
    const { visitor, upstream } = await upstreamStage({ entry: { provider: 'op' } });
    await upstream.answers(REFUSED, OK);
    const body = 'x'.repeat(size);
    const response = await fetchOwn(visitor, '/api/x', {
      method: 'POST',
      body,
      headers: { 'content-length': String(size) },
    });
    expect(response.status).toBe(status);
    const arrived = await upstream.arrived();
    expect(arrived.map((request) => request.body.length)).toEqual(Array(requests).fill(size));
  });

  it.each([
    ['short', 3, 2],
    ['long', 40, 1],
  ])('of unknown length is read ahead: %s', async (_, chunks, requests) => {
    const { visitor, upstream } = await upstreamStage({ entry: { provider: 'op' } });
    await upstream.answers(REFUSED, OK);
    let left = chunks;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- > 0) controller.enqueue(new TextEncoder().encode('y'.repeat(3000)));
        else controller.close();
      },
    });
    await fetchOwn(visitor, '/api/x', { method: 'PUT', body });
    const arrived = await upstream.arrived();
    expect(arrived.map((request) => request.body.length)).toEqual(Array(requests).fill(chunks * 3000));
  });
});

describe('a connection that broke', () => {
  it.each([
    ['GET', 2, 200],
    ['HEAD', 2, 200],
    ['POST', 1, 502],
    ['DELETE', 1, 502],
  ])('is tried again only for a safe method: %s', async (method, requests, status) => {
    const { visitor, upstream } = await upstreamStage();
    await upstream.answers([{ cut: true }], answer('200 OK'));
    const response = await fetchOwn(visitor, '/api/x', { method });
    expect(response.status).toBe(status);
    expect(await upstream.arrived()).toHaveLength(requests);
  });
});

describe('a scope', () => {
  const entry = { provider: 'op', scope: ['mail'] };

  it('that is missing is answered with a link that asks for the union', async () => {
    const { visitor, upstream } = await upstreamStage({ entry, provider: { scope: 'openid email' } });
    const response = await fetchOwn(visitor, '/api/x', {
      headers: { referer: 'https://app.example/page?a=1' },
    });
    expect(response.status).toBe(403);
    const { error, login_url } = (await response.json()) as { error: string; login_url: string };
    expect(error).toBe('insufficient_scope');
    const url = new URL(login_url);
    expect(url.pathname).toBe('/login/op');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      connect: '1',
      scope: 'openid email mail',
      return_to: '/page?a=1',
    });
    expect(await upstream.arrived()).toEqual([]);
  });

  it('is asked for by the first sign-in already', async () => {
    const { visitor } = await upstreamStage({
      entry,
      provider: { scope: 'openid email' },
      isSignedIn: false,
    });
    const response = await fetchOwn(visitor, '/api/x');
    expect(response.status).toBe(401);
    const { login_url } = (await response.json()) as { login_url: string };
    expect(login_url).toBe('https://app.example/login/op?scope=openid+email+mail');
  });

  it('is granted by the sign-in that the link leads to, which comes back and keeps what was granted', async () => {
    const { op, visitor, upstream } = await upstreamStage({ entry, provider: { scope: 'openid email' } });
    const refused = await fetchOwn(visitor, '/api/x', { headers: { referer: 'https://app.example/page' } });
    const { login_url } = (await refused.json()) as { login_url: string };
    const { pathname, search } = new URL(login_url);
    const started = await visitor.follow(pathname + search);
    const asked = locationOf(started);
    expect(op.requested(asked).get('scope')).toBe('openid email mail');
    const back = await visitor.get(op.callback(asked));
    expect([back.status, back.headers.get('location')]).toEqual([303, '/page']);
    expect((await fetchOwn(visitor, '/api/x')).status).toBe(204);
    expect(await upstream.arrived()).toHaveLength(1);
  });

  const challenge = (scope: string) =>
    answer(
      '403 Forbidden',
      {
        'WWW-Authenticate': `Bearer realm="x", error="insufficient_scope", scope="${scope}"`,
      },
      'no',
    );

  it('that the upstream asks for becomes a link, if the settings name it (RFC 6750 §3.1)', async () => {
    const { visitor, upstream } = await upstreamStage({
      entry: { provider: 'op' },
      provider: { scope: 'openid', optional_scope: 'files' },
    });
    await upstream.answers(challenge('files admin'));
    const response = await fetchOwn(visitor, '/api/x');
    expect(response.status).toBe(403);
    const { error, login_url } = (await response.json()) as { error: string; login_url: string };
    expect(error).toBe('insufficient_scope');
    expect(new URL(login_url).searchParams.get('scope')).toBe('openid files');
  });

  it('that nobody has named passes as the upstream’s own refusal', async () => {
    const { visitor, upstream } = await upstreamStage({ entry: { provider: 'op' } });
    await upstream.answers(challenge('admin'));
    const response = await fetchOwn(visitor, '/api/x');
    expect([response.status, await response.text()]).toEqual([403, 'no']);
    expect(response.headers.has('drawbridge-error')).toBe(false);
  });
});

describe('a stronger sign-in', () => {
  it('that the upstream asks for becomes a link, without a refresh (RFC 9470 §3)', async () => {
    const { op, visitor, upstream } = await upstreamStage({ entry: { provider: 'op' } });
    await upstream.answers(
      answer('401 Unauthorized', {
        'WWW-Authenticate':
          'Bearer error="insufficient_user_authentication", acr_values="urn:mfa urn:hw", max_age="60"',
      }),
    );
    const response = await fetchOwn(visitor, '/api/x');
    expect(response.status).toBe(401);
    const { error, login_url } = (await response.json()) as { error: string; login_url: string };
    expect(error).toBe('login_required');
    expect(Object.fromEntries(new URL(login_url).searchParams)).toEqual({
      connect: '1',
      acr_values: 'urn:mfa urn:hw',
      max_age: '60',
    });
    expect(op.paths.filter((path) => path === '/token')).toHaveLength(1);
    expect(await upstream.arrived()).toHaveLength(1);
    const { pathname, search } = new URL(login_url);
    const request = op.requested(locationOf(await visitor.follow(pathname + search)));
    expect([request.get('acr_values'), request.get('max_age')]).toEqual(['urn:mfa urn:hw', '60']);
  });
});

describe('`token`', () => {
  it('required: without a grant of the provider the answer is a link to it', async () => {
    const { visitor, upstream } = await upstreamStage({ entry: { provider: 'two' }, second: true });
    const response = await fetchOwn(visitor, '/api/x');
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({
      error: 'login_required',
      login_url: 'https://app.example/login/two?connect=1',
    });
    expect(await upstream.arrived()).toEqual([]);
  });

  it.each(['optional', 'none'])('%s: without a grant the request goes without a token', async (token) => {
    const { visitor, upstream } = await upstreamStage({ entry: { provider: 'two', token }, second: true });
    expect((await fetchOwn(visitor, '/api/x')).status).toBe(204);
    expect(await tokensOf(upstream)).toEqual([undefined]);
  });
});
