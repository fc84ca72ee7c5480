import { Visitor } from './client.mjs';
import {
  connect,
  download,
  exchange,
  forwardedRequest,
  journey,
  login,
  loginPage,
  programWith,
  refresh,
  relayedRequest,
  repeat,
  signedInRequest,
  signIn,
  upload,
} from './journeys.mjs';
import { PEERS } from './peers.mjs';
import { start } from './subjects.mjs';

/** How many requests run at once: enough to keep a process busy without queueing. */
const WIDTH = 4;
const STORED = { few: 10, many: 1000 };
/**
 * After how many logins journeys are measured, and how many then. A new isolate: most isolates of most sites never see many
 * more. One in which V8 has compiled what runs often: it optimizes the rest meanwhile, after about 3,000 logins, which takes
 * it long enough to be seen.
 */
const AFTER_FEW = { logins: 50, measured: 100 };
const AFTER_MANY = { logins: 2000, measured: 2000 };
/** In how many turns a sample is taken. */
const TURNS = 10;

/** The Workers whose journeys are compared, in the order of the report. */
const TRAVELLERS = ['by hand', 'cookies', 'keeper', ...Object.keys(PEERS)];
/** In a keeper each login is one session more, so it gets few. */
const PAST_FEW = TRAVELLERS.filter((name) => name !== 'keeper');

const travel = (name, { origin }) => journey(origin, PEERS[name]?.loginPath);

const IN_COOKIES = ['cookies', 'cookies, 60 providers', 'cookies, large tokens'];
const IN_STORES = [...IN_COOKIES, 'keeper, 10 sessions', 'keeper, 1,000 sessions'];
const FORWARDING = ['cookies, forwarding', 'keeper, forwarding'];
/** Drawbridge in other places: mounted in an app, and behind one. */
const INSIDE = ['cookies, embedded', 'keeper, behind a binding'];
const BARE_PROXIES = ['bare proxy', 'bare proxy, object'];
const WITH_LOGINS = ['by hand', ...IN_STORES, ...FORWARDING, ...INSIDE];
const WITH_SIGNED_COOKIES = ['bare Hono', ...BARE_PROXIES];
const PROGRAMS = ['connections', 'bare programs'];
const LOGIN_PATHS = { 'cookies, embedded': '/auth/login' };
/** Workers that run twice, under names of their own. */
const SAME_AS = { 'keeper, 10 sessions': 'keeper', 'keeper, 1,000 sessions': 'keeper' };
const LARGE_BODY = Buffer.alloc(64 * 1024 * 1024);

/** What needs processes of its own, and is measured when the others have ended. */
const APART = ['journey', 'cold'];

/** The names of all operations that a round may have. */
export const OPERATIONS = [...Object.keys(operationsOf({}, {})), ...APART];

/**
 * Starts every Worker that has one of the operations in `asked` to do, and signs visitors in. Returns `running`, `stop()`,
 * and `operations`: each with the number of times that one sample does it, the names of the Workers that do it, and the
 * work itself.
 */
export async function arrange(workers, asked) {
  const running = {};
  const visitors = {};
  const all = Object.entries(operationsOf(running, visitors));
  const operations = Object.fromEntries(all.filter(([name]) => asked.includes(name)));
  // The floors' signed cookies hold what a session of `cookies` shows.
  const names = new Set(['cookies', ...Object.values(operations).flatMap(({ subjects }) => subjects)]);
  for (const name of names) running[name] = await start(workers[SAME_AS[name] ?? name], name);
  await signInEverywhere(running, visitors);
  const stop = () => Promise.all(Object.values(running).map((worker) => worker.stop()));
  return { running, operations, stop };
}

/** Visitors with a session, and programs with a key, for each Worker that has requests of them to answer. */
async function signInEverywhere(running, visitors) {
  const among = (names) => names.filter((name) => running[name]);
  const make = (one) => Promise.all(Array.from({ length: STORED.few }, one));
  for (const name of among(WITH_LOGINS)) {
    visitors[name] = [];
    const sessions = name === 'keeper, 1,000 sessions' ? STORED.many : STORED.few;
    await repeat(sessions, WIDTH, async () => {
      visitors[name].push(await login(running[name].origin, { path: LOGIN_PATHS[name] }));
    });
  }
  const { body } = await signedInRequest(visitors.cookies[0]);
  for (const name of among(WITH_SIGNED_COOKIES)) {
    visitors[name] = await make(() => signIn(running[name].origin, body));
  }
  for (const name of among(['bare binding'])) {
    visitors[name] = await make(() => new Visitor(running[name].origin));
  }
  for (const name of among(['connections'])) visitors[name] = await make(() => connect(running[name].origin));
  for (const name of among(['bare programs'])) {
    visitors[name] = visitors.connections.map(({ key }) => programWith(running[name].origin, key));
  }
}

