import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { experimental_readRawConfig, unstable_getVarsForDev, unstable_readConfig } from 'wrangler';
import { findings } from '../../src/doctor/finding.ts';
import { isSecretSetting } from '../../src/secret-names.ts';
import { misplacedSettings } from './misplaced.mjs';
import { storedSecrets } from './stored-secrets.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { ok, warning, fault } = findings('settings');

/**
 * What the Worker would be given, as far as this machine knows: `env` like its own, with stand-ins for bindings;
 * `origin`, where users would see it; `notes`, what was found on the way; `standIns`, true if the secrets are not the
 * true ones; `unseen`, which turns a fault that may come from not seeing a secret into a warning. With `isBroken` there
 * are notes alone: the file can't be read, so nothing can be said of the rest.
 */
export function readMachine(options) {
  const path = resolve(options.config ?? join(ROOT, 'wrangler.toml'));
  const notes = [];
  let config;
  try {
    config = unstable_readConfig({ config: path, env: options.env }, { hideWarnings: true });
  } catch (error) {
    notes.push(fault('wrangler.toml', 'can’t be read.', firstLines(error.message)));
    return { notes, isBroken: true };
  }
  const openly = Object.keys(config.vars).filter(isSecretSetting);
  notes.push(
    ...openly.map((name) =>
      warning(
        name,
        'is in wrangler.toml, where everyone who has the files can read it.',
        `Remove it, make a new one, and \`npx wrangler secret put ${name}\`.`,
      ),
    ),
    ...misplacedSettings(experimental_readRawConfig({ config: path }).rawConfig),
    ...checkEnvironment(config, options),
    ...checkObjects(config),
    ...checkAssets(config),
  );
  const secrets = options.deploy
    ? deployedSecrets(config, options, notes)
    : localSecrets(path, config, options);
  const env = { ...secrets.values, ...bindingsOf(config), ...(options.dev && demo()) };
  const origin = options.deploy ? deployedOrigin(config) : `http://localhost:${process.env.PORT ?? 8787}`;
  return { env, origin, notes, standIns: secrets.standIns, unseen: secrets.unseen };
}

function firstLines(text) {
  return String(text).trim().split('\n').slice(0, 4).join(' ');
}

/** `.dev.vars` and vars, as `wrangler dev` reads them. The demo provider's secret is there for `npm run dev` alone. */
function localSecrets(path, config, { env, dev }) {
  const values = Object.fromEntries(
    Object.entries(unstable_getVarsForDev(path, undefined, config.vars, env, true)).map(([name, binding]) => [
      name,
      binding.value,
    ]),
  );
  if (!dev && !config.vars.DEMO) delete values.DEMO_CLIENT_SECRET;
  return { values, standIns: false, unseen: withoutProvider };
}

/** On this machine no provider is needed: `npm run dev` brings one. */
function withoutProvider(finding) {
  if (finding.check !== 'PROVIDERS' || !finding.message.startsWith('names no provider')) return finding;
  const message = 'names no provider of your own yet; `npm run dev` signs in at its demo provider.';
  return { ...finding, level: 'warning', message };
}

/**
 * Secrets of a Worker can't be read back: plausible values replace those that it has, and checks that need the real
 * value are left to the Worker itself.
 */
function deployedSecrets(config, options, notes) {
  const { names = [], reason, isNew } = storedSecrets(options);
  if (reason) {
    notes.push(
      warning(
        'secrets',
        `can’t be listed: ${reason}.`,
        'Log in with `npx wrangler login`, or set `CLOUDFLARE_API_TOKEN`.',
      ),
    );
  }
  if (isNew) notes.push(ok('Worker', 'is not there yet: this will be its first deployment.'));
  notes.push(...names.map((name) => ok(name, 'is stored.')));
  const stored = Object.fromEntries(names.map((name) => [name, standIn(name)]));
  const isUnseen = reason || isNew ? mayBeUnseen : ({ check }) => names.includes(check);
  const message = isNew
    ? 'is not stored yet. Until it is, the Worker answers 503.'
    : 'can’t be checked from here.';
  return {
    values: { ...config.vars, ...stored },
    standIns: true,
    unseen: (finding) => asWarning(finding, isUnseen, message),
  };
}

