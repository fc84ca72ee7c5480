import { once } from 'node:events';
import { createServer } from 'node:http';
import { Visitor } from '../../bench/client.mjs';
import { startProvider } from '../../demo/provider.mjs';
import { startInstances } from './instances.mjs';
import { authorize } from './provider-pages.mjs';
import { askAs } from './visits.mjs';

const SECRET = 'a-client-secret-of-these-tests-alone';
/** How long an access token lives, in seconds, and how long a refresh is held back after the last one. */
export const TOKEN_SECONDS = 11;

/** What stands between the Worker and the token endpoint; how many refreshes reach it, and what everybody gets. */
const SCENES = [
  { name: 'a provider that is well', faults: [], reach: 1, status: 200 },
  { name: 'one that takes 3 s', faults: ['slow'], reach: 1, status: 200 },
  { name: 'one that answers 503 twice', faults: ['down', 'down'], reach: 1, status: 200 },
  {
    name: 'one that rotates and resets, with a grace',
    faults: ['reset'],
    grace: true,
    reach: 2,
    status: 200,
  },
  // The answer is lost for good, and the provider takes the second try for theft: it has ended the grant.
  { name: 'one that rotates and resets, without', faults: ['reset'], reach: 2, status: 401 },
];

/**
 * For each scene: 100 requests at once over three instances on an access token that has ended, at oidc-provider,
 * which rotates refresh tokens and ends the grant when one comes twice. Returns the statuses that came, the
 * refreshes that got past the faults, the access tokens that were handed out, and whether all is as it must be.
 */
export async function parallelRequests({ requests }) {
  const { issuer, close } = await startOp();
  const proxy = await startProxy(issuer);
  const instances = await startInstances({ count: 3, vars: settingsOf(issuer, proxy.origin) });
  const visitors = await Promise.all(SCENES.map(() => signIn(instances.origins[0])));
  await new Promise((resolve) => setTimeout(resolve, TOKEN_SECONDS * 1000 + 500));
  const results = [];
  for (const [index, scene] of SCENES.entries()) {
    proxy.faults.push(...scene.faults);
    Object.assign(proxy, { reached: 0, grace: scene.grace === true });
    const asked = Array.from({ length: requests }, (_, number) =>
      askAs(visitors[index], instances.origins[number % 3], '/token'),
    );
    const answers = await Promise.all(asked);
    const statuses = [...new Set(answers.map((answer) => answer?.status))];
    const tokens = new Set(answers.map((answer) => JSON.parse(answer?.body ?? '{}').access_token)).size;
    const held = statuses.join() === String(scene.status) && proxy.reached === scene.reach && tokens === 1;
    results.push({ scene: scene.name, requests, statuses, tokens, reached: proxy.reached, held });
  }
  await instances.stop();
  proxy.stop();
  await close();
  return results;
}

/** oidc-provider with access tokens that end after `life`, in seconds or as its `ttl` takes it. */
export async function startOp(life = TOKEN_SECONDS) {
  const client = {
    client_id: 'soak',
    client_secret: SECRET,
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  };
  const customize = (configuration) => ({
    ...configuration,
    ttl: { ...configuration.ttl, AccessToken: life },
  });
  return startProvider({ port: 0, clients: [client], customize });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const CALLBACK = 'http://127.0.0.1:8787/callback';

/** The settings of it as a provider of the Worker, its token endpoint behind the proxy. */
export function settingsOf(issuer, tokenOrigin) {
  const op = {
    issuer,
    client_id: 'soak',
    scope: 'openid offline_access',
    token_endpoint: `${tokenOrigin}/token`,
    redirect_uri: CALLBACK,
    authorization_params: { prompt: 'consent' },
  };
  return { PROVIDERS: { op }, OP_CLIENT_SECRET: SECRET, PUBLIC_ORIGIN: 'http://127.0.0.1:8787' };
}

/** A whole login at it. */
export async function signIn(origin) {
  const visitor = new Visitor(origin);
  const page = { headers: { accept: 'text/html' } };
  const { headers } = await visitor.visit('/login?canonical=1', 302, page);
  const back = await authorize(new URL(headers.location));
  await visitor.visit(back.pathname + back.search, 303, page);
  return visitor;
}

/** Passes token requests on to the provider, but for what goes wrong with the refreshes that come next. */
export async function startProxy(issuer) {
  const state = { faults: [], reached: 0, grace: false };
  const given = new Map();
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const body = Buffer.concat(chunks);
    const isRefresh = new URLSearchParams(body.toString()).get('grant_type') === 'refresh_token';
    const fault = isRefresh ? state.faults.shift() : undefined;
    if (fault === 'down') return response.writeHead(503).end();
    if (fault === 'slow') await new Promise((resolve) => setTimeout(resolve, 3000));
    if (isRefresh) state.reached++;
    // A provider with a grace answers a refresh token that comes again as it did before.
    const before = state.grace ? given.get(body.toString()) : undefined;
    if (before) return response.writeHead(200, JSON_TYPE).end(before);
    const { authorization = '', 'content-type': type } = request.headers;
    const answer = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization, 'content-type': type },
      body,
    });
    const text = await answer.text();
    if (answer.ok) given.set(body.toString(), text);
    if (fault === 'reset') return response.destroy();
    return response.writeHead(answer.status, JSON_TYPE).end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return Object.assign(state, { origin, stop });
}
