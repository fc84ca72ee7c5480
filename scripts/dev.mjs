import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from './arguments.mjs';
import { ensureDevVars } from './dev-vars.mjs';

const USAGE = `Usage: npm run dev

Starts Drawbridge on this machine, with an OpenID provider of its own to sign in at. Writes .dev.vars with fresh secrets if
it is not there. Ctrl-C ends both.

From the environment
  PORT        where Drawbridge listens (8787)
  DEMO_PORT   where the demo provider listens (9000)

Example
  PORT=8080 DEMO_PORT=9090 npm run dev`;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READY_TIMEOUT_MS = 60_000;
const NOISE =
  /^\s*$|^Demo provider |⛅|─|╭|╰|│|▲|⎔|Using (?:secrets|vars)|Your Worker|[Bb]inding|env\.|Update available|\[wrangler:info\]/u;

const children = [];
let ending = false;

await main();

async function main() {
  readArguments(USAGE);
  checkInstall();
  const port = portOf('PORT', 8787);
  const demoPort = portOf('DEMO_PORT', 9000);
  if (port === demoPort) fail(`PORT and DEMO_PORT are both ${port}. Give them different ones.`);
  await checkFree('PORT', port);
  await checkFree('DEMO_PORT', demoPort);
  const { DEMO_CLIENT_SECRET } = ensureDevVars(join(ROOT, '.dev.vars'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0));

  const origin = `http://localhost:${port}`;
  const issuer = `http://localhost:${demoPort}`;
  start('The demo provider', process.execPath, ['demo/server.mjs'], {
    DEMO_PORT: String(demoPort),
    DEMO_CLIENT_ORIGIN: origin,
    DEMO_CLIENT_SECRET,
  });
  start('wrangler dev', process.execPath, wranglerArguments(port, issuer), {
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_SEND_METRICS: 'false',
    FORCE_COLOR: '0',
  });
  await Promise.all([answers(`${issuer}/.well-known/openid-configuration`), answers(`${origin}/healthz`)]);
  console.log(
    [
      '',
      `  Drawbridge       ${origin}`,
      `  Operator's desk  ${origin}/admin  (token in .dev.vars)`,
      `  Demo provider    ${issuer}`,
      '',
      '  Ctrl-C ends both.',
      '',
    ].join('\n'),
  );
}

function wranglerArguments(port, issuer) {
  const vars = ['INSPECT:true', 'DEMO:true', `DEMO_ISSUER:${issuer}`].flatMap((pair) => ['--var', pair]);
  const bin = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
  return [
    bin,
    'dev',
    '--port',
    String(port),
    '--inspector-port',
    '0',
    '--show-interactive-dev-session=false',
    ...vars,
  ];
}

function checkInstall() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) fail(`Node ${process.versions.node} is too old. Install Node 20 or newer.`);
  if (!existsSync(join(ROOT, 'node_modules/wrangler')))
    fail('The packages are not installed. Run `npm ci` first.');
  if (major < 22) {
    fail('Start this with `npm run dev`: it brings the Node that wrangler needs.');
  }
}

function portOf(name, fallback) {
  const value = process.env[name];
  if (value === undefined || value === '') return fallback;
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  return fail(`${name}=${value} is not a port number.`);
}

async function checkFree(name, port) {
  for (const host of ['127.0.0.1', '::1']) {
    if (await isTaken(port, host)) {
      fail(`Port ${port} is taken. Stop what uses it, or pick another: ${name}=${port + 1} npm run dev`);
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

/** Each child leads a process group of its own, so that what it starts can be ended with it. */
function start(name, command, args, env) {
  const child = spawn(command, args, {
    cwd: ROOT,
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

async function answers(url) {
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

function fail(message) {
  console.error(message);
  if (children.length === 0) process.exit(1);
  end(1);
}
