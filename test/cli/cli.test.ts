import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from './server.ts';

const CLI = fileURLToPath(new URL('../../cli/drawbridge.mjs', import.meta.url));
const KEY = `dbk_${'a'.repeat(26)}${'b'.repeat(52)}${'c'.repeat(7)}`;
const STARTED = {
  device_code: 'dbd_1',
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://login.example.com/device',
  expires_in: 600,
  interval: 0,
};
const GRANTED = {
  access_token: KEY,
  token_type: 'Bearer',
  scope: 'demo',
  provider: 'demo',
  raw_tokens: true,
};
const TOKEN = { access_token: 'at-1', token_type: 'Bearer', expires_in: 300, scope: 'openid' };
const PENDING = { error: 'authorization_pending' };

let folder: string;
let stop = () => {};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drawbridge-cli-'));
});
afterEach(async () => {
  stop();
  await rm(folder, { recursive: true });
});

async function serve(replies: Parameters<typeof startServer>[0]) {
  const server = await startServer(replies);
  stop = () => void server.stop();
  return server;
}

/** Runs the command, with a config folder of its own. */
async function run(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env.PATH, XDG_CONFIG_HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

const keyFile = () => join(folder, 'drawbridge', 'keys.json');

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

describe('drawbridge curl', () => {
  /** In the place of curl: prints its arguments and the file that it was handed. */
  async function fakeCurl() {
    const script = '#!/bin/sh\nprintf "%s\\n" "$@"\nstat -c %a "$2"\ncat "$2"\nexit 7\n';
    await writeFile(join(folder, 'curl'), script);
    await chmod(join(folder, 'curl'), 0o755);
    return { PATH: `${folder}:${process.env.PATH}`, DRAWBRIDGE_KEY: KEY };
  }

  it.each([{ option: ['--server', 'S'] }, { option: ['--server=S'] }])(
    'takes $option after the URL too, as every other command does',
    async ({ option }) => {
      const { origin, seen } = await serve({ '/token': [[200, TOKEN]] });
      const given = option.map((word) => word.replace('S', origin));
      const { out } = await run(
        ['curl', 'demo', 'https://api.example.com/me', '-s', ...given],
        await fakeCurl(),
      );
      expect(seen).toHaveLength(1);
      expect(out).not.toContain('--server');
    },
  );

  it('hands curl the token in a file of the user alone, and passes its exit code on', async () => {
    const { origin } = await serve({ '/token': [[200, TOKEN]] });
    const { code, out } = await run(
      ['curl', '--server', origin, 'demo', 'https://api.example.com/me', '-s', '--fail'],
      await fakeCurl(),
    );
    expect(code).toBe(7);
    const [option, file = '', ...rest] = out.trim().split('\n');
    expect([option, ...rest]).toEqual([
      '--config',
      'https://api.example.com/me',
      '-s',
      '--fail',
      '600',
      'header = "Authorization: Bearer at-1"',
    ]);
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('says where it would have put the token for curl, if it can’t', async () => {
    const { origin } = await serve({ '/token': [[200, TOKEN]] });
    const env = { ...(await fakeCurl()), TMPDIR: join(folder, 'missing') };
    const { code, err } = await run(['curl', '--server', origin, 'demo', 'https://api.example.com/'], env);
    expect(code).toBe(1);
    expect(err).toContain('Set TMPDIR to a folder that can be written.');
    expect(err).not.toContain('    at ');
  });

  it('sends a path through the relay, with the key', async () => {
    const { origin, seen } = await serve({});
    const { out } = await run(['curl', '--server', origin, 'github', '/user/repos'], await fakeCurl());
    expect(out).toContain(`${origin}/relay/github/user/repos\n`);
    expect(out).toContain(`header = "Authorization: Bearer ${KEY}"`);
    expect(seen).toEqual([]);
  });

  it('passes on a signal and removes the file, whoever sends it', async () => {
    const { origin } = await serve({ '/token': [[200, TOKEN]] });
    const temporary = join(folder, 'tmp');
    await mkdir(temporary);
    const env = { ...(await fakeCurl()), XDG_CONFIG_HOME: folder, TMPDIR: temporary };
    await writeFile(join(folder, 'curl'), '#!/bin/sh\necho started\nexec sleep 60\n');
    const command = [CLI, 'curl', '--server', origin, 'demo', 'https://api.example.com/me'];
    const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    await once(child.stdout, 'data');
    expect(await readdir(temporary)).toHaveLength(1);
    child.kill('SIGHUP');
    expect(await once(child, 'close')).toEqual([129, null]);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('goes through no proxy to a server on this machine, which would see the key', async () => {
    const { origin } = await serve({});
    const { out } = await run(['curl', '--server', origin, 'github', '/user'], await fakeCurl());
    expect(out).toContain('noproxy = "*"');
  });

  it('sends no token over plain http', async () => {
    const { code } = await run(['curl', 'demo', 'http://api.example.com/me'], await fakeCurl());
    expect(code).toBe(64);
  });
});

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
    expect((await run(['logout'])).code).toBe(3);
    expect((await run(['list'])).out).toContain('demo');
  });
});

describe('the file with the keys', () => {
  it('may be a link, which stays one', async () => {
    const { origin } = await serve({ '/device_authorization': [[200, STARTED]], '/token': [[200, GRANTED]] });
    const elsewhere = join(folder, 'dotfiles.json');
    await writeFile(elsewhere, '{"servers":{}}');
    await mkdir(join(folder, 'drawbridge'));
    await symlink(elsewhere, keyFile());
    expect((await run(['login', 'demo', '--server', origin])).code).toBe(0);
    expect((await lstat(keyFile())).isSymbolicLink()).toBe(true);
    expect(await readFile(elsewhere, 'utf8')).toContain(KEY);
    expect((await stat(elsewhere)).mode & 0o777).toBe(0o600);
  });

  it.each(['dangling', '/proc/drawbridge'])(
    'in a folder that can’t be made is an error, not a wait without end: %s',
    async (place) => {
      const { origin, seen } = await serve({});
      await symlink(join(folder, 'unmounted'), join(folder, 'dangling'));
      const { code, err } = await run(['login', 'demo', '--server', origin], {
        XDG_CONFIG_HOME: resolve(folder, place),
      });
      expect({ code, seen }).toEqual({ code: 1, seen: [] });
      expect(err).toContain('XDG_CONFIG_HOME');
    },
  );

  it('is listed where another version has written less into it', async () => {
    await mkdir(join(folder, 'drawbridge'));
    await writeFile(
      keyFile(),
      JSON.stringify({ servers: { 'https://a.example': [{ key: KEY, provider: 'demo' }] } }),
    );
    const { code, out } = await run(['list']);
    expect(code).toBe(0);
    expect(out).toContain('demo');
  });

  it.each(['{"servers":{"https://a.example":{}}}', '{"servers":{"https://a.example":[null]}}', '[]', '{'])(
    'is left as it is where it is not one: %s',
    async (text) => {
      await mkdir(join(folder, 'drawbridge'));
      await writeFile(keyFile(), text);
      const { code, err } = await run(['list']);
      expect(code).toBe(1);
      expect(err).toMatch(/^drawbridge: /);
      expect(await readFile(keyFile(), 'utf8')).toBe(text);
    },
  );
});

const COMMANDS = ['login', 'token', 'curl', 'list', 'logout'];

describe('the command line', () => {
  it.each<{ args: string[] }>([
    { args: ['login', 'demo', '--expires-in', ''] },
    { args: ['login', 'demo', '--upstream', ''] },
    { args: ['login', 'demo', '--upstream', 'api', '--upstream', ' '] },
    { args: ['login', 'demo', '--scope', ''] },
    { args: ['login', ''] },
    { args: ['token', 'demo', '--scope', ''] },
    { args: ['logout', ''] },
  ])(
    'takes nothing for no limit, nor for everything, as from a variable that is not set: $args',
    async ({ args }) => {
      const { origin, seen } = await serve({});
      const { code, err } = await run([...args, '--server', origin], { DRAWBRIDGE_KEY: KEY });
      expect({ code, seen }).toEqual({ code: 64, seen: [] });
      expect(err).toContain('is empty');
    },
  );

  it.each<[string[], number]>([
    [[], 64],
    [['--help'], 0],
    [['--version'], 0],
    [['help'], 0],
    [['help', 'token'], 0],
    [['frobnicate'], 64],
    [['help', 'frobnicate'], 64],
    [['--server', 'https://login.example.com', 'token', 'demo'], 64],
    [['token'], 64],
    [['token', 'demo', '--nonsense'], 64],
    ...COMMANDS.map((name): [string[], number] => [[name, '--help'], 0]),
  ])('%j ends with %i', async (args, code) => {
    const result = await run(args);
    expect(result.code).toBe(code);
    expect(result.out + result.err).not.toContain('    at ');
  });

  it('says what it knows where it does not know a command', async () => {
    expect((await run(['tokn'])).err).toContain('There is no command "tokn". Commands: login, token,');
    expect((await run(['--server', 'x'])).err).toContain('The command comes before `--server`');
    expect((await run(['help', 'token'])).out).toContain('Usage: drawbridge token');
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
