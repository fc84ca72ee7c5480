import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { settings } from '../support/settings.ts';
import { errorOf, locationOf, Visitor } from '../support/visitor.ts';
import { signIn, stage, startLogin } from './journey.ts';

type Stage = Awaited<ReturnType<typeof stage>>;

const DEADLINE_MS = 10_000;
const SCOPE = { scope: 'openid profile' };

/** Each kind of request to a provider: where it goes, what makes it, and what a user is told when it fails. */
const CALLS: readonly [string, string, (stage: Stage) => Promise<Response>, number, string?][] = [
  [
    'discovery',
    '/.well-known/openid-configuration',
    ({ visitor }) => visitor.getJson('/login'),
    502,
    'provider_unreachable',
  ],
  [
    'a pushed authorization request',
    '/par',
    ({ visitor }) => visitor.getJson('/login'),
    502,
    'provider_unreachable',
  ],
  ['the token request', '/token', ({ op, visitor }) => signIn(visitor, op), 502, 'provider_unreachable'],
  ['the signing keys', '/jwks', ({ op, visitor }) => signIn(visitor, op), 502, 'provider_unreachable'],
  ['userinfo', '/userinfo', ({ op, visitor }) => signIn(visitor, op), 303],
  [
    'a refresh',
    '/token',
    ({ visitor }) => visitor.post('/session/refresh', JSON_ONLY),
    502,
    'provider_unreachable',
  ],
  ['a revocation', '/revoke', ({ visitor }) => visitor.post('/logout', JSON_ONLY), 200],
];
const JSON_ONLY = { accept: 'application/json' };

/** What a fetch does that never comes to an end: nothing until it is aborted. */
const silent = (signal: AbortSignal) =>
  new Promise<Response>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
/** Headers at once, then a space a second. */
const dripping = async (signal: AbortSignal) => {
  const body = new ReadableStream({
    start(controller) {
      const timer = setInterval(() => controller.enqueue(new TextEncoder().encode(' ')), 1000);
      signal.addEventListener('abort', () => {
        clearInterval(timer);
        controller.error(signal.reason);
      });
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/json' } });
};

afterEach(() => {
  vi.useRealTimers();
});

/** Lets requests to `path` be answered by `answer`; the promise tells when the first one comes. */
function instead(path: string, answer: (signal: AbortSignal) => Promise<Response>): Promise<void> {
  const others = globalThis.fetch;
  return new Promise((asked) => {
    vi.stubGlobal('fetch', (input: string, init: RequestInit) => {
      if (new URL(input).pathname !== path) return others(input, init);
      asked();
      return answer(init.signal as AbortSignal);
    });
  });
}

describe.each([
  ['says nothing', silent],
  ['drips', dripping],
])('a provider that %s', (_, answer) => {
  it.each(CALLS)('is given ten seconds for %s', async (name, path, act, status, error) => {
    const par = name.startsWith('a pushed') && { require_pushed_authorization_requests: true };
    const here = await stage({ ...SCOPE, ...par });
    here.op.metadata = (right) => ({
      ...right,
      pushed_authorization_request_endpoint: `${here.op.issuer}/par`,
    });
    if (status === 200 || name === 'a refresh') await signIn(here.visitor, here.op);
    const asked = instead(path, answer);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    let isSettled = false;
    const response = act(here).finally(() => {
      isSettled = true;
    });
    await asked;
    await vi.advanceTimersByTimeAsync(DEADLINE_MS - 1);
    expect(isSettled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect((await response).status).toBe(status);
    if (error) expect(await errorOf(await response)).toBe(error);
  });
});

describe('over the network, a token endpoint that answers with', () => {
  it.each([
    ['50 MB compressed into 50 KB', '/bomb', 'token_response_invalid'],
    ['a body without end', '/endless', 'token_response_invalid'],
    ['a redirect to one that would do', '/redirect', 'token_request_failed'],
  ])('%s signs nobody in', async (_, path, error) => {
    const hostile = inject('hostile');
    const visitor = new Visitor(
      settings({
        PROVIDERS: {
          op: {
            authorization_endpoint: `${hostile}/authorize`,
            token_endpoint: hostile + path,
            client_id: 'x',
          },
        },
        OP_CLIENT_SECRET: 'x',
      }),
    );
    const state = locationOf(await visitor.get('/login')).searchParams.get('state');
    const response = await visitor.getJson(`/callback?code=x&state=${state}`);
    expect(await errorOf(response)).toBe(error);
    expect(response.status).toBe(502);
    expect([...visitor.cookies.keys()]).toEqual([]);
  });
});

it('a discovery that takes ten seconds is not kept: the next login asks again', async () => {
  const here = await stage();
  const asked = instead('/.well-known/openid-configuration', silent);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const response = here.visitor.getJson('/login');
  await asked;
  await vi.advanceTimersByTimeAsync(DEADLINE_MS);
  expect((await response).status).toBe(502);
  vi.useRealTimers();
  const { op, visitor } = here;
  vi.stubGlobal('fetch', (input: string, init: RequestInit) => op.answer(new Request(input, init)));
  await startLogin(visitor);
});
