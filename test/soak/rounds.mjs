import { Visitor } from '../../bench/client.mjs';
import { repeat } from '../../bench/journeys.mjs';
import { startInstances } from './instances.mjs';
import { seeded } from './random.mjs';
import { providerSettings, startRotatingProvider } from './rotating-provider.mjs';
import { askAs, signIn } from './visits.mjs';

const FAULTS = ['lost', 'reset', 'down', 'slow'];
const WIDTH = 16;

/**
 * Sessions that are refreshed round after round, by one or several requests at once at two instances, while one
 * refresh in four goes wrong, KV refuses one write in five, users sign out in between and workerd is killed in the
 * middle of a round. Returns what was counted; `lost` are sessions that neither the user nor the provider has ended,
 * `endedWithGrant` those whose founding grant the provider took for stolen: they end with it.
 */
export async function refreshRounds({ sessions, rounds, kills, seed }) {
  const random = seeded(seed);
  let calm = false;
  const provider = await startRotatingProvider({
    fault: () => (!calm && random() < 0.25 ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined),
    hasGrace: (family) => family % 4 !== 0,
  });
  const instances = await startInstances({ vars: providerSettings(provider.origin), refuseEvery: 5 });
  const memory = [instances.memory()];
  const figures = { sessions, rounds, seed, requests: 0, logouts: 0, cutLogouts: 0, kills: 0 };
  const users = [];
  await repeat(sessions, WIDTH, async () => users.push(await newUser(instances, provider)));
  for (let round = 0; round < rounds; round++) {
    const killing = figures.kills < kills && round % Math.max(1, Math.floor(rounds / kills)) === 0;
    const work = repeat(
      sessions,
      WIDTH,
      nextOf(users, (user) => disturb(user)),
    );
    if (killing) {
      await new Promise((resolve) => setTimeout(resolve, 20 + random() * 300));
      await instances.kill();
      provider.clientKilled();
      figures.kills++;
    }
    await work;
    if (killing) provider.clientKilled();
  }
  memory.push(instances.memory());
  calm = true;
  const lost = [];
  let endedWithGrant = 0;
  await repeat(
    sessions,
    WIDTH,
    nextOf(users, async (user) => {
      const { complaint, hasEnded } = await stateOf(user, instances);
      if (complaint) lost.push(complaint);
      if (hasEnded) endedWithGrant++;
    }),
  );
  await instances.stop();
  provider.stop();
  const { refreshes, faults, sentTwice, ended } = provider.seen;
  return {
    ...figures,
    refreshes,
    faults,
    ended,
    endedWithGrant,
    lost: lost.length,
    complaints: lost,
    sentTwice,
    memory,
  };

  async function disturb(user) {
    if (random() < 0.02) {
      const answer = await askAs(user.visitor, instances.origins[0], '/logout', 'POST');
      // Killed meanwhile, it may have ended the session or not: the user wanted that either way.
      figures[answer ? 'logouts' : 'cutLogouts']++;
      Object.assign(user, await newUser(instances, provider));
      return;
    }
    const times = 1 + Math.floor(random() * 3);
    const asked = Array.from({ length: times }, (_, index) =>
      askAs(user.visitor, instances.origins[index % 2], '/session/refresh', 'POST'),
    );
    figures.requests += times;
    await Promise.all(asked);
  }
}

/** Somebody who signs in, again if workerd is killed meanwhile. */
async function newUser(instances, provider) {
  for (;;) {
    try {
      const visitor = await signIn(instances.origins[0], new Visitor(instances.origins[0]));
      const answer = await askAs(visitor, instances.origins[1], '/token');
      return { visitor, family: provider.familyOf(JSON.parse(answer.body).access_token) };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** Whether a session has ended with its grant, and what is wrong with it now that all is well again. */
async function stateOf({ visitor, family }, { origins }) {
  const session = await askAs(visitor, origins[1], '/session');
  if (session?.status === 401 && family.isStolen && !family.grace) return { hasEnded: true };
  if (session?.status !== 200) return { complaint: `the session is gone: ${session?.status}` };
  const refresh = await askAs(visitor, origins[0], '/session/refresh', 'POST');
  const isGood = family.isStolen ? refresh?.status === 401 : refresh?.status === 200;
  return isGood
    ? { hasEnded: family.isStolen }
    : { complaint: `a refresh: ${refresh?.status} ${refresh?.body}` };
}

function nextOf(users, work) {
  let next = 0;
  return () => work(users[next++]);
}
