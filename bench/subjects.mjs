import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { Visitor } from './client.mjs';
import { loginPage } from './journeys.mjs';
import { installPeers, PEERS } from './peers.mjs';
import { bundleModules, startWorker } from './workerd.mjs';

const WORKERS = fileURLToPath(new URL('workers/', import.meta.url));
const SETTINGS = fileURLToPath(new URL('../wrangler.toml', import.meta.url));
const DATE = /compatibility_date = "([\d-]+)"/.exec(readFileSync(SETTINGS, 'utf8'))[1];
const MANY_PROVIDERS = 60;
const TOKEN_BYTES = { usual: 700, large: 2800 };
const ID_TOKEN_BYTES = 800;

const plain = (name) => [{ name, file: join(WORKERS, name) }];

/** A floor or a peer, bundled and minified as Drawbridge is. */
async function bundled(file) {
  const name = basename(file, '.js');
  const options = [file, '--name', name, '--compatibility-date', DATE];
  const directory = await bundle(name, [...options, '--config', join(WORKERS, 'wrangler.toml')]);
  return bundleModules(directory, basename(file));
}

const floor = (name) => bundled(join(WORKERS, `${name}.js`));

function drawbridgeBindings(issuer, providers) {
  const entry = { issuer, client_id: 'bench-client', scope: 'openid profile email' };
  const others = Array.from({ length: providers - 1 }, (_, index) => [
    `other-${index + 1}`,
    {
      issuer: `https://login-${index + 1}.example`,
      client_id: `client-${index + 1}`,
      token_endpoint_auth_method: 'none',
    },
  ]);
  return {
    SESSION_SECRET: randomBytes(32).toString('base64'),
    BENCH_CLIENT_SECRET: randomBytes(32).toString('base64url'),
    PROVIDERS: { bench: entry, ...Object.fromEntries(others) },
  };
}

function startProvider(accessTokenBytes, others = {}) {
  const bindings = { ACCESS_TOKEN_BYTES: String(accessTokenBytes), ...others };
  return startWorker('provider', { modules: plain('provider.js'), bindings }, DATE);
}

/** What every run needs: the provider, the KV namespace and Drawbridge's bundle; `workers` are for `start`. */
export async function prepare() {
  const provider = await startProvider(TOKEN_BYTES.usual);
  const generous = await startProvider(TOKEN_BYTES.large);
  const withIdToken = await startProvider(TOKEN_BYTES.usual, { ID_TOKEN_BYTES: String(ID_TOKEN_BYTES) });
  const upstream = await startWorker('upstream', { modules: plain('upstream.js') }, DATE);
  const kv = await startWorker('kv', { modules: plain('kv.js') }, DATE);
  const drawbridge = await bundle('drawbridge', []);
  const app = bundleModules(drawbridge, 'index.js', 'drawbridge');
  const inCookies = (providers, { origin } = provider) => ({
    modules: app,
    bindings: drawbridgeBindings(origin, providers),
  });
  const onServer = (modules, { origin } = provider) => ({
    modules,
    kv: kv.origin,
    durableObjects: ['SessionKeeper'],
    bindings: {
      ...drawbridgeBindings(origin, 1),
      TOKENS: { kv: true },
      SESSION_KEEPER: { durableObject: 'SessionKeeper' },
    },
  });
  const countedProvider = await startProvider(TOKEN_BYTES.usual);
  const counting = onServer(
    [{ name: 'counting.js', file: join(WORKERS, 'counting.js') }, ...app],
    countedProvider,
  );
  // A second provider to connect: the same one under another id.
  counting.bindings.PROVIDERS.second = { ...counting.bindings.PROVIDERS.bench };
  counting.bindings.SECOND_CLIENT_SECRET = counting.bindings.BENCH_CLIENT_SECRET;
  const forwarding = (worker) => ({
    ...worker,
    bindings: {
      ...worker.bindings,
      UPSTREAMS: { api: { path: '/api/', target: `${upstream.origin}/`, provider: 'bench' } },
    },
  });
  const withConnections = (worker) => ({
    ...worker,
    durableObjects: [...worker.durableObjects, 'ConnectionKeeper'],
    bindings: {
      ...worker.bindings,
      CONNECTIONS: 'users',
      CONNECTION_KEEPER: { durableObject: 'ConnectionKeeper' },
    },
  });
  const workers = {
    cookies: inCookies(1),
    connections: withConnections(forwarding(onServer(app))),
    'cookies, forwarding': forwarding(inCookies(1)),
    'keeper, forwarding': forwarding(onServer(app)),
    'keeper, behind a binding': {
      modules: plain('behind-binding.js'),
      bindings: { AUTH: { entrypoint: 'Auth', props: { app: 'bench' } } },
      behind: onServer(app),
    },
    'cookies, embedded': { ...inCookies(1), modules: await bundled(join(WORKERS, 'embedded.js')) },
    'cookies, 60 providers': inCookies(MANY_PROVIDERS),
    'cookies, large tokens': inCookies(1, generous),
    'cookies, ID token': inCookies(1, withIdToken),
    keeper: onServer(app),
    counting,
    empty: { modules: plain('empty.js') },
  };
  return { provider, countedProvider, upstream, kv, drawbridge, workers };
}

