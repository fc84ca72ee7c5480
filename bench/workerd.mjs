import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';

// The runtime that wrangler brings, so that it is the very version that `npm run dev` uses.
const ofWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'));
const WORKERD = ofWrangler('workerd').default;

/** Where bundles, configurations and the storage of Durable Objects go for the time of a run. */
export const workplace = mkdtempSync(join(tmpdir(), 'drawbridge-bench-'));
process.once('exit', () => rmSync(workplace, { recursive: true, force: true }));

const quote = (text) => JSON.stringify(text);

function bindingText([name, value]) {
  if (typeof value === 'string') return `(name = ${quote(name)}, text = ${quote(value)})`;
  if (value?.durableObject)
    return `(name = ${quote(name)}, durableObjectNamespace = ${quote(value.durableObject)})`;
  if (value?.entrypoint) {
    const props = value.props ? `, props = (json = ${quote(JSON.stringify(value.props))})` : '';
    const service = `(name = "behind", entrypoint = ${quote(value.entrypoint)}${props})`;
    return `(name = ${quote(name)}, service = ${service})`;
  }
  if (value?.kv) return `(name = ${quote(name)}, kvNamespace = "kv")`;
  return `(name = ${quote(name)}, json = ${quote(JSON.stringify(value))})`;
}

/** wrangler names what a script imports as text by a hash and the file's own name. */
const TEXT = /^[0-9a-f]{40}-/;

function moduleText({ name, file }) {
  const kind = TEXT.test(basename(file)) ? 'text' : 'esModule';
  return `(name = ${quote(name)}, ${kind} = embed ${quote(file)})`;
}

/** The modules of a bundle that `wrangler deploy --outdir` wrote: its script as `name`, and what that imports as text. */
export function bundleModules(directory, script, name = script) {
  const texts = readdirSync(directory).filter((file) => file !== script && /\.(?:js|css|svg)$/.test(file));
  return [
    { name, file: join(directory, script) },
    ...texts.map((file) => ({ name: file, file: join(directory, file) })),
  ];
}

/** One Worker; `storage` is a service for its Durable Objects. */
function workerText(name, { modules, bindings = {}, durableObjects = [] }, compatibilityDate) {
  const classes = durableObjects.map(
    (each) => `(className = ${quote(each)}, uniqueKey = ${quote(`${name}-${each}`)}, enableSql = true)`,
  );
  const objects =
    classes.length > 0
      ? `durableObjectNamespaces = [${classes.join(', ')}],
    durableObjectStorage = (localDisk = "storage"),`
      : '';
  return `const ${name} :Workerd.Worker = (
  compatibilityDate = ${quote(compatibilityDate)},
  globalOutbound = "network",
  ${objects}
  modules = [${modules.map(moduleText).join(', ')}],
  bindings = [${Object.entries(bindings).map(bindingText).join(', ')}],
);
`;
}

/**
 * The configuration of one workerd process with one Worker in it, and a second one, `behind`, that the first may have a
 * binding to; and with a KV namespace at an address, if named.
 */
function configText(worker, compatibilityDate) {
  const workers = { main: worker, ...(worker.behind && { behind: worker.behind }) };
  const all = Object.values(workers);
  const kv = all.find((each) => each.kv)?.kv;
  const services = [
    ...Object.keys(workers).map((name) => `(name = ${quote(name)}, worker = .${name})`),
    '(name = "network", network = (allow = ["public", "private"]))',
    ...(kv ? [`(name = "kv", external = (address = ${quote(new URL(kv).host)}, http = ()))`] : []),
    ...(all.some(({ durableObjects }) => durableObjects)
      ? [`(name = "storage", disk = (path = ${quote(worker.storage)}, writable = true))`]
      : []),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services.join(', ')}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
${Object.entries(workers)
  .map(([name, each]) => workerText(name, each, compatibilityDate))
  .join('')}`;
}

const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill();
});
// A signal ends Node without that event.
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
  process.once(signal, () => process.exit(code));
}

/**
 * Starts a Worker in a workerd process of its own. Returns its origin, `pid`, `cpu()` (milliseconds that the
 * process has used so far), `storage` (where its Durable Objects are kept) and `stop()`; with `inspect` also
 * `inspector`, the origin of V8's inspector.
 */
export async function startWorker(name, worker, compatibilityDate, { inspect = false } = {}) {
  const directory = mkdtempSync(join(workplace, `${name.replace(/\W/g, '-')}-`));
  const storage = join(directory, 'storage');
  mkdirSync(storage);
  const config = join(directory, 'config.capnp');
  writeFileSync(config, configText({ ...worker, storage }, compatibilityDate));
  const inspecting = inspect ? ['--inspector-addr=127.0.0.1:0'] : [];
  const child = spawn(WORKERD, ['serve', config, '--control-fd=3', '--import-path=/', ...inspecting], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let errors = '';
  child.stderr.on('data', (data) => {
    errors += data;
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  ended.then(() => running.delete(child));
  const ports = await Promise.race([
    listening(child.stdio[3], ['listen', ...(inspect ? ['listen-inspector'] : [])]),
    ended.then(() => {
      throw new Error(`workerd did not start ${name}:\n${errors}`);
    }),
  ]);
  const stop = () => {
    child.kill();
    return ended;
  };
  const [origin, inspector] = ports.map((port) => `http://127.0.0.1:${port}`);
  return { name, origin, inspector, pid: child.pid, storage, cpu: () => cpuOf(child.pid), stop };
}

/** The ports of these events, which workerd tells on its control channel. */
async function listening(channel, wanted) {
  const ports = new Map();
  for await (const line of createInterface({ input: channel })) {
    const { event, port } = JSON.parse(line);
    ports.set(event, port);
    if (wanted.every((name) => ports.has(name))) return wanted.map((name) => ports.get(name));
  }
  return new Promise(() => {});
}

/**
 * Milliseconds of CPU that all threads of a process have used. The scheduler's own count is in nanoseconds; the
 * one of /proc/<pid>/stat (`utime` and `stime`) moves in steps of 10 ms.
 */
function cpuOf(pid) {
  const threads = `/proc/${pid}/task`;
  if (!existsSync(threads)) throw new Error('The benchmark reads CPU times from /proc, so it needs Linux.');
  let nanoseconds = 0;
  for (const thread of readdirSync(threads)) {
    nanoseconds += Number(readFileSync(`${threads}/${thread}/schedstat`, 'utf8').split(' ', 1)[0]);
  }
  return nanoseconds / 1e6;
}
