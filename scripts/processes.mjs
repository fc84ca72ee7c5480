import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whenOrphaned } from './orphaned.mjs';

/** The folder of this checkout. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READY_TIMEOUT_MS = 60_000;
const NOISE =
  /^\s*$|^Demo provider |⛅|─|╭|╰|│|▲|⎔|Using (?:secrets|vars)|Your Worker|[Bb]inding|env\.|Update available|\[wrangler:info\]/u;

/** What `wrangler dev` needs to be quiet and offline. */
export const QUIET_WRANGLER = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  FORCE_COLOR: '0',
};

const children = [];
let ending = false;

/** Stops the started processes when this process is asked to stop, or what started it has ended. */
export function endOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0));
  whenOrphaned(() => end(0));
  // Children lead groups of their own, so nothing else would end them.
  process.on('uncaughtException', (error) => {
    console.error(error);
    end(1);
  });
}

/** Ends this process if `command` can't run here. */
export function checkInstall(command) {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) fail(`Node ${process.versions.node} is too old. Install Node 20 or newer.`);
  if (!existsSync(join(ROOT, 'node_modules/wrangler')))
    fail('The packages are not installed. Run `npm ci` first.');
  if (major < 22) {
    fail(`Start this with \`${command}\`: it provides the Node version that wrangler needs.`);
  }
}

/** The port that an environment variable names. */
export function portOf(name, fallback) {
  const value = process.env[name];
  if (value === undefined || value === '') return fallback;
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  return fail(`${name}=${value} is not a port number.`);
}

/** The free ports that `PORT` and `DEMO_PORT` name; without them `command` can't run, and this process ends. */
export async function takePorts(command) {
  const port = portOf('PORT', 8787);
  const demoPort = portOf('DEMO_PORT', 9000);
  if (port === demoPort) fail(`PORT and DEMO_PORT are both ${port}. Give them different ones.`);
  await checkFree('PORT', port, command);
  await checkFree('DEMO_PORT', demoPort, command);
  return { port, demoPort };
}

/** Ends this process if something listens on the port that the variable `name` sets. */
async function checkFree(name, port, command) {
  for (const host of ['127.0.0.1', '::1']) {
    if (await isTaken(port, host)) {
      fail(
        `Port ${port} is in use. Stop the program that uses it, or choose another: ${name}=${port + 1} ${command}`,
      );
    }
  }
}

function isTaken(port, host) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => resolve(error.code === 'EADDRINUSE'));
    probe.listen(port, host, () => probe.close(() => resolve(false)));
  });
}

/** Starts a child that leads a process group of its own, so that what it starts can be ended with it. */
export function start(name, command, args, env, cwd = ROOT) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) passOn(stream);
  child.on('exit', (code) => {
    if (ending) return;
    console.error(`${name} ended${code === null ? '' : ` (exit code ${code})`}; see above.`);
    end(1);
  });
  children.push(child);
}

/** What the Worker logs and what goes wrong is shown; the banner and table of wrangler are not. */
function passOn(stream) {
  stream.setEncoding('utf8');
  let rest = '';
  stream.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) if (!NOISE.test(line)) console.log(line);
  });
}

/** Resolves once something answers there. */
export async function answers(url) {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!ending && Date.now() < deadline) {
    try {
      await fetch(url, { signal: AbortSignal.timeout(2000) });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  if (!ending) fail(`${url} does not answer.`);
}

function end(code) {
  if (ending) return;
  ending = true;
  const alive = children.filter((child) => child.exitCode === null && child.signalCode === null);
  const ended = alive.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of alive) signalGroup(child, 'SIGTERM');
  const killer = setTimeout(killAll, 3000);
  Promise.all(ended).then(() => {
    clearTimeout(killer);
    killAll();
    process.exit(code);
  });
}

function killAll() {
  for (const child of children) signalGroup(child, 'SIGKILL');
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** Prints the reason and stops the started processes. */
export function fail(message) {
  console.error(message);
  if (children.length === 0) process.exit(1);
  end(1);
}