function operationsOf(running, visitors) {
  // The same number of visitors everywhere: an idle object hibernates, and waking it costs CPU.
  const anyOf = (name) => visitors[name][Math.floor(Math.random() * STORED.few)];
  return {
    login: { times: 200, subjects: IN_COOKIES, work: (name) => login(running[name].origin) },
    request: {
      times: 2000,
      subjects: ['bare Hono', ...IN_STORES],
      work: (name) => signedInRequest(anyOf(name)),
    },
    forward: {
      times: 1000,
      subjects: [...BARE_PROXIES, ...FORWARDING],
      work: (name) => forwardedRequest(anyOf(name)),
    },
    inside: {
      times: 1000,
      subjects: ['bare Hono', 'cookies, embedded', 'bare binding', 'keeper, behind a binding'],
      work: (name) => signedInRequest(anyOf(name)),
    },
    exchange: { times: 1000, subjects: PROGRAMS, work: (name) => exchange(anyOf(name)) },
    relay: { times: 1000, subjects: PROGRAMS, work: (name) => relayedRequest(anyOf(name)) },
    download: {
      times: TURNS,
      subjects: ['bare proxy', ...FORWARDING],
      work: (name) => download(anyOf(name)),
    },
    upload: {
      times: TURNS,
      subjects: ['bare proxy', 'cookies, forwarding'],
      work: (name) => upload(anyOf(name), LARGE_BODY),
    },
    refresh: {
      times: 200,
      subjects: ['by hand', ...IN_STORES],
      // One visitor per lane: two refreshes of one session at once would be one.
      work: (name, lane) => refresh(visitors[name][lane]),
    },
    page: {
      times: 1500,
      subjects: ['bare Hono', 'cookies', 'bare Hono, 60 providers', 'cookies, 60 providers'],
      work: (name) => loginPage(new Visitor(running[name].origin)),
    },
  };
}

/** `names` in an order that moves on from turn to turn. */
const inTurn = (names, index) => names.map((_, turn) => names[(turn + index) % names.length]);

/**
 * One round: every operation by every Worker that does it. Returns `[operation][worker] = { cpu, wall }` in milliseconds
 * for one time.
 */
export async function round({ running, operations }, index) {
  const samples = {};
  for (const [operation, { times, subjects, work }] of Object.entries(operations)) {
    samples[operation] = await sideBySide(running, subjects, { times, work, index });
  }
  return samples;
}

/**
 * Each Worker does the work `times` times, a few at a time in turns, so that whatever else the machine does falls on all of
 * them alike. Returns `[worker] = { cpu, wall }` for one time.
 */
async function sideBySide(running, names, { times, work, index }) {
  const spent = Object.fromEntries(names.map((name) => [name, { cpu: 0, wall: 0 }]));
  const share = Math.ceil(times / TURNS);
  for (let turn = 0; turn < TURNS; turn++) {
    for (const name of inTurn(names, index + turn)) {
      const before = { cpu: running[name].cpu(), wall: performance.now() };
      await repeat(share, WIDTH, (lane) => work(name, lane));
      spent[name].cpu += (running[name].cpu() - before.cpu) / (share * TURNS);
      spent[name].wall += (performance.now() - before.wall) / (share * TURNS);
    }
  }
  return spent;
}

/**
 * Journeys in processes that are started for them and do nothing else, after few logins and after many. Returns
 * `[operation][worker] = { cpu, wall }` for one journey.
 */
export async function journeys(workers, index) {
  const running = {};
  for (const name of TRAVELLERS) running[name] = await start(workers[name], name);
  const work = (name) => travel(name, running[name]);
  const measured = async (names, times, unmeasured) => {
    for (const name of names) await repeat(unmeasured, WIDTH, () => work(name));
    return sideBySide(running, names, { times, work, index });
  };
  const before = AFTER_FEW.logins + AFTER_FEW.measured;
  const few = await measured(TRAVELLERS, AFTER_FEW.measured, AFTER_FEW.logins);
  const many = await measured(PAST_FEW, AFTER_MANY.measured, AFTER_MANY.logins - before);
  await Promise.all(TRAVELLERS.map((name) => running[name].stop()));
  return { 'journey after few': few, 'journey after many': many };
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
