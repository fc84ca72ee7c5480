import { Visitor } from './client.mjs';
import { login, loginPage, refresh, repeat, signedInRequest, signIn } from './journeys.mjs';
import { headersOf, pageOf, start } from './subjects.mjs';

/** How many requests are under way at once: enough to keep a process busy, few enough to stay orderly. */
const WIDTH = 4;
const STORED = { few: 10, many: 1000 };
/** Until then a login becomes cheaper, as V8 compiles what it runs often. */
const WARM_UP_LOGINS = 2000;

/** What Drawbridge does in a login that the floor does otherwise, or not at all. */
const EXTRAS = ['log', 'headers', 'deadline', 'hono', 'jose', 'oauth4webapi'];
/** The Workers by hand with one of these each, and with all of them at once: name and extras. */
export const BY_HAND_WITH = [...EXTRAS, EXTRAS.join(' ')].map((extras) => [`by hand with ${extras}`, extras]);

/**
 * Starts every Worker that is measured, and signs visitors in. Returns the operations: each with the number of
 * times that one sample does it, and for each Worker the work itself.
 */
export async function arrange(workers) {
  const cookies = await start(workers.cookies, 'cookies');
  const many = await start(workers['cookies, 60 providers'], 'cookies-60');
  const running = {
    'by hand': await start(workers['by hand'], 'by-hand'),
    'bare Hono': await start(workers['bare Hono'](await pageOf(cookies)), 'bare-hono'),
    'bare Hono, 60 providers': await start(workers['bare Hono'](await pageOf(many)), 'bare-hono-60'),
    cookies,
    'cookies, 60 providers': many,
    'cookies, large tokens': await start(workers['cookies, large tokens'], 'cookies-large'),
    keeper: await start(workers.keeper, 'keeper'),
    'keeper, 10 sessions': await start(workers.keeper, 'keeper-few'),
    'keeper, 1,000 sessions': await start(workers.keeper, 'keeper-many'),
  };
  const headers = await headersOf(cookies);
  for (const [name, extras] of BY_HAND_WITH) {
    running[name] = await start(workers['by hand with'](extras, headers), 'by-hand-with');
  }
  const visitors = {};
  for (const [name, { origin }] of Object.entries(running)) {
    const sessions = name.startsWith('keeper, 1,000') ? STORED.many : STORED.few;
    if (!name.startsWith('bare Hono')) visitors[name] = await signedIn(origin, sessions);
  }
  const { body } = await signedInRequest(visitors.cookies[0]);
  visitors['bare Hono'] = await Promise.all(
    Array.from({ length: STORED.few }, () => signIn(running['bare Hono'].origin, body)),
  );
  // The same number of visitors everywhere: an object that nobody asks for is put to rest, and waking it costs.
  const anyOf = (name) => visitors[name][Math.floor(Math.random() * STORED.few)];
  const kept = [
    'cookies',
    'cookies, 60 providers',
    'cookies, large tokens',
    'keeper, 10 sessions',
    'keeper, 1,000 sessions',
  ];
  const inCookies = [
    'by hand',
    ...kept.filter((name) => name.startsWith('cookies')),
    ...BY_HAND_WITH.map(([name]) => name),
  ];
  for (const name of inCookies) await repeat(WARM_UP_LOGINS, WIDTH, () => login(running[name].origin));
  const operations = {
    login: {
      times: 240,
      // In a Worker of its own where sessions are kept: each login is one more.
      subjects: [...inCookies, 'keeper'],
      work: (name) => login(running[name].origin),
    },
    request: {
      times: 2000,
      subjects: ['bare Hono', ...kept],
      work: (name) => signedInRequest(anyOf(name)),
    },
    refresh: {
      times: 240,
      subjects: ['by hand', ...kept],
      // One visitor a lane: two refreshes of one session at once would be one.
      work: (name, lane) => refresh(visitors[name][lane]),
    },
    page: {
      times: 1500,
      subjects: ['bare Hono', 'cookies', 'bare Hono, 60 providers', 'cookies, 60 providers'],
      work: (name) => loginPage(new Visitor(running[name].origin)),
    },
  };
  const stop = () => Promise.all(Object.values(running).map((worker) => worker.stop()));
  return { running, operations, stop };
}

async function signedIn(origin, sessions) {
  const visitors = [];
  await repeat(sessions, WIDTH, async () => {
    visitors.push(await login(origin));
  });
  return visitors;
}

/**
 * One round: every operation by every Worker that does it, in an order that changes from round to round. Returns
 * `[operation][worker] = { cpu, wall }` in milliseconds for one time.
 */
export async function round({ running, operations }, index) {
  const samples = {};
  for (const [operation, { times, subjects, work }] of Object.entries(operations)) {
    samples[operation] = {};
    for (let turn = 0; turn < subjects.length; turn++) {
      const name = subjects[(turn + index) % subjects.length];
      const before = { cpu: running[name].cpu(), wall: performance.now() };
      await repeat(times, WIDTH, (lane) => work(name, lane));
      samples[operation][name] = {
        cpu: (running[name].cpu() - before.cpu) / times,
        wall: (performance.now() - before.wall) / times,
      };
    }
  }
  return samples;
}

/** From the start of the process to the first answer of `/healthz`: CPU and time in milliseconds. */
export async function coldStart(worker) {
  const began = performance.now();
  const process = await start(worker, 'cold');
  await new Visitor(process.origin).visit('/healthz', 200);
  const sample = { cpu: process.cpu(), wall: performance.now() - began };
  await process.stop();
  return sample;
}
