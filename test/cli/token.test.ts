import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startServer } from './server.ts';
import { folder, KEY, keyFile, run, serve, TOKEN } from './stage.ts';

describe('drawbridge token', () => {
  const env = { DRAWBRIDGE_KEY: KEY };

  it('prints the token alone (RFC 8693)', async () => {
    const { origin, seen } = await serve({ '/token': [[200, TOKEN]] });
    expect(await run(['token', 'demo', '--server', origin], env)).toEqual({
      code: 0,
      out: 'at-1\n',
      err: '',
    });
    expect(seen[0]?.form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: KEY,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'demo',
    });
  });

  it.each([
    [['--header'], 'Authorization: Bearer at-1\n'],
    [['--json'], `${JSON.stringify(TOKEN)}\n`],
  ])('prints it as %j asks', async (options, out) => {
    const { origin } = await serve({ '/token': [[200, { ...TOKEN, token_type: 'Bearer' }]] });
    expect((await run(['token', 'demo', ...options, '--server', origin], env)).out).toBe(out);
  });

  it.each([
    ['a key that is not valid', [400, { error: 'invalid_request' }], 2],
    [
      'a dead grant',
      [400, { error: 'invalid_grant', reauthorization_uri: 'https://login.example.com/c' }],
      2,
    ],
    ['a key without raw tokens', [400, { error: 'unauthorized_client' }], 2],
    ['a provider that is down', [503, { error: 'temporarily_unavailable' }, { 'retry-after': '30' }], 3],
    ['too many requests', [429, { error: 'rate_limited' }], 3],
    ['a page instead of JSON', [502, '<html>'], 3],
    ['another provider', [400, { error: 'invalid_target' }], 1],
  ] as const)('tells %s by its exit code', async (_, reply, code) => {
    const { origin } = await serve({ '/token': [[...reply]] });
    const result = await run(['token', 'demo', '--server', origin], env);
    expect({ code: result.code, out: result.out }).toEqual({ code, out: '' });
    expect(result.err).not.toContain(KEY);
  });

  it('takes a key and a server as a mounted secret has them, with a newline', async () => {
    const { origin, seen } = await serve({ '/token': [[200, TOKEN]] });
    const mounted = { DRAWBRIDGE_KEY: `${KEY}\n`, DRAWBRIDGE_URL: `${origin}\n` };
    expect((await run(['token', 'demo'], mounted)).out).toBe('at-1\n');
    expect(seen[0]?.form.subject_token).toBe(KEY);
  });

  it('says so where the proxy has no address', async () => {
    const { code, err } = await run(['list'], { HTTPS_PROXY: 'proxy.example.com:3128' });
    // Before version 24, Node knows no proxy.
    if (Number(process.versions.node.split('.')[0]) < 24) expect(code).toBe(0);
    else
      expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining('http://proxy.example.com') });
  });

  it('takes an empty variable for one that is not set', async () => {
    const { code, err } = await run(['token', 'demo'], { DRAWBRIDGE_KEY: '', DRAWBRIDGE_URL: '' });
    expect(code).toBe(2);
    expect(err).toContain('http://localhost:8787');
  });

  it('needs no file where key and server are given, so none that can be read', async () => {
    const { origin } = await serve({ '/token': [[200, TOKEN]] });
    await mkdir(keyFile(), { recursive: true });
    expect((await run(['token', 'demo', '--server', origin], env)).code).toBe(0);
    const { code, err } = await run(['token', 'demo', '--server', origin]);
    expect(code).toBe(1);
    expect(err).toContain('EISDIR');
  });

  it.each(['a\nurl = "https://evil.example"', 'a b', '\u001b[2J', ''])(
    'hands out no token that a header can’t carry: %j',
    async (access_token) => {
      const { origin } = await serve({ '/token': [[200, { ...TOKEN, access_token }]] });
      const { code, out } = await run(['token', 'demo', '--server', origin], env);
      expect({ code, out }).toEqual({ code: 1, out: '' });
    },
  );

  it('asks for no life longer than the server takes, which would read as a bad key', async () => {
    const { origin, seen } = await serve({ '/token': [[200, TOKEN]] });
    const { code } = await run(['token', 'demo', '--min-ttl', '3601', '--server', origin], env);
    expect({ code, seen }).toEqual({ code: 64, seen: [] });
  });

  it('ignores a config folder that is relative, and so another one in each folder', async () => {
    const { err } = await run(['list'], { XDG_CONFIG_HOME: 'here', HOME: folder });
    expect(err).toContain(join(folder, '.config', 'drawbridge', 'keys.json'));
  });

  it('stores no key where the command happens to run, when there is no home folder', async () => {
    const { code, err } = await run(['list'], { XDG_CONFIG_HOME: '', HOME: '' });
    expect(code).toBe(1);
    expect(err).toContain('Set XDG_CONFIG_HOME');
  });

  it('says which server it looked for where none was given', async () => {
    const { err } = await run(['token', 'demo'], { DRAWBRIDGE_KEY: KEY, DRAWBRIDGE_URL: '' });
    // Unless somebody runs one there at this moment.
    expect(err).toMatch(/DRAWBRIDGE_URL|drawbridge login/);
  });

  it('needs a sign-in without a key, and says how', async () => {
    const { code, err } = await run(['token', 'demo']);
    expect(code).toBe(2);
    expect(err).toContain('drawbridge login demo');
  });

  it('says that the server is down when nothing answers', async () => {
    const { origin, stop: close } = await startServer({});
    close();
    expect((await run(['token', 'demo', '--server', origin], env)).code).toBe(3);
  });

  it('hands out no token that ends before --min-ttl', async () => {
    const { origin } = await serve({ '/token': [[200, TOKEN]] });
    expect((await run(['token', 'demo', '--min-ttl', '600', '--server', origin], env)).code).toBe(3);
    expect((await run(['token', 'demo', '--min-ttl', '300', '--server', origin], env)).out).toBe('at-1\n');
  });

  it.each([['http://login.example.com'], ['nonsense'], ['https://a:b@login.example.com']])(
    'sends no key to %s',
    async (server) => {
      expect((await run(['token', 'demo', '--server', server], env)).code).toBe(64);
    },
  );
});
