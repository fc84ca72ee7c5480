import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Packs the package and installs the tarball in a folder outside of the repository: tests find it with `inject('clean')`. */
export default function setup({ provide }) {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-package-'));
  const { version, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const run = (cwd, ...args) => execFileSync('npm', args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  run(ROOT, 'pack', '--silent', '--pack-destination', folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const others = ['hono', 'typescript', 'wrangler'].map((name) => `${name}@${devDependencies[name]}`);
  run(
    folder,
    ...['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund'],
    ...[`./drawbridge-${version}.tgz`, ...others],
  );
  provide('clean', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
