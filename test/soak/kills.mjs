import { Visitor } from '../../bench/client.mjs';
import { startInstances } from './instances.mjs';
import { seeded } from './random.mjs';
import { providerSettings, startRotatingProvider } from './rotating-provider.mjs';
import { askAs, beginLogin, signIn } from './visits.mjs';

const PAGE = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

/**
 * Kills workerd at a random moment of a refresh, and of a login, `times` times each, and starts it again over the
 * same storage. A session that was there must live and refresh; a login whose answer arrived must be a session.
 * Returns the numbers of both that did not, and of logins whose answer did not arrive.
 */
export async function kills({ times, seed }) {
  const random = seeded(seed);
  const provider = await startRotatingProvider({ fault: () => undefined, hasGrace: () => true });
  const instances = await startInstances({ vars: providerSettings(provider.origin) });
  const [origin, other] = instances.origins;
  const figures = { seed, refreshes: 0, logins: 0, loginsBroken: 0, lost: 0 };
  await signIn(origin);
  const began = performance.now();
  const visitor = await signIn(origin);
  // A whole login, its two requests: a moment within is before, during or after the one that is disturbed.
  const longest = performance.now() - began;
  for (let round = 0; round < times; round++) {
    const refreshing = askAs(visitor, origin, '/session/refresh', 'POST');
    await killWithin(random() * longest);
    await refreshing;
    figures.refreshes++;
    if (!(await lives(visitor))) figures.lost++;

    const browser = new Visitor(origin);
    const state = await beginLogin(browser);
    const finishing = browser
      .send(`/callback?code=any&state=${state}`, { headers: PAGE })
      .catch(() => undefined);
    await killWithin(random() * longest);
    const answer = await finishing;
    figures.logins++;
    if (answer?.status !== 303) figures.loginsBroken++;
    else if (!(await lives(await keepCookies(browser, answer)))) figures.lost++;
  }
  await instances.stop();
  provider.stop();
  return figures;

  async function killWithin(ms) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    await instances.kill();
  }

  async function lives(who) {
    const session = await askAs(who, other, '/session');
    const refresh = await askAs(who, other, '/session/refresh', 'POST');
    return session?.status === 200 && refresh?.status === 200;
  }
}

function keepCookies(browser, answer) {
  for (const cookie of answer.headers['set-cookie'] ?? []) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    browser.cookies.set(name, value);
  }
  return browser;
}
