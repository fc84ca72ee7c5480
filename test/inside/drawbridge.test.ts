import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { drawbridge as overBinding } from '../../src/client.ts';
import { type DrawbridgeEnv, drawbridge } from '../../src/lib.ts';
import { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { ORIGIN, settings } from '../support/settings.ts';

describe('drawbridge', () => {
  it.each([
    [
      'an option that is misspelled',
      drawbridge,
      { raw_token: false },
      '`raw_token` is not one of its options',
    ],
    ['an option of the wrong type', drawbridge, { raw_tokens: 'no' }, 'wrong type (Auth props: raw_tokens)'],
    [
      'a policy over a binding',
      drawbridge,
      { binding: 'AUTH', upstreams: [] },
      '`upstreams` is not one of its options',
    ],
    [
      'the same in the client',
      overBinding,
      { binding: 'AUTH', raw_tokens: false },
      '`raw_tokens` is not one of its options',
    ],
    ['a binding without a name', drawbridge, { binding: null }, '`binding` is not the name'],
    ['no options in the client', overBinding, undefined, 'its options are not an object'],
    ['a text', drawbridge, 'AUTH', 'its options are not an object'],
  ])('throws at the start for %s, which would be without effect', (_, middleware, options, message) => {
    expect(() => Reflect.apply(middleware, undefined, [options])).toThrow(message);
  });

  it('has values for failures where the other Worker is gone meanwhile, as for any other', async () => {
    const gone = () => Promise.reject(new Error('Network connection lost.'));
    const session = { fetch: gone, accessToken: gone, end: gone };
    const found = { ok: true, session, info: { sub: 'user-1', grants: [] }, setCookie: [] };
    const AUTH = { session: async () => found, loginUrl: async () => '/auth/login' };
    const app = new Hono<DrawbridgeEnv>().use(drawbridge({ binding: 'AUTH' }));
    app.get('/', async (c) => {
      const { code } = Object(await c.var.accessToken());
      const ended = await c.var.signOut();
      const answer = await c.var.fetch('api', '/');
      return c.json([code, ended.ok, answer.status, answer.headers.get('drawbridge-error')]);
    });
    const request = new Request(`${ORIGIN}/`, { headers: { cookie: 'a=b' } });
    const answer = await app.fetch(request, { AUTH });
    expect(await answer.json()).toEqual(['config_invalid', false, 503, 'config_invalid']);
  });

  it('names the setting that is wrong, since an app shows no list of them', async () => {
    const op = await ScriptedProvider.start();
    const app = new Hono().use(drawbridge({ path: 'auth' }));
    const request = new Request(`${ORIGIN}/`, { headers: { cookie: 'a=b' } });
    const answer = await app.fetch(
      request,
      settings({ PROVIDERS: { op: op.entry() }, OP_CLIENT_SECRET: 'x' }),
    );
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      error: 'config_invalid',
      error_description: expect.stringContaining('`') && expect.stringContaining('BASE_PATH'),
      hint: expect.not.stringContaining('below'),
    });
  });
});
