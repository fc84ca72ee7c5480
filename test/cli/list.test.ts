import { describe, expect, it } from 'vitest';
import { GRANTED, KEY, run, STARTED, serve } from './stage.ts';

describe('drawbridge list and logout', () => {
  it('shows the keys without the keys, ends one on the server (RFC 7009) and forgets it', async () => {
    const { origin, seen } = await serve({
      '/device_authorization': [[200, STARTED]],
      '/token': [[200, GRANTED]],
      '/revoke': [[200, '']],
    });
    await run(['login', 'demo', '--server', origin]);
    const listed = await run(['list']);
    expect(listed.out).toContain('demo');
    expect(listed.out).not.toContain('dbk_');
    expect((await run(['logout', 'demo'])).code).toBe(0);
    expect(seen.at(-1)).toMatchObject({ path: '/revoke', form: { token: KEY } });
    expect((await run(['token', 'demo'])).code).toBe(2);
  });

  it('keeps a key that the server did not end', async () => {
    const { origin } = await serve({
      '/device_authorization': [[200, STARTED]],
      '/token': [[200, GRANTED]],
      '/revoke': [[503, '{}']],
    });
    await run(['login', 'demo', '--server', origin]);
    const { code, err } = await run(['logout']);
    expect(code).toBe(3);
    expect(err).toContain('if the server is gone for good, delete it there');
    expect((await run(['list'])).out).toContain('demo');
  });
});
