import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { unstable_readConfig } from 'wrangler';
import { misused, readArguments } from './arguments.mjs';
import { buildPackage } from './build-package.mjs';
import { ensureDevVars, readDevVars } from './dev-vars.mjs';
import {
  answers,
  checkInstall,
  endOnSignals,
  portOf,
  QUIET_WRANGLER,
  ROOT,
  start,
  takePorts,
} from './processes.mjs';

/** What the examples' own settings say. */
const SERVER_PORT = 8790;
const EXAMPLES = join(ROOT, 'examples');
const NAMES = readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, 'package.json')));

const USAGE = `Usage: npm run example <name>

Builds the package, then starts one of the examples with it and with a provider to sign in with. Press Ctrl-C to stop both.

Examples
  ${NAMES.join('\n  ')}

From the environment
  PORT        where the example listens (8787)
  DEMO_PORT   where the demo provider listens (9000)
  SERVER_PORT where the server listens, in examples that have one (${SERVER_PORT})`;

await main();

async function main() {
  const { positionals } = readArguments(USAGE, {}, { words: 1 });
  const [name] = positionals;
  if (name === undefined || !NAMES.includes(name))
    misused(USAGE, name === undefined ? 'Name an example' : `There is no example “${name}”`);
  const command = `npm run example ${name}`;
  checkInstall(command);
  const { port, demoPort } = await takePorts(command);
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
  // Where npx looks for the command line client.
  const client = join(EXAMPLES, 'node_modules/.bin/drawbridge');
  rmSync(client, { force: true });
  mkdirSync(dirname(client), { recursive: true });
  symlinkSync(join(ROOT, 'cli/drawbridge.mjs'), client);
}

/** Starts the demo provider, and every script of the example's package.json whose name begins with `dev`. */
async function startAll(folder, port, demoPort) {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const origin = `http://localhost:${port}`;
  const issuer = `http://localhost:${demoPort}`;
  const secrets = [];
  for (const path of configurations(scripts.dev)) {
    secrets.push(await secretsFor(resolve(folder, path), { issuer, origin }));
  }
  const server = scripts['dev:server'] === undefined ? undefined : portOf('SERVER_PORT', SERVER_PORT);
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
    const more = program === 'wrangler' ? [...wranglerArguments(port), ...upstreamsAt(folder, server)] : [];
    const env = { ...QUIET_WRANGLER, PUBLIC_ORIGIN: origin, SERVER_PORT: String(server) };
    start(`npm run ${script}`, process.execPath, [binOf(program), ...args, ...more], env, folder);
  }
  await answers(origin);
  console.log(
    ['', `  ${origin}`, `  Demo provider  ${issuer}`, '', '  Press Ctrl-C to stop both.', ''].join('\n'),
  );
}

/** The configurations that a `wrangler dev` line names, the first of which gets the requests. */
function configurations(line) {
  const named = [...line.matchAll(/ -c (\S+)/g)].map(([, path]) => path);
  return named.length > 0 ? named : ['wrangler.toml'];
}

/** Secrets of a Worker that has Drawbridge in it, beside where the demo provider is; none for others. */
async function secretsFor(configuration, { issuer, origin }) {
  const text = readFileSync(configuration, 'utf8');
  if (!/^DEMO\s*=/m.test(text)) return {};
  const path = join(dirname(configuration), '.dev.vars');
  const isAsserting = /^assertion\s*=/m.test(text);
  const { ASSERTION_PRIVATE_KEY = isAsserting && (await newKey()) } = readDevVars(path);
  return ensureDevVars(path, {
    DEMO_ISSUER: issuer,
    ...(isAsserting && { PUBLIC_ORIGIN: origin, ASSERTION_PRIVATE_KEY }),
  });
}

async function newKey() {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return JSON.stringify({ ...(await exportJWK(privateKey)), alg: 'ES256' });
}

/** The option that moves an example's upstreams to where its server is; none if that is where they say. */
function upstreamsAt(folder, server) {
  if (server === undefined || server === SERVER_PORT) return [];
  const { vars } = unstable_readConfig({ config: join(folder, 'wrangler.toml') });
  if (vars.UPSTREAMS === undefined) return [];
  const moved = JSON.stringify(vars.UPSTREAMS).replaceAll(`localhost:${SERVER_PORT}`, `localhost:${server}`);
  return ['--var', `UPSTREAMS:${moved}`];
}

function binOf(program) {
  return program === 'wrangler' ? join(ROOT, 'node_modules/wrangler/bin/wrangler.js') : program;
}

function wranglerArguments(port) {
  return ['--port', String(port), '--inspector-port', '0', '--show-interactive-dev-session=false'];
}
