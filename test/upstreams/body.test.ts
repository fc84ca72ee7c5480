import { describe, expect, it } from 'vitest';
import { requestBody } from '../../src/upstreams/body.ts';

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
