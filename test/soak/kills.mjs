import { Visitor } from '../../bench/client.mjs';
import { Killer } from './killer.mjs';
import { seeded } from './random.mjs';
import { providerSettings, startRotatingProvider } from './rotating-provider.mjs';
import { loginAfterKill, refreshAfterKill } from './survivors.mjs';
import { askAs, beginLogin, PAGE, signIn } from './visits.mjs';
import { startWranglerDev } from './wrangler-dev.mjs';

const SECRET = 'qV3x8ZpL0aTn5RkYw2Jd7MfHs9UcBg4E';

/**
 * Kills `wrangler dev`, with its workerd, by SIGKILL in the middle of `times` logins and of as many refreshes, and
 * starts it again over the same storage. A session must live, or the provider gave no token, or whom a token was lost
 * to can start over. Returns how often each outcome came, in `table`, and how many must not be, in `lost`.
 */
export async function kills({ times, seed }) {
  const random = seeded(seed);
  const killer = new Killer(random);
  let grace = true;
  const provider = await startRotatingProvider({
    fault: () => undefined,
    hasGrace: () => grace,
    reached: (point) => killer.reached(point),
  });
  const { PROVIDERS } = providerSettings(provider.origin);
  const settings = { SESSION_SECRET: SECRET, INSPECT: 'true', PROVIDERS: JSON.stringify(PROVIDERS) };
  const dev = await startWranglerDev(settings);
  const outcomes = [];
  for (let round = 0; round < times; round++) {
    grace = random() < 0.5;
    outcomes.push(await killedLogin(), await killedRefresh());
  }
  await dev.stop();
  provider.stop();
  const lost = outcomes.filter(({ isLost }) => isLost).length;
  return { seed, logins: times, refreshes: times, lost, table: counted(outcomes) };

  async function killedLogin() {
    await killer.watch('login', () => signIn(dev.origin));
    const browser = new Visitor(dev.origin);
    const { code, path } = await beginLogin(browser);
    const send = () => browser.send(path, { headers: PAGE });
    const killed = await killer.strike('login', dev, send);
    return outcomeOf('login', killed, () => loginAfterKill({ browser, code, path, provider, ...killed }));
  }

  async function killedRefresh() {
    const browser = await signIn(dev.origin);
    const refresh = () => askAs(browser, dev.origin, '/session/refresh', 'POST');
    await killer.watch('refresh', refresh);
    const killed = await killer.strike('refresh', dev, refresh);
    const what = grace ? 'refresh, with a grace' : 'refresh, without';
    return outcomeOf(what, killed, () => refreshAfterKill({ browser, grace, provider, ...killed }));
  }
}

async function outcomeOf(what, { at, answer }, examine) {
  const facts = { what, at, browser: answer ? 'answered' : 'no answer' };
  try {
    return { ...facts, outcome: await examine(), isLost: false };
  } catch (error) {
    return { ...facts, outcome: `LOST: ${error.message}`, isLost: true };
  }
}

/** Each kind of outcome once, with how often it came. */
function counted(outcomes) {
  const rows = new Map();
  for (const { what, at, browser, outcome } of outcomes) {
    const key = JSON.stringify([what, at, browser, outcome]);
    rows.set(key, { what, 'the token request was': at, 'the browser got': browser, outcome, times: 0 });
  }
  for (const { what, at, browser, outcome } of outcomes)
    rows.get(JSON.stringify([what, at, browser, outcome])).times++;
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
