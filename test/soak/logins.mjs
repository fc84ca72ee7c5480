import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { deserialize } from 'node:v8';
import { ask, Visitor } from '../../bench/client.mjs';
import { login, logout, repeat, signedInRequest } from '../../bench/journeys.mjs';
import { prepare, start } from '../../bench/subjects.mjs';
import { openHeap, residentMemory } from './heap.mjs';

const WIDTH = 6;
const SAMPLES = 10;
/** Fills what an isolate remembers: the last 1,000 logins and as many sessions. */
const WARM_UP = 1500;
/** workerd keeps an object in memory for ten seconds after its last call. */
const IDLE_MS = 12_000;
/** What signing out leaves to do in KV is done soon, or by alarms. */
const REST_MS = 60_000;
const REQUESTS_OF_A_LOGIN = 4;

/**
 * Logins that are begun and left, then logins that are finished, used and signed out of; with sessions in cookies,
 * and on the server. Each store has a workerd of its own with nothing else in it. Yields what is stored in the end,
 * how many tombstones there are (objects that know for 15 minutes that their session has ended), and the memory along
 * the way in MB: what the Worker keeps after a garbage collection, and the whole process.
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
    const restMs = store === 'server' ? IDLE_MS : 0;
    const finished = await watched.samples(times, () => wholeLogin(origin), { restMs });
    const inKv = await leftInKv(kv);
    await watched.stop();
    const { tombstones, others } = leftInObjects(watched.files());
    yield { what: 'signed in and out', store, ...finished, stored: inKv + others, tombstones };
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
    /** The files of objects. */
    files: () => filesOfObjects(running.storage),
    /**
     * Does the work so many times. The memory is taken before and after each tenth; after the first and the last, which
     * are compared, nothing is done for `restMs`, so that only what is kept for longer counts.
     */
    async samples(times, work, { restMs = 0 } = {}) {
      const taken = [await memory()];
      for (let sample = 0; sample < SAMPLES; sample++) {
        await repeat(Math.ceil(times / SAMPLES), WIDTH, work);
        const isCompared = sample === 0 || sample === SAMPLES - 1;
        if (isCompared && restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
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
  return names.filter((name) => /[0-9a-f]{64}\.sqlite$/.test(name)).map((name) => join(storage, name));
}

/** How many objects hold the tombstone of a session, and how many anything else; nobody may have their files open. */
function leftInObjects(files) {
  const holding = files.map(rowsOf).filter((rows) => rows.length > 0);
  const tombstones = holding.filter(isTombstone).length;
  return { tombstones, others: holding.length - tombstones };
}

/** The values of an object. Without a table it has deleted all: local workerd leaves the file. */
function rowsOf(file) {
  const database = new DatabaseSync(file);
  const hasTable = database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_cf_KV'").get();
  const rows = hasTable ? database.prepare('SELECT value FROM _cf_KV').all() : [];
  database.close();
  return rows.map(({ value }) => deserialize(value));
}

function isTombstone(rows) {
  const [row] = rows;
  return rows.length === 1 && row.ended !== undefined && row.sealed === undefined;
}

/** How many values are in KV. */
async function values(kv) {
  return JSON.parse((await ask(`${kv.origin}/count`)).body).values;
}

/** The same once all that was signed out has left it. */
async function leftInKv(kv) {
  const deadline = Date.now() + REST_MS;
  for (;;) {
    const stored = await values(kv);
    if (stored === 0 || Date.now() > deadline) return stored;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
