import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, inject, it } from 'vitest';

const APP = fileURLToPath(new URL('clean-app', import.meta.url));

describe('the package, installed from the tarball in a folder of its own', () => {
  const clean = inject('clean');
  const folder = join(clean, 'typed-app');
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  beforeAll(() => cpSync(APP, folder, { recursive: true }));

  it('brings the command line client, and no file that only this repository needs', () => {
    const place = join(clean, 'node_modules/drawbridge');
    expect(run('npx', 'drawbridge', '--help')).toContain('drawbridge login');
    for (const path of ['src', 'test', 'scripts', 'wrangler.toml', 'examples']) {
      expect([path, existsSync(join(place, path))]).toEqual([path, false]);
    }
  });

  it('has types that pass the strictest settings, its own declarations checked too', () => {
    run('npx', 'wrangler', 'types');
    expect(run('npx', 'tsc')).toBe('');
  });

  it('has documentation on every export', () => {
    const types = readFileSync(join(clean, 'node_modules/drawbridge/dist/types/lib.d.ts'), 'utf8');
    for (const [, names = '', path = ''] of types.matchAll(
      /export (?:type )?\{([^}]+)\} from '\.\/([^']+)\.js'/g,
    )) {
      const file = join(clean, `node_modules/drawbridge/dist/types/${path}.d.ts`);
      const declarations = readFileSync(file, 'utf8');
      for (const name of names.split(',').map((one) => one.replace('type ', '').trim())) {
        const documented = new RegExp(`\\*/\\nexport (?:declare )?(?:abstract )?\\w+ ${name}\\b`);
        expect([name, documented.test(declarations)]).toEqual([name, true]);
      }
    }
  });

  it('is bundled by wrangler, with the files that it serves as text', () => {
    run('npx', 'wrangler', 'deploy', '--dry-run', '--outdir', 'bundled');
    const bundle = readFileSync(join(folder, 'bundled/index.js'), 'utf8');
    expect(bundle).toContain('color-scheme');
    expect(bundle).not.toContain('drawbridge runs on Cloudflare Workers');
  });

  it('says where it runs when Node imports it', () => {
    const script = "import { drawbridge } from 'drawbridge'; console.log(drawbridge);";
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('drawbridge runs on Cloudflare Workers (workerd), not here.');
  });
});
