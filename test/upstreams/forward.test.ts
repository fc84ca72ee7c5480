import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/visitor.ts';
import { answer } from './raw-upstream.ts';
import { fetchOwn, upstreamStage } from './stage.ts';

describe('a forwarded request', () => {
  it('reaches the target below its base path, with the access token of the provider', async () => {
    const { visitor, upstream } = await upstreamStage({ entry: { provider: 'op' } });
    await upstream.answers(answer('200 OK', { 'Content-Type': 'application/json' }, '[1]'));
    const response = await fetchOwn(visitor, '/api/items/1?q=a%20b');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual([1]);
    const [request] = await upstream.arrived();
    expect(request?.line).toBe(`GET /${upstream.id}/items/1?q=a%20b HTTP/1.1`);
    expect(request?.headers.get('authorization')).toEqual([expect.stringMatching(/^Bearer access-/)]);
    expect(request?.headers.has('cookie')).toBe(false);
  });

  it('is answered 401 with the URL of a sign-in where nobody is signed in', async () => {
    const { visitor, upstream } = await upstreamStage({ isSignedIn: false });
    const response = await fetchOwn(visitor, '/api/items');
    expect(response.status).toBe(401);
    expect(response.headers.get('drawbridge-error')).toBe('not_signed_in');
    expect(await response.json()).toMatchObject({
      error: 'not_signed_in',
      login_url: 'https://app.example/login',
    });
    expect(await upstream.arrived()).toEqual([]);
  });

  it('has its body passed on', async () => {
    const { visitor, upstream } = await upstreamStage();
    const response = await fetchOwn(visitor, '/api/items', { method: 'POST', body: 'a=1' });
    expect(response.status).toBe(204);
    const [request] = await upstream.arrived();
    expect(request?.line).toBe(`POST /${upstream.id}/items HTTP/1.1`);
    expect(request?.body).toBe('a=1');
  });

  it('whose client leaves before its end is no error of ours, and is not sent', async () => {
    const { visitor, upstream } = await upstreamStage({ entry: { provider: 'op' } });
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('a='));
        controller.error(new Error('Network connection lost.'));
      },
    });
    const response = await fetchOwn(visitor, '/api/items', { method: 'POST', body });
    expect([response.status, await errorOf(response)]).toEqual([400, 'invalid_request']);
    expect(await upstream.arrived()).toEqual([]);
  });

  it('is refused with a method that the upstream does not take', async () => {
    const { visitor } = await upstreamStage({ entry: { methods: ['GET'] } });
    const response = await fetchOwn(visitor, '/api/items', { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await errorOf(response)).toBe('method_not_allowed');
  });
});
