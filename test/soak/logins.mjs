import { readdirSync } from 'node:fs';
import { Visitor } from '../../bench/client.mjs';
import { repeat } from '../../bench/journeys.mjs';
import { startInstances } from './instances.mjs';
import { providerSettings, startRotatingProvider } from './rotating-provider.mjs';
import { askAs, beginLogin, signIn } from './visits.mjs';

const WIDTH = 8;
const SAMPLES = 10;

/**
 * Logins that are begun and left, then logins that are finished and signed out of. Returns what is stored after
 * each, and the memory of workerd along the way, in MB.
 */
export async function manyLogins({ abandoned, logins }) {
  const provider = await startRotatingProvider({ fault: () => undefined, hasGrace: () => true });
  const instances = await startInstances({ count: 1, vars: providerSettings(provider.origin) });
  const [origin] = instances.origins;
  await repeat(abandoned, WIDTH, () => beginLogin(new Visitor(origin)));
  const leftByAbandoned = storedObjects(instances);
  const memory = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    await repeat(Math.ceil(logins / SAMPLES), WIDTH, async () => {
      await askAs(await signIn(origin), origin, '/logout', 'POST');
    });
    memory.push(Math.round(instances.memory()));
  }
  await instances.stop();
  provider.stop();
  return { abandoned, leftByAbandoned, logins, memory };
}

/** How many Durable Objects and values of KV are on disk. */
function storedObjects({ storage }) {
  return readdirSync(storage, { recursive: true }).filter((name) =>
    /[0-9a-f]{64}\.sqlite$|blobs\/./.test(name),
  ).length;
}