/** True if a secret that can't be seen may be all that is missing. A client id may be one too, and enable a provider. */
function mayBeUnseen({ check, message, hint }) {
  const isSecret = isSecretSetting(check) || check.endsWith('_CLIENT_ID') || check === 'PROVIDERS';
  return isSecret || /`\w+_(?:CLIENT_ID|CLIENT_SECRET|PRIVATE_KEY)`/.test(`${message} ${hint}`);
}

function asWarning(finding, applies, message) {
  return finding.level === 'fault' && finding.subject === 'settings' && applies(finding)
    ? { ...finding, level: 'warning', message }
    : finding;
}

function standIn(name) {
  if (!name.endsWith('_PRIVATE_KEY')) return randomBytes(32).toString('base64url');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return JSON.stringify(privateKey.export({ format: 'jwk' }));
}

/** Stand-ins for what wrangler.toml binds, enough for the settings' checks. */
function bindingsOf(config) {
  const bound = [
    ...config.kv_namespaces.map(({ binding }) => [binding, { put() {} }]),
    ...config.durable_objects.bindings.map(({ name }) => [name, { getByName() {} }]),
    ...(config.services ?? []).map(({ binding }) => [binding, { fetch() {} }]),
    ...(config.assets?.binding ? [[config.assets.binding, { fetch() {} }]] : []),
    // What these bindings hold can only be read asynchronously; the settings say so.
    ...(config.secrets_store_secrets ?? []).map(({ binding }) => [binding, { get() {} }]),
    ...(config.ratelimits ?? []).map(({ name }) => [name, { limit() {} }]),
    ...(config.analytics_engine_datasets ?? []).map(({ binding }) => [binding, { writeDataPoint() {} }]),
  ];
  return Object.fromEntries(bound);
}

/** wrangler uses the top level for an environment that doesn't exist. */
function checkEnvironment({ definedEnvironments = [] }, { env }) {
  if (env === undefined || definedEnvironments.includes(env)) return [];
  return [
    fault(
      `env.${env}`,
      'is not in wrangler.toml.',
      `Add \`[env.${env}]\` with all it needs, or use \`--name\`.`,
    ),
  ];
}

/** The classes behind `SESSION_KEEPER` and `CONNECTION_KEEPER` have to be declared, or the deployment fails. */
function checkObjects(config) {
  return [
    ['SESSION_KEEPER', 'SessionKeeper'],
    ['CONNECTION_KEEPER', 'ConnectionKeeper'],
  ].flatMap(([name, className]) => {
    const isBound = config.durable_objects.bindings.some((binding) => binding.name === name);
    const isDeclared =
      config.exports?.[className] !== undefined ||
      config.migrations.some((step) => step.new_sqlite_classes?.includes(className));
    if (!isBound || isDeclared) return [];
    return [
      fault(
        name,
        'is bound to a class that is not declared.',
        `Add \`[exports.${className}]\` with \`type = "durable-object"\` and \`storage = "sqlite"\` to wrangler.toml.`,
      ),
    ];
  });
}

/** Files that are served before the Worker runs are public, whatever upstream they belong to. */
function checkAssets({ assets, vars }) {
  if (!assets?.binding || assets.run_worker_first === true) return [];
  const { UPSTREAMS } = vars;
  const table = typeof UPSTREAMS === 'string' ? UPSTREAMS : JSON.stringify(UPSTREAMS ?? {});
  if (!table.includes(`"binding":"${assets.binding}"`)) return [];
  return [
    fault(
      'assets.run_worker_first',
      'is not true, so files behind an upstream are served to everybody, without a session.',
      'Set `run_worker_first = true` below `[assets]` in wrangler.toml. Patterns leave gaps.',
    ),
  ];
}

function demo() {
  return {
    INSPECT: true,
    DEMO: true,
    DEMO_ISSUER: `http://localhost:${process.env.DEMO_PORT ?? 9000}`,
    CONTROL_ORIGIN: `http://127.0.0.1:${process.env.PORT ?? 8787}`,
  };
}

/** The first custom domain or route, else the name under workers.dev with the subdomain left open. */
function deployedOrigin({ name, routes = [], route }) {
  const [first] = [...routes, route].filter(Boolean);
  const pattern = typeof first === 'object' ? first.pattern : first;
  const host = pattern?.split('/', 1)[0].replace(/^\*\.?/, '');
  return `https://${host || `${name}.your-subdomain.workers.dev`}`;
}
