import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { ask, Visitor } from './client.mjs';
import { loginPage } from './journeys.mjs';
import { bundleModules, startWorker } from './workerd.mjs';

const WORKERS = fileURLToPath(new URL('workers/', import.meta.url));
const SETTINGS = fileURLToPath(new URL('../wrangler.toml', import.meta.url));
const DATE = /compatibility_date = "([\d-]+)"/.exec(readFileSync(SETTINGS, 'utf8'))[1];
const MANY_PROVIDERS = 60;
const TOKEN_BYTES = { usual: 700, large: 2800 };

const plain = (name) => [{ name, file: join(WORKERS, name) }];

/** A floor, bundled and minified as Drawbridge is. */
async function floor(name) {
  const options = [join(WORKERS, `${name}.js`), '--name', name, '--compatibility-date', DATE];
  const directory = await bundle(name, [...options, '--config', join(WORKERS, 'wrangler.toml')]);
  return bundleModules(directory, `${name}.js`);
}

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

function startProvider(accessTokenBytes) {
  const bindings = { ACCESS_TOKEN_BYTES: String(accessTokenBytes) };
  return startWorker('provider', { modules: plain('provider.js'), bindings }, DATE);
}

/** What every run needs: the provider and the KV namespace, and the Workers as modules for `startWorker`. */
export async function prepare() {
  const provider = await startProvider(TOKEN_BYTES.usual);
  const generous = await startProvider(TOKEN_BYTES.large);
  const kv = await startWorker('kv', { modules: plain('kv.js') }, DATE);
  const drawbridge = await bundle('drawbridge', []);
  const app = bundleModules(drawbridge, 'index.js', 'drawbridge');
  const inCookies = (providers, { origin } = provider) => ({
    modules: app,
    bindings: drawbridgeBindings(origin, providers),
  });
  const onServer = (modules) => ({
    modules,
    kv: kv.origin,
    durableObject: 'SessionKeeper',
    bindings: {
      ...drawbridgeBindings(provider.origin, 1),
      TOKENS: { kv: true },
      SESSION_KEEPER: { durableObject: 'SessionKeeper' },
    },
  });
  const hono = await floor('bare-hono');
  const byHand = await floor('by-hand');
  const byHandWith = await floor('by-hand-with');
  const handBindings = {
    SESSION_SECRET: 'a-secret-of-the-floor',
    ISSUER: provider.origin,
    CLIENT_ID: 'bench-client',
    CLIENT_SECRET: 'a-secret-of-the-client',
  };
  const workers = {
    empty: { modules: plain('empty.js') },
    'bare Hono': (page) => ({
      modules: hono,
      bindings: { SESSION_SECRET: 'a-secret-of-the-floor', PAGE: page },
    }),
    'by hand': { modules: byHand, bindings: handBindings },
    'by hand with': (names, headers) => ({
      modules: byHandWith,
      bindings: { ...handBindings, WITH: names, HEADERS: headers },
    }),
    cookies: inCookies(1),
    'cookies, 60 providers': inCookies(MANY_PROVIDERS),
    'cookies, large tokens': inCookies(1, generous),
    keeper: onServer(app),
    counting: onServer([{ name: 'counting.js', file: join(WORKERS, 'counting.js') }, ...app]),
  };
  return { provider, kv, drawbridge, workers };
}

/** Starts the Worker of that name. `as` names the process, if it runs twice. */
export const start = (worker, as, options) => startWorker(as, worker, DATE, options);

/** A counter that a Worker of the benchmark keeps. */
export async function count(worker) {
  const [value] = Object.values(JSON.parse((await ask(`${worker.origin}/count`)).body));
  return value;
}

/** The login page as Drawbridge answers it. */
export async function pageOf(worker) {
  return (await loginPage(new Visitor(worker.origin))).body;
}

/** The headers that Drawbridge puts on every answer: `[name, value][]`. */
export async function headersOf(worker) {
  const { headers } = await ask(`${worker.origin}/login`);
  const own = [
    'location',
    'set-cookie',
    'date',
    'content-length',
    'connection',
    'keep-alive',
    'transfer-encoding',
  ];
  return Object.entries(headers).filter(([name]) => !own.includes(name));
}
