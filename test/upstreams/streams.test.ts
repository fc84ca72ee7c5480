import { afterEach, describe, expect, it, vi } from 'vitest';
import { CHECK_INTERVAL_MS } from '../../src/upstreams/while-alive.ts';
import { answer } from './raw-upstream.ts';
import { fetchOwn, upstreamStage } from './stage.ts';

const EVENT_STREAM =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const END = '0\r\n\r\n';

afterEach(() => {
  vi.useRealTimers();
});

/** The next piece of a body as text; undefined at its end. */
function pieces(response: Response): () => Promise<string | undefined> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  return async () => {
    const { done, value } = await reader.read();
    return done ? undefined : new TextDecoder().decode(value);
  };
}

describe('a stream', () => {
  it('of events arrives chunk by chunk, as the upstream sends it', async () => {
    const { visitor, upstream } = await upstreamStage();
    await upstream.answers([
      EVENT_STREAM,
      chunk('data: 1\n\n'),
      { wait: true },
      chunk('data: 2\n\n'),
      { wait: true },
      END,
    ]);
    const response = await fetchOwn(visitor, '/api/events');
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const next = pieces(response);
    expect(await next()).toBe('data: 1\n\n');
    await upstream.release();
    expect(await next()).toBe('data: 2\n\n');
    await upstream.release();
    expect(await next()).toBe(undefined);
  });

  it('ends at the upstream when the client leaves', async () => {
    const { visitor, upstream } = await upstreamStage();
    await upstream.answers([EVENT_STREAM, chunk('data: 1\n\n'), { wait: true }, { fill: 10_000_000 }]);
    const response = await fetchOwn(visitor, '/api/events');
    const reader = (response.body as ReadableStream).getReader();
    await reader.read();
    await reader.cancel();
    await upstream.release();
    await upstream.closed();
  });

  it('that the upstream cuts breaks off at the client too', async () => {
    const { visitor, upstream } = await upstreamStage();
    await upstream.answers([
      'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf',
      { wait: true },
      { cut: true },
    ]);
    const response = await fetchOwn(visitor, '/api/file');
    expect(response.status).toBe(200);
    const reading = response.text();
    await upstream.release();
    await expect(reading).rejects.toThrow();
  });
});

describe.each([
  ['cookies', false],
  ['a Durable Object', true],
] as const)('a stream of a session in %s', (_, onServer) => {
  it('ends within a minute of its session’s end, and goes on while it lives', async () => {
    const { visitor, upstream } = await upstreamStage({
      onServer,
      env: { SESSION_IDLE_SECONDS: 600, SESSION_MAX_SECONDS: 600 },
    });
    await upstream.answers([EVENT_STREAM, chunk('data: 1\n\n'), { wait: true }, chunk('data: 2\n\n')]);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.now() });
    const response = await fetchOwn(visitor, '/api/events');
    const next = pieces(response);
    expect(await next()).toBe('data: 1\n\n');
    await vi.advanceTimersByTimeAsync(CHECK_INTERVAL_MS + 1);
    await upstream.release();
    expect(await next()).toBe('data: 2\n\n');
    const cut = expect(next()).rejects.toThrow();
    if (onServer) expect((await visitor.post('/logout')).status).toBeLessThan(400);
    await vi.advanceTimersByTimeAsync(onServer ? CHECK_INTERVAL_MS : 600_000 + CHECK_INTERVAL_MS);
    await cut;
    await upstream.closed();
  });

  it.each([
    ['of known length', 1_000_000_000, ''],
    ['of known length, encoded', 1_000_000_000, 'Content-Encoding: br\r\n'],
  ])('%s too, where a client of 10 Mbit/s would still be at it', async (_, length, more) => {
    const { visitor, upstream } = await upstreamStage({
      onServer,
      env: { SESSION_IDLE_SECONDS: 600, SESSION_MAX_SECONDS: 600 },
    });
    await upstream.answers([
      `HTTP/1.1 200 OK\r\n${more}Content-Length: ${length}\r\n\r\nhalf`,
      { wait: true },
    ]);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.now() });
    const response = await fetchOwn(visitor, '/api/file', { headers: { 'accept-encoding': 'br' } });
    const cut = expect(new Response(response.body).arrayBuffer()).rejects.toThrow();
    if (onServer) expect((await visitor.post('/logout')).status).toBeLessThan(400);
    await vi.advanceTimersByTimeAsync(onServer ? CHECK_INTERVAL_MS + 1 : 600_000 + CHECK_INTERVAL_MS);
    await cut;
    await upstream.closed();
  });

  it.each([
    ['HEAD', 'HEAD', '200 OK', 0],
    ['a part', 'GET', '206 Partial Content', 3_000_000],
    ['a whole', 'GET', '200 OK', 3_000_000],
  ])('%s keeps its length and arrives whole', async (_, method, status, bytes) => {
    const { visitor, upstream } = await upstreamStage({ onServer });
    const range = 'Content-Range: bytes 0-2999999/9000000';
    await upstream.answers([
      `HTTP/1.1 ${status}\r\n${range}\r\nContent-Length: 3000000\r\n\r\n`,
      { fill: bytes },
    ]);
    const response = await fetchOwn(visitor, '/api/file', { method, headers: { range: 'bytes=0-2999999' } });
    expect([response.status, response.headers.get('content-length')]).toEqual([
      Number(status.slice(0, 3)),
      '3000000',
    ]);
    expect(response.headers.get('content-range')).toBe('bytes 0-2999999/9000000');
    expect((await response.arrayBuffer()).byteLength).toBe(bytes);
    expect((await upstream.arrived())[0]?.headers.get('range')).toEqual(['bytes=0-2999999']);
  });

  it('of known length that the upstream cuts breaks off at the client too', async () => {
    const { visitor, upstream } = await upstreamStage({ onServer });
    await upstream.answers([
      'HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\nhalf',
      { wait: true },
      { cut: true },
    ]);
    const reading = (await fetchOwn(visitor, '/api/file')).arrayBuffer();
    await upstream.release();
    await expect(reading).rejects.toThrow();
  });

  it('of known length ends at the upstream when the client leaves', async () => {
    const { visitor, upstream } = await upstreamStage({ onServer });
    await upstream.answers([
      'HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\nhalf',
      { wait: true },
      { fill: 89_999_996 },
    ]);
    const response = await fetchOwn(visitor, '/api/file');
    const reader = (response.body as ReadableStream).getReader();
    await reader.read();
    await reader.cancel();
    await upstream.release();
    await upstream.closed();
  });
});

