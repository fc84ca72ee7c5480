import { afterEach, describe, expect, it, vi } from 'vitest';
import { CHECK_INTERVAL_MS } from '../../src/upstreams/while-alive.ts';
import { ORIGIN } from '../support/settings.ts';
import type { Visitor } from '../support/visitor.ts';
import { fetchOwn, upstreamStage } from './stage.ts';

const HANDSHAKE = { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13' };

afterEach(() => {
  vi.useRealTimers();
});

/** An upstream that accepts sockets, in place of `fetch`; the far ends of them, and the requests that opened them. */
function acceptSockets() {
  const sockets: WebSocket[] = [];
  const nears: WebSocket[] = [];
  const requests: Request[] = [];
  const others = globalThis.fetch;
  vi.stubGlobal('fetch', (input: RequestInfo, init?: RequestInit) => {
    const request = new Request(input, init);
    if (!request.url.startsWith('https://sockets.example')) return others(input, init);
    requests.push(request);
    const [near, far] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    far.accept();
    sockets.push(far);
    nears.push(near);
    const headers = { 'sec-websocket-protocol': 'chat', 'set-cookie': 'a=1' };
    return Promise.resolve(new Response(null, { status: 101, webSocket: near, headers }));
  });
  return { sockets, nears, requests };
}

async function socketStage({ onServer = false, entry = {} } = {}) {
  const { visitor } = await upstreamStage({
    onServer,
    entry: { target: 'https://sockets.example/', websocket: true, provider: 'op', ...entry },
    env: { SESSION_IDLE_SECONDS: 600, SESSION_MAX_SECONDS: 600 },
  });
  return { visitor, ...acceptSockets() };
}

function open(visitor: Visitor, headers: Record<string, string> = {}): Promise<Response> {
  return visitor.send('GET', '/api/socket', { headers: { ...HANDSHAKE, origin: ORIGIN, ...headers } });
}

function nextMessage(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) =>
    socket.addEventListener('message', ({ data }) => resolve(data), { once: true }),
  );
}

function closeOf(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => socket.addEventListener('close', resolve, { once: true }));
}

/** An open socket: the browser's end and the upstream's. */
async function connected(stage: Awaited<ReturnType<typeof socketStage>>) {
  const { status, webSocket } = await open(stage.visitor);
  expect(status).toBe(101);
  const [far] = stage.sockets;
  if (!webSocket || !far) throw new Error('no socket');
  webSocket.binaryType = 'arraybuffer';
  webSocket.accept();
  return { near: webSocket, far };
}

describe('a WebSocket', () => {
  it('carries messages both ways, text and bytes, and the token at its handshake', async () => {
    const stage = await socketStage();
    const { near, far } = await connected(stage);
    const atFar = nextMessage(far);
    near.send('hello');
    expect(await atFar).toBe('hello');
    const atNear = nextMessage(near);
    far.send(new Uint8Array([1, 2]));
    expect(await atNear).toEqual(new Uint8Array([1, 2]).buffer);
    const [request] = stage.requests;
    expect(request?.headers.get('authorization')).toMatch(/^Bearer access-/);
    expect(request?.headers.has('origin')).toBe(false);
  });

  it('keeps the protocol that was agreed on, and no cookie of an API', async () => {
    const { visitor, requests } = await socketStage();
    const response = await open(visitor, { 'sec-websocket-protocol': 'chat, other' });
    expect(response.headers.get('sec-websocket-protocol')).toBe('chat');
    expect(response.headers.getSetCookie().join()).not.toContain('a=1');
    expect(requests[0]?.headers.get('sec-websocket-protocol')).toBe('chat, other');
  });

  it.each(['near', 'far'] as const)(
    'closes at both ends, code included, when the %s one closes',
    async (from) => {
      const ends = await connected(await socketStage());
      const other = closeOf(ends[from === 'near' ? 'far' : 'near']);
      ends[from].close(4001, 'done');
      expect(await other).toMatchObject({ code: 4001, reason: 'done' });
    },
  );

  it.each([1004, 5000, 7])(
    'closes the other end, too, when one closes with %i, which is no code',
    async (code) => {
      const stage = await socketStage();
      const { far } = await connected(stage);
      const other = closeOf(far);
      stage.nears[0]?.dispatchEvent(new CloseEvent('close', { code, wasClean: true }));
      expect((await other).code).toBe(1002);
    },
  );

  it('closes cleanly when an end closes without a code', async () => {
    const { near, far } = await connected(await socketStage());
    const other = closeOf(far);
    near.close();
    expect((await other).code).toBeLessThan(1012);
  });

  it.each([
    ['cookies', false],
    ['a Durable Object', true],
  ])('closes within a minute of the end of its session in %s', async (_, onServer) => {
    const stage = await socketStage({ onServer });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.now() });
    const { near, far } = await connected(stage);
    const closes = Promise.all([closeOf(near), closeOf(far)]);
    if (onServer) expect((await stage.visitor.post('/logout')).status).toBeLessThan(400);
    await vi.advanceTimersByTimeAsync(onServer ? CHECK_INTERVAL_MS : 600_000 + CHECK_INTERVAL_MS);
    expect((await closes).map(({ code }) => code)).toEqual([1008, 1008]);
  });

  it.each([
    ['from another site', { origin: 'https://evil.example' }],
    [
      'from another site that says it is ours',
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ],
    ['from a sandboxed page', { origin: 'null' }],
    ['from a sister site', { origin: ORIGIN, 'sec-fetch-site': 'same-site' }],
  ])('is refused %s', async (_, headers) => {
    const { visitor, requests } = await socketStage();
    const response = await open(visitor, headers);
    expect([response.status, response.headers.get('drawbridge-error')]).toEqual([403, 'forbidden']);
    expect(requests).toEqual([]);
  });

  it('is refused without an Origin', async () => {
    const { visitor, requests } = await socketStage();
    const response = await visitor.send('GET', '/api/socket', { headers: HANDSHAKE });
    expect(response.status).toBe(403);
    expect(requests).toEqual([]);
  });

  it('is refused where the upstream takes none', async () => {
    const { visitor, requests } = await socketStage({ entry: { websocket: false } });
    const response = await open(visitor);
    expect([response.status, response.headers.get('drawbridge-error')]).toEqual([400, 'invalid_request']);
    expect(requests).toEqual([]);
  });

  it('is refused without a session', async () => {
    const { visitor, requests } = await socketStage();
    visitor.cookies.clear();
    expect((await open(visitor)).status).toBe(401);
    expect(requests).toEqual([]);
  });

  it('may be answered with something else', async () => {
    const { visitor, upstream } = await upstreamStage({ entry: { websocket: true } });
    const response = await fetchOwn(visitor, '/api/socket', { headers: { ...HANDSHAKE, origin: ORIGIN } });
    expect(response.status).toBe(204);
    expect((await upstream.arrived())[0]?.headers.get('upgrade')).toEqual(['websocket']);
  });
});
