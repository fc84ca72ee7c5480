import { describe, expect, it, vi } from 'vitest';
import { requestBody } from '../../src/upstreams/body.ts';
import { fetchOwn, upstreamStage } from './stage.ts';

/** A request as one comes in: no script could make one with this method and a body. */
function incoming(method: string, length: string): Request {
  const init = { method: 'POST', body: 'query', headers: { 'content-length': length } };
  return Object.defineProperty(new Request('https://app.example/api/_search', init), 'method', {
    value: method,
  });
}

describe('the body of a forwarded request', () => {
  it.each(['GET', 'HEAD'])(
    'of %s is refused, not lost: the API would answer another question',
    async (method) => {
      await expect(requestBody(incoming(method, '5'), true)).rejects.toMatchObject({
        code: 'invalid_request',
        hint: expect.stringContaining('POST'),
      });
    },
  );

  it('of GET may be empty (RFC 9110 §9.3.1)', async () => {
    expect((await requestBody(incoming('GET', '0'), true)).take()).toBeNull();
  });
});

describe('a long body', () => {
  it('arrives whole, however long', async () => {
    const { visitor, upstream } = await upstreamStage({ entry: { provider: 'op' } });
    const body = 'z'.repeat(3_000_000);
    const response = await fetchOwn(visitor, '/api/file', {
      method: 'PUT',
      body,
      headers: { 'content-length': String(body.length) },
    });
    expect(response.status).toBe(204);
    const [request] = await upstream.arrived();
    expect(request?.body.length).toBe(body.length);
    expect(request?.headers.get('content-length')).toEqual([String(body.length)]);
  });

  it.each([
    ['with a token', { provider: 'op' }],
    ['without a token', {}],
  ])(
    'of unknown length that the client breaks off, %s, never looks whole to the upstream, which is not blamed',
    async (_, entry) => {
      const { visitor, upstream } = await upstreamStage({ entry });
      const log = vi.spyOn(console, 'log');
      let sent = 0;
      const body = new ReadableStream({
        pull(controller) {
          sent += 1;
          if (sent < 4) controller.enqueue(new Uint8Array(60_000));
          else controller.error(new Error('gone'));
        },
      });
      const response = await fetchOwn(visitor, '/api/file', { method: 'PUT', body });
      const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
      log.mockRestore();
      expect([response.status, response.headers.get('drawbridge-error')]).toEqual([400, 'invalid_request']);
      expect(lines.at(-1)).toMatchObject({ event: 'refused', detail: 'the client left' });
      await upstream.closed();
      expect(await upstream.arrived()).toEqual([]);
    },
  );

  it('of known length that breaks off may be the client’s doing, and the log says so', async () => {
    const { visitor, upstream } = await upstreamStage();
    const log = vi.spyOn(console, 'log');
    const { readable, writable } = new FixedLengthStream(3_000_000);
    const headers = { 'content-length': '3000000' };
    const answering = fetchOwn(visitor, '/api/file', { method: 'PUT', body: readable, headers });
    const writer = writable.getWriter();
    await writer.write(new Uint8Array(60_000));
    writer.abort(new Error('gone')).catch(() => undefined);
    expect((await answering).status).toBe(502);
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
    log.mockRestore();
    expect(lines.at(-1)).toMatchObject({ detail: expect.stringMatching(/\(or the client left\)$/) });
    await upstream.closed();
    expect(await upstream.arrived()).toEqual([]);
  });

  it.each([
    ['can’t be reached', []],
    ['cuts the connection', [{ cut: true }]],
  ] as const)('of unknown length that an upstream does not take is blamed on it: it %s', async (_, steps) => {
    const { visitor, upstream } = await upstreamStage({
      entry: steps.length === 0 ? { target: 'http://localhost:9/' } : {},
    });
    await upstream.answers([...steps]);
    const body = new Blob(['z'.repeat(3_000_000)]).stream();
    const response = await fetchOwn(visitor, '/api/file', { method: 'PUT', body });
    expect([response.status, response.headers.get('drawbridge-error')]).toEqual([
      502,
      'upstream_unreachable',
    ]);
  });
});
