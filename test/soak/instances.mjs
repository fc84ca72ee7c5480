import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../bench/bundle.mjs';
import { bundleModules } from '../../bench/workerd.mjs';
import { freePort } from '../browser/dev-server.mjs';
import { residentMemory } from './heap.mjs';

// The one that wrangler brings, so that it is the runtime of `npm run dev`.
const ofWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'));
const { convertV4MiniflareOptions, Log, LogLevel, Miniflare } = ofWrangler('miniflare');
const SETTINGS = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));
const SECRET = 'qV3x8ZpL0aTn5RkYw2Jd7MfHs9UcBg4E';

/**
 * Several instances of the Worker, each an isolate on a port of its own, in front of one Durable Object namespace
 * and one KV namespace: what many isolates are in production. `kill` ends workerd by SIGKILL and starts it again
 * over the same storage, on the same ports.
 *
 * @param {{ count?: number, vars: object, refuseEvery?: number }} options
 */
export async function startInstances({ count = 2, vars, refuseEvery = 0 }) {
  const scripts = await bundle('soak', ['--config', SETTINGS]);
  const storage = mkdtempSync(join(tmpdir(), 'drawbridge-soak-'));
  const ports = [];
  for (let index = 0; index < count; index++) ports.push(await freePort());
  const origins = ports.map((port) => `http://127.0.0.1:${port}`);
  const options = optionsOf({ scripts, storage, ports, vars, refuseEvery });
  let running = await start(options);
  return {
    origins,
    get pid() {
      return running.pid;
    },
    /** What workerd holds in memory, in MB. */
    memory: () => residentMemory(running.pid),
    /** Everything that is stored: names and values of KV. */
    kv: () => running.miniflare.getKVNamespace('TOKENS', 'kv'),
    async kill() {
      process.kill(running.pid, 'SIGKILL');
      await running.miniflare.dispose().catch(() => undefined);
      running = await start(options);
    },
    async stop() {
      await running.miniflare.dispose();
      rmSync(storage, { recursive: true, force: true });
    },
  };
}

async function start(options) {
  const before = new Set(workerds());
  const miniflare = new Miniflare(convertV4MiniflareOptions(options));
  await miniflare.ready;
  const pid = workerds().find((found) => !before.has(found));
  if (pid === undefined) throw new Error('workerd is not among the processes that were started');
  return { miniflare, pid };
}

/** The ids of the workerd processes that this process has started. */
function workerds() {
  const rows = execFileSync('ps', ['-axo', 'pid=,ppid=,comm='], { encoding: 'utf8' }).split('\n');
  return rows.flatMap((row) => {
    const [pid, parent, ...command] = row.trim().split(/\s+/);
    return Number(parent) === process.pid && command.join(' ').includes('workerd') ? [Number(pid)] : [];
  });
}

function optionsOf({ scripts, storage, ports, vars, refuseEvery }) {
  const modules = bundleModules(scripts, 'index.js').map(({ file }) => ({
    type: file.endsWith('index.js') ? 'ESModule' : 'Text',
    path: file,
  }));
  const common = { compatibilityDate: '2026-10-30' };
  const instance = (index) => ({
    ...common,
    name: `instance-${index}`,
    modulesRoot: scripts,
    modules,
    bindings: {
      SESSION_SECRET: SECRET,
      INSPECT: true,
      PUBLIC_ORIGIN: `http://127.0.0.1:${ports[0]}`,
      ...vars,
    },
    serviceBindings: { TOKENS: { name: 'kv', entrypoint: 'FlakyKv' } },
    durableObjects: {
      SESSION_KEEPER: {
        className: 'SessionKeeper',
        useSQLite: true,
        ...(index > 0 && { scriptName: 'instance-0' }),
      },
      CONNECTION_KEEPER: {
        className: 'ConnectionKeeper',
        useSQLite: true,
        ...(index > 0 && { scriptName: 'instance-0' }),
      },
    },
    unsafeDirectSockets: [{ host: '127.0.0.1', port: ports[index] }],
  });
  return {
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: () => {},
    host: '127.0.0.1',
    port: 0,
    cf: false,
    resourcePersistencePath: storage,
    workers: [
      ...ports.map((_, index) => instance(index)),
      {
        name: 'kv',
        compatibilityDate: common.compatibilityDate,
        modules: true,
        scriptPath: fileURLToPath(new URL('flaky-kv.mjs', import.meta.url)),
        kvNamespaces: { TOKENS: 'tokens' },
        bindings: { REFUSE_EVERY: String(refuseEvery) },
      },
    ],
  };
}