describe('an upstream', () => {
  it('that never answers is given up on after its time', async () => {
    const { visitor, upstream } = await upstreamStage({ entry: { timeout_seconds: 1 } });
    await upstream.answers([{ wait: true }]);
    const response = await fetchOwn(visitor, '/api/x', { method: 'POST', body: 'x' });
    expect([response.status, response.headers.get('drawbridge-error')]).toEqual([504, 'upstream_timeout']);
    expect(await upstream.arrived()).toHaveLength(1);
    await upstream.closed();
  });

  it('that sends its headers drop by drop is given up on after its time', async () => {
    const { visitor, upstream } = await upstreamStage({ entry: { timeout_seconds: 1 } });
    await upstream.answers(['HTTP/1.1 200 OK\r\nX-A: 1\r\n', { wait: true }]);
    expect((await fetchOwn(visitor, '/api/x')).status).toBe(504);
  });

  it('may take longer for the body than for the headers', async () => {
    const { visitor, upstream } = await upstreamStage({ entry: { timeout_seconds: 1 } });
    await upstream.answers([EVENT_STREAM, chunk('a'), { wait: true }, chunk('b'), END]);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const response = await fetchOwn(visitor, '/api/x');
    await vi.advanceTimersByTimeAsync(10_000);
    await upstream.release();
    expect(await response.text()).toBe('ab');
  });

  it('that can’t be reached is a 502', async () => {
    const { visitor } = await upstreamStage({ entry: { target: 'http://localhost:9/' } });
    const response = await fetchOwn(visitor, '/api/x');
    expect([response.status, response.headers.get('drawbridge-error')]).toEqual([
      502,
      'upstream_unreachable',
    ]);
  });

  it.each([
    ['100,000 headers', `HTTP/1.1 200 OK\r\n${'X-A: 1\r\n'.repeat(100_000)}\r\n`],
    ['something that is no HTTP', 'hello\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n'],
    ['half a status line', 'HTTP/1.1 2'],
  ])('that sends %s is a 502', async (_, raw) => {
    const { visitor, upstream } = await upstreamStage();
    await upstream.answers([raw, { end: true }]);
    const response = await fetchOwn(visitor, '/api/x');
    expect([response.status, response.headers.get('drawbridge-error')]).toEqual([
      502,
      'upstream_unreachable',
    ]);
  });

  it('answers HEAD as it would GET, without a body', async () => {
    const { visitor, upstream } = await upstreamStage();
    await upstream.answers(['HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: "a"\r\n\r\n']);
    const response = await fetchOwn(visitor, '/api/x', { method: 'HEAD' });
    expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([200, '"a"', '']);
    expect((await upstream.arrived())[0]?.line).toMatch(/^HEAD /);
  });

  it.each(['Content-Length: 4\r\nContent-Length: 4', 'Content-Length: 4, 4'])(
    'that names its length twice is passed on without it: %s',
    async (lengths) => {
      for (const entry of [{}, { kind: 'app' }]) {
        const { visitor, upstream } = await upstreamStage({ entry });
        await upstream.answers([`HTTP/1.1 200 OK\r\n${lengths}\r\n\r\nbody`, { end: true }]);
        const response = await fetchOwn(visitor, '/api/x');
        expect([response.status, response.headers.get('content-length')]).toEqual([200, null]);
        expect(await response.text()).toBe('body');
      }
    },
  );

  it('keeps its status text', async () => {
    const { visitor, upstream } = await upstreamStage();
    await upstream.answers(answer('203 Because'));
    expect((await fetchOwn(visitor, '/api/x')).statusText).toBe('Because');
  });
});
