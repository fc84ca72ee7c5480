import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../browser/dev-server.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WRANGLER = join(createRequire(import.meta.url).resolve('wrangler/package.json'), '../bin/wrangler.js');
const QUIET = { CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false', FORCE_COLOR: '0' };
const START_TIMEOUT_MS = 60_000;

/**
 * `wrangler dev` with these settings, in a process group of its own, over storage that outlives it. `kill` sends
 * SIGKILL to all of it, wrangler and its workerd, at once; `restart` starts it again over the same storage.
 */
export async function startWranglerDev(settings) {
  const home = mkdtempSync(join(tmpdir(), 'drawbridge-kills-'));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  // What a killed wrangler leaves behind lies beside its configuration, and goes with it.
  const configuration = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');
  const main = JSON.stringify(join(ROOT, 'src/index.ts'));
  writeFileSync(
    join(home, 'wrangler.toml'),
    configuration.replace('main = "src/index.ts"', `main = ${main}`),
  );
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(join(home, '.dev.vars'), lines.join(''), { mode: 0o600 });
  let running = await start(home, port);

  return {
    origin,
    kill() {
      process.kill(-running.pid, 'SIGKILL');
    },
    async restart() {
      await gone(running);
      running = await start(home, port);
    },
    async stop() {
      process.kill(-running.pid, 'SIGKILL');
      await gone(running);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function start(home, port) {
  const options = ['--config', join(home, 'wrangler.toml'), '--persist-to', join(home, 'state')];
  const child = spawn(
    process.execPath,
    [
      WRANGLER,
      'dev',
      ...options,
      '--port',
      String(port),
      '--inspector-port',
      '0',
      '--show-interactive-dev-session=false',
    ],
    { cwd: home, env: { ...process.env, ...QUIET }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(`http://localhost:${port}/healthz`))) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`wrangler dev does not start:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (!processesOf(child.pid).some(({ command }) => command.includes('workerd'))) {
    throw new Error('workerd is not in the process group of wrangler dev');
  }
  return child;
}

async function answers(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

/** Nothing of a group is left that could hold the port or the storage. */
async function gone(child) {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  while (processesOf(child.pid).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The processes of a group that live. */
function processesOf(group) {
  const rows = execFileSync('ps', ['-axo', 'pid=,pgid=,stat=,comm='], { encoding: 'utf8' }).split('\n');
  return rows.flatMap((row) => {
    const [pid, pgid, state = '', ...command] = row.trim().split(/\s+/);
    return Number(pgid) === group && !state.startsWith('Z')
      ? [{ pid: Number(pid), command: command.join(' ') }]
      : [];
  });
}
