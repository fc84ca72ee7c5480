import { lstat, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folder, GRANTED, KEY, keyFile, run, STARTED, serve } from './stage.ts';

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
