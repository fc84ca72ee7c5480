import { setTimeout as pause } from 'node:timers/promises';
import { ask } from '../../bench/client.mjs';
import { startInstances } from './instances.mjs';
import { settingsOf, signIn, startOp, startProxy, TOKEN_SECONDS } from './parallel.mjs';
import { authorize } from './provider-pages.mjs';
import { PAGE } from './visits.mjs';

/** The first access token of a grant soon ends, those that a refresh brings outlive the exchanges. In seconds. */
const lifeOf = (context) => (context.oidc.params?.grant_type === 'refresh_token' ? 3600 : TOKEN_SECONDS);
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/**
 * As many token exchanges by one key over three instances, so many at a time, on an access token that has ended, at
 * oidc-provider, which rotates refresh tokens and ends the grant when one comes twice. Then workerd is killed in
 * mid-refresh, at a provider that forgives a lost answer, and the same comes again. Returns for each the statuses that
 * came, how many access tokens, the refreshes that reached the provider, and whether all is as it must be.
 */
export async function manyExchanges({ exchanges, atOnce }) {
  const { issuer, close } = await startOp(lifeOf);
  const proxy = await startProxy(issuer);
  const vars = { ...settingsOf(issuer, proxy.origin), CONNECTIONS: 'users' };
  const instances = await startInstances({ count: 3, vars });
  const results = [];
  for (const { scene, most, disturb } of [
    { scene: 'on an access token that has ended', most: 1, disturb: async () => {} },
    { scene: 'after workerd was killed in mid-refresh', most: 2, disturb: killInMidRefresh },
  ]) {
    const key = await connect(instances.origins[0]);
    await pause(TOKEN_SECONDS * 1000 + 500);
    proxy.reached = 0;
    await disturb({ proxy, instances, key });
    const { statuses, tokens } = await all(instances.origins, key, { exchanges, atOnce });
    const held = statuses.join() === '200' && tokens === 1 && proxy.reached >= 1 && proxy.reached <= most;
    results.push({ scene, exchanges, statuses, tokens, reached: proxy.reached, held });
  }
  await instances.stop();
  proxy.stop();
  await close();
  return results;
}

async function killInMidRefresh({ proxy, instances, key }) {
  proxy.grace = true;
  proxy.faults.push('slow');
  const lost = exchange(instances.origins[0], key).catch(() => undefined);
  await pause(1000);
  await instances.kill();
  await lost;
  // The provider has answered meanwhile; nobody has heard it.
  await pause(3000);
}

async function all(origins, key, { exchanges, atOnce }) {
  const statuses = new Set();
  const tokens = new Set();
  let next = 0;
  const program = async () => {
    while (next < exchanges) {
      const { status, body } = await exchange(origins[next++ % origins.length], key);
      statuses.add(status);
      tokens.add(JSON.parse(body).access_token);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, program));
  return { statuses: [...statuses], tokens: tokens.size };
}

function exchange(origin, key) {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: key,
    audience: 'op',
  });
  return ask(`${origin}/token`, { method: 'POST', headers: FORM, body: body.toString() });
}

/** Signs in, makes a connection by a consent of its own, and returns its key. */
async function connect(origin) {
  const visitor = await signIn(origin);
  const headers = { ...PAGE, ...FORM, 'sec-fetch-site': 'same-origin' };
  const body = new URLSearchParams({ provider: 'op', label: 'soak', raw_tokens: 'true' }).toString();
  const started = await visitor.visit('/connections', 303, { method: 'POST', headers, body });
  const back = await authorize(new URL(started.headers.location));
  const { headers: answer } = await visitor.visit(back.pathname + back.search, 303, { headers: PAGE });
  const shown = await visitor.visit(answer.location, 200);
  return JSON.parse(shown.body).key;
}