/** What Drawbridge is measured against: the floors and the peers. `page` is what each answers first. */
export async function prepareOthers({ provider, upstream }, page) {
  const clientBindings = {
    SESSION_SECRET: 'a-secret-of-the-floor',
    ISSUER: provider.origin,
    CLIENT_ID: 'bench-client',
    CLIENT_SECRET: 'a-secret-of-the-client',
    PAGE: page,
  };
  const middlewareBindings = {
    OIDC_AUTH_SECRET: randomBytes(32).toString('base64'),
    OIDC_ISSUER: provider.origin,
    OIDC_CLIENT_ID: 'bench-client',
    OIDC_CLIENT_SECRET: 'a-secret-of-the-client',
    OIDC_SCOPES: 'openid profile email',
    PAGE: page,
  };
  await installPeers();
  const peers = {};
  for (const [name, { file }] of Object.entries(PEERS)) {
    const bindings = name === '@hono/oidc-auth' ? middlewareBindings : clientBindings;
    peers[name] = { modules: await bundled(file), bindings };
  }
  const bareProxy = {
    modules: await floor('bare-proxy'),
    bindings: {
      SESSION_SECRET: 'a-secret-of-the-floor',
      TARGET: upstream.origin,
      TOKEN: randomBytes(TOKEN_BYTES.usual / 2).toString('hex'),
    },
  };
  return {
    'bare binding': {
      modules: plain('behind-binding.js'),
      bindings: { AUTH: { entrypoint: 'Auth' } },
      behind: {
        modules: plain('bare-binding.js'),
        durableObjects: ['Bare'],
        bindings: { OBJECTS: { durableObject: 'Bare' } },
      },
    },
    'bare proxy': bareProxy,
    'bare proxy, object': {
      ...bareProxy,
      durableObjects: ['Bare'],
      bindings: { ...bareProxy.bindings, OBJECTS: { durableObject: 'Bare' }, OBJECT: 'bench' },
    },
    'bare programs': {
      ...bareProxy,
      modules: await floor('bare-programs'),
      durableObjects: ['Bare'],
      bindings: { ...bareProxy.bindings, OBJECTS: { durableObject: 'Bare' } },
    },
    'bare Hono': {
      modules: await floor('bare-hono'),
      bindings: { SESSION_SECRET: 'a-secret-of-the-floor', PAGE: page },
    },
    'by hand': { modules: await floor('by-hand'), bindings: clientBindings },
    ...peers,
  };
}

/** Starts the Worker of that name. `as` names the process, if it runs twice. */
export const start = (worker, as, options) => startWorker(as, worker, DATE, options);

/** The login page as Drawbridge answers it. */
export async function pageOf(worker) {
  return (await loginPage(new Visitor(worker.origin))).body;
}
