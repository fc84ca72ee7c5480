import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { misused, readArguments } from './arguments.mjs';
import { buildPackage } from './build-package.mjs';
import { ensureDevVars } from './dev-vars.mjs';
import {
  answers,
  checkFree,
  checkInstall,
  endOnSignals,
  fail,
  portOf,
  QUIET_WRANGLER,
  ROOT,
  start,
} from './processes.mjs';

const EXAMPLES = join(ROOT, 'examples');
const NAMES = readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, 'package.json')));

const USAGE = `Usage: npm run example <name>

Builds the package, and starts one of the examples with it and with a provider to sign in at. Ctrl-C ends both.

Examples
  ${NAMES.join('\n  ')}

From the environment
  PORT        where the example listens (8787)
  DEMO_PORT   where the demo provider listens (9000)`;

await main();

async function main() {
  const { positionals } = readArguments(USAGE, {}, { words: 1 });
  const [name] = positionals;
  if (name === undefined || !NAMES.includes(name)) misused(USAGE, `There is no example “${name ?? ''}”`);
  const command = `npm run example ${name}`;
  checkInstall(command);
  const port = portOf('PORT', 8787);
  const demoPort = portOf('DEMO_PORT', 9000);
  if (port === demoPort) fail(`PORT and DEMO_PORT are both ${port}. Give them different ones.`);
  await checkFree('PORT', port, command);
  await checkFree('DEMO_PORT', demoPort, command);
  endOnSignals();
  const folder = join(EXAMPLES, name);
  await buildPackage();
  installPackage();
  await startAll(folder, port, demoPort);
}

/** Examples import `drawbridge` as an app of yours does: from node_modules, where this is the package built here. */
function installPackage() {
  const place = join(EXAMPLES, 'node_modules/drawbridge');
  rmSync(place, { recursive: true, force: true });
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(ROOT, place, 'junction');
}

/** Starts the demo provider, and every script of the example's package.json whose name begins with `dev`. */
async function startAll(folder, port, demoPort) {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const origin = `http://localhost:${port}`;
  const issuer = `http://localhost:${demoPort}`;
  const secrets = configurations(scripts.dev).map((path) => secretsFor(resolve(folder, path), issuer));
  start('The demo provider', process.execPath, ['demo/server.mjs'], {
    DEMO_PORT: String(demoPort),
    DEMO_CLIENT_ORIGIN: origin,
    DEMO_BASE_PATH: '/auth',
    DEMO_CLIENT_SECRET: secrets.find(({ DEMO_CLIENT_SECRET }) => DEMO_CLIENT_SECRET).DEMO_CLIENT_SECRET,
  });
  await answers(`${issuer}/.well-known/openid-configuration`);
  for (const [script, line] of Object.entries(scripts)) {
    if (!/^dev(?::|$)/.test(script)) continue;
    const [program, ...args] = line.split(' ');
    const more = program === 'wrangler' ? wranglerArguments(port) : [];
    start(`npm run ${script}`, process.execPath, [binOf(program), ...args, ...more], QUIET_WRANGLER, folder);
  }
  await answers(origin);
  console.log(['', `  ${origin}`, `  Demo provider  ${issuer}`, '', '  Ctrl-C ends both.', ''].join('\n'));
}

/** The configurations that a `wrangler dev` line names, the first of which gets the requests. */
function configurations(line) {
  const named = [...line.matchAll(/ -c (\S+)/g)].map(([, path]) => path);
  return named.length > 0 ? named : ['wrangler.toml'];
}

/** Secrets of a Worker that has Drawbridge in it, beside where the demo provider is; none for others. */
function secretsFor(configuration, issuer) {
  const hasDrawbridge = /^DEMO\s*=/m.test(readFileSync(configuration, 'utf8'));
  return hasDrawbridge
    ? ensureDevVars(join(dirname(configuration), '.dev.vars'), { DEMO_ISSUER: issuer })
    : {};
}

function binOf(program) {
  return program === 'wrangler' ? join(ROOT, 'node_modules/wrangler/bin/wrangler.js') : program;
}

function wranglerArguments(port) {
  return ['--port', String(port), '--inspector-port', '0', '--show-interactive-dev-session=false'];
}
