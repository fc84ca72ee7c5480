import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ask, Visitor } from '../../bench/client.mjs';
import { login, logout, repeat, signedInRequest } from '../../bench/journeys.mjs';
import { prepare, start } from '../../bench/subjects.mjs';
import { openHeap, residentMemory } from './heap.mjs';

const WIDTH = 6;
const SAMPLES = 10;
/** Fills what an isolate remembers: the last 1,000 logins and as many sessions. */
const WARM_UP = 1500;
/** What signing out leaves to do is done by alarms; local workerd closes an object's file ten seconds later. */
const REST_MS = 60_000;
/** An SQLite file without a table: what local workerd leaves of an object that has deleted all. */
const EMPTY_BYTES = 4096;
const REQUESTS_OF_A_LOGIN = 4;

/**
 * Logins that are begun and left, then logins that are finished, used and signed out of; with sessions in cookies,
 * and on the server. Each store has a workerd of its own with nothing else in it. Yields what is stored in the end,
 * and the memory along the way in MB: what the Worker keeps after a garbage collection, and the whole process.
 * In the end a Worker that only says `ok`, which gets as many requests.
 */
export async function* manyLogins({ abandoned, logins, keeperLogins }) {
  const { kv, workers } = await prepare();
  const stores = [
    { store: 'cookies', worker: workers.cookies, times: logins },
    { store: 'server', worker: workers.keeper, times: keeperLogins },
  ].filter(({ times }) => times > 0);
  for (const { store, worker, times } of stores) {
    const watched = await watch(worker, `soak-${store}`);
    const { origin } = watched;
    const began = await watched.samples(abandoned, () => new Visitor(origin).visit('/login', 302));
    yield { what: 'abandoned', store, ...began, stored: watched.files().length + (await values(kv)) };
    await repeat(WARM_UP, WIDTH, () => wholeLogin(origin));
    const finished = await watched.samples(times, () => wholeLogin(origin));
    yield { what: 'signed in and out', store, ...finished, stored: await left(watched, kv) };
    await watched.stop();
  }
  const empty = await watch(workers.empty, 'soak-empty');
  const requests = Math.max(logins, keeperLogins) * REQUESTS_OF_A_LOGIN;
  const memory = await empty.samples(requests, () => new Visitor(empty.origin).visit('/', 200));
  yield { what: 'requests to a Worker that only says ok', ...memory, stored: 0 };
  await empty.stop();
}

async function wholeLogin(origin) {
  const visitor = await login(origin);
  await signedInRequest(visitor);
  await logout(visitor);
}

/** A Worker in a workerd of its own, with its memory and its storage in view. */
async function watch(worker, name) {
  const running = await start(worker, name, { inspect: true });
  const heap = await openHeap(running.inspector);
  const memory = async () => {
    const process = Math.round(residentMemory(running.pid));
    return { process, heap: Number((await heap.used()).toFixed(2)) };
  };
  return {
    origin: running.origin,
    /** The files of objects, with their sizes in bytes. */
    files: () => filesOfObjects(running.storage),
    /** Does the work so many times. The memory is taken before and after each tenth. */
    async samples(times, work) {
      const taken = [await memory()];
      for (let sample = 0; sample < SAMPLES; sample++) {
        await repeat(Math.ceil(times / SAMPLES), WIDTH, work);
        taken.push(await memory());
      }
      const of = (kind) => taken.map((sample) => sample[kind]);
      return { times: Math.ceil(times / SAMPLES) * SAMPLES, heap: of('heap'), process: of('process') };
    },
    stop() {
      heap.close();
      return running.stop();
    },
  };
}

function filesOfObjects(storage) {
  const names = readdirSync(storage, { recursive: true });
  return names
    .filter((name) => /[0-9a-f]{64}\.sqlite(?:-wal)?$/.test(name))
    .map((name) => ({ name, bytes: statSync(join(storage, name), { throwIfNoEntry: false })?.size ?? 0 }));
}

function holdsSomething({ name, bytes }) {
  return bytes > (name.endsWith('-wal') ? 0 : EMPTY_BYTES);
}

/** How many values are in KV. */
async function values(kv) {
  return JSON.parse((await ask(`${kv.origin}/count`)).body).values;
}

/** What is stored once the alarms have done their work: objects and values of KV. */
async function left(watched, kv) {
  const deadline = Date.now() + REST_MS;
  for (;;) {
    const stored = watched.files().filter(holdsSomething).length + (await values(kv));
    if (stored === 0 || Date.now() > deadline) return stored;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
