import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLI, folder, KEY, run, serve, TOKEN } from './stage.ts';

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
