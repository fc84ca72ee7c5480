import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folder, GRANTED, KEY, keyFile, PENDING, run, STARTED, serve } from './stage.ts';

describe('drawbridge login', () => {
  it('prints page and code, waits, and keeps the key in a file of the user alone (RFC 8628 §3.3)', async () => {
    const { origin, seen } = await serve({
      '/device_authorization': [[200, STARTED]],
      '/token': [
        [400, PENDING],
        [400, PENDING],
        [200, GRANTED],
      ],
    });
    const { code, out, err } = await run([
      'login',
      'demo',
      '--raw',
      '--scope',
      'openid email',
      '--server',
      origin,
    ]);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toContain('https://login.example.com/device');
    expect(err).toContain('WDJB-MJHT');
    expect(seen[0]?.form).toMatchObject({
      client_id: 'drawbridge-cli',
      scope: 'demo openid email',
      raw_tokens: 'true',
    });
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
    const file = JSON.parse(await readFile(keyFile(), 'utf8'));
    expect(file.servers[origin]).toMatchObject([{ key: KEY, provider: 'demo', raw: true }]);
    expect(err).not.toContain(KEY);
  });

  it.each([
    ['access_denied', 'declined', 2],
    ['expired_token', 'expired', 2],
  ])('ends when the server says %s', async (error, words, code) => {
    const { origin } = await serve({
      '/device_authorization': [[200, STARTED]],
      '/token': [[400, { error }]],
    });
    const result = await run(['login', 'demo', '--server', origin]);
    expect(result.code).toBe(code);
    expect(result.err).toContain(words);
  });

  it('goes on when the server is down for a moment', async () => {
    const { origin } = await serve({
      '/device_authorization': [[200, STARTED]],
      '/token': [
        [503, { error: 'temporarily_unavailable' }],
        [502, '<html>'],
        [200, GRANTED],
      ],
    });
    expect((await run(['login', 'demo', '--server', origin])).code).toBe(0);
  });

  it('loses no key when twelve run at once', async () => {
    const { origin } = await serve({
      '/device_authorization': [[200, STARTED]],
      '/token': [[200, { ...GRANTED, provider: undefined }]],
    });
    const providers = Array.from({ length: 12 }, (_, index) => `p${index}`);
    const runs = await Promise.all(providers.map((provider) => run(['login', provider, '--server', origin])));
    expect(runs.map(({ code }) => code)).toEqual(providers.map(() => 0));
    const { servers } = JSON.parse(await readFile(keyFile(), 'utf8'));
    expect(servers[origin].map(({ provider }: { provider: string }) => provider).sort()).toEqual(
      providers.sort(),
    );
  });

  it('ends the key that it replaces, which nobody holds any longer (RFC 7009)', async () => {
    const before = KEY.replace('aaa', 'zzz');
    const { origin, seen } = await serve({
      '/device_authorization': [[200, STARTED]],
      '/token': [
        [200, { ...GRANTED, access_token: before }],
        [200, GRANTED],
        [200, { ...GRANTED, access_token: before }],
      ],
      '/revoke': [
        [200, ''],
        [503, '{}'],
      ],
    });
    await run(['login', 'demo', '--server', origin]);
    expect(seen.map(({ path }) => path)).not.toContain('/revoke');
    expect((await run(['login', 'demo', '--server', origin])).code).toBe(0);
    expect(seen.at(-1)).toMatchObject({ path: '/revoke', form: { token: before } });
    const third = await run(['login', 'demo', '--server', origin]);
    expect(third.code).toBe(0);
    expect(third.err).toContain('was not ended');
  });

  it('says what to do where the server takes no such provider', async () => {
    const refused = {
      error: 'invalid_scope',
      error_description: 'No provider.',
      hint: 'Send one of `demo`.',
    };
    const { origin } = await serve({ '/device_authorization': [[400, refused]] });
    const { code, err } = await run(['login', 'dmeo', '--server', origin]);
    expect({ code, err }).toEqual({ code: 1, err: 'drawbridge: No provider. Send one of `demo`.\n' });
  });

  it.each([
    [404, 'not_found'],
    [401, 'not_signed_in'],
    [403, 'forbidden'],
  ])('says what to check where another path answers: %i %s', async (status, error) => {
    const refused = { error, error_description: 'Only from a page.', hint: 'Open this site.' };
    const { origin } = await serve({ '/device_authorization': [[status, refused]] });
    const { code, err } = await run(['login', 'demo', '--server', origin]);
    expect(code).toBe(1);
    expect(err).toContain(
      `${origin} gives no keys to programs. Check the address: it ends in the server's \`BASE_PATH\``,
    );
  });

  it('is sent to no other server, and says which one it was pointed to', async () => {
    const location = 'https://www.example.com/device_authorization';
    const { origin } = await serve({ '/device_authorization': [[301, '', { location }]] });
    const { code, err } = await run(['login', 'demo', '--server', origin]);
    expect(code).toBe(1);
    expect(err).toContain('answered 301 and points to https://www.example.com. If that is Drawbridge,');
  });

  it('asks nobody for a key that it could not store', async () => {
    const { origin, seen } = await serve({});
    await writeFile(join(folder, 'drawbridge'), 'in the way');
    const { code, err } = await run(['login', 'demo', '--server', origin]);
    expect({ code, seen }).toEqual({ code: 1, seen: [] });
    expect(err).toMatch(/^drawbridge: .*keys\.json can't be/);
  });

  it('prints nothing of the server that a terminal would act on', async () => {
    const { origin } = await serve({
      '/device_authorization': [[400, { error: 'invalid_scope', error_description: 'no\u001b[2J\nsuch' }]],
    });
    const { err } = await run(['login', 'demo', '--server', origin]);
    expect(err).toBe('drawbridge: no [2J such\n');
  });
});
