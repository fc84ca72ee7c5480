import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from './arguments.mjs';
import { whenOrphaned } from './orphaned.mjs';

// Runs on any Node from 20 on, before anything is installed: it imports nothing but Node's own modules.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const USAGE = `Usage: npm run start  (or npm start)

Installs the dependencies if needed, then does the same as \`npm run dev\`: starts Drawbridge on this machine, with an
OpenID provider to sign in with. PORT and DEMO_PORT change the ports. Press Ctrl-C to stop both.`;

readArguments(USAGE);
process.exitCode =
  isInstalled() || (await run('npm', ['ci', '--no-audit', '--no-fund'])) === 0 ? await dev() : 1;

/** True if what the lock file names has been installed since it last changed. */
function isInstalled() {
  const changedAt = (path) => statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return changedAt('node_modules/.package-lock.json') >= changedAt('package-lock.json');
}

/** With the Node that was installed: wrangler needs a newer one than this may be. */
function dev() {
  return run(join(ROOT, 'node_modules/.bin/node'), [join(ROOT, 'scripts/dev.mjs')]);
}

async function run(command, args) {
  const shell = process.platform === 'win32';
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', shell });
  // It ends its own children in order, and this process after it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  whenOrphaned(() => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
