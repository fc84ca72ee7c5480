import { ask } from './client.mjs';
import { login, logout, refresh, signedInRequest } from './journeys.mjs';
import { start } from './subjects.mjs';

/** A tenth of the idle lifetime, and a bit: then the sliding lifetime moves on. */
const UNTIL_SLIDE_SECONDS = 8641;
const UNTIL_END_SECONDS = 31 * 86_400;
/** KV accepts one write per second and key; this long after the last one, no write has to wait. */
const PAUSE_SECONDS = 5;
const POLL_MS = 40;
/** After this many polls in a row without a change, the work that follows a response is done. */
const STILL_POLLS = 4;

/**
 * What each event of a session in a Durable Object writes and asks: `{ rows, kv_writes, kv_reads, object_calls,
 * provider_requests }` by the event's name, and the bytes of the session's cookies in either store.
 */
export async function countEvents({ countedProvider, workers }) {
  const worker = await start(workers.counting, 'counting');
  const counter = { worker, provider: countedProvider };
  const { origin } = worker;
  const moveClock = (seconds) =>
    Promise.all(
      [worker, countedProvider].map((each) =>
        ask(`${each.origin}/clock?seconds=${seconds}`, { method: 'POST' }),
      ),
    );
  const events = {};
  const count = async (name, work) => {
    await moveClock(PAUSE_SECONDS);
    const before = await settled(counter);
    const result = await work();
    const after = await settled(counter);
    events[name] = Object.fromEntries(
      Object.entries(after).map(([kind, value]) => [kind, value - before[kind]]),
    );
    return result;
  };
  const readMetadata = async () => {
    for (const path of ['/login', '/login/second']) await login(origin, { path });
  };
  await readMetadata();
  const visitor = await count('first login without sid', () => login(origin));
  await count('login with sid', () => login(origin, { claims: { sid: 'bench-session' } }));
  await count('signed-in request', () => signedInRequest(visitor));
  await count('refresh', () => refresh(visitor));
  await moveClock(UNTIL_SLIDE_SECONDS);
  await count('slide', () => signedInRequest(visitor));
  await readMetadata(); // After an hour it is read again.
  await count('login that replaces a session', () => login(origin, { visitor }));
  await count('connect', () => login(origin, { visitor, path: '/login/second?connect=1', ownPage: true }));
  await count('logout', () => logout(visitor));
  await login(origin);
  await moveClock(UNTIL_END_SECONDS);
  await count('session at its end', () => ask(`${origin}/ring`, { method: 'POST' }));
  await worker.stop();
  return { events, cookie_bytes: await cookieBytes(workers) };
}

/** The counts once they have stopped moving. */
async function settled(counter) {
  let last = await countsOf(counter);
  for (let still = 0; still < STILL_POLLS; still++) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const now = await countsOf(counter);
    if (JSON.stringify(now) !== JSON.stringify(last)) still = -1;
    last = now;
  }
  return last;
}

async function countsOf({ worker, provider }) {
  const own = JSON.parse((await ask(`${worker.origin}/count`)).body);
  const { requests } = JSON.parse((await ask(`${provider.origin}/count`)).body);
  return { ...own, provider_requests: requests };
}

/** What a session takes in a browser, names and values, by store and what is in it. */
async function cookieBytes(workers) {
  const bytes = {};
  for (const [title, name] of [
    ['cookie store, 700-byte access token, 40-byte refresh token', 'cookies'],
    ['cookie store, 800-byte ID token as well', 'cookies, ID token'],
    ['keeper store', 'keeper'],
  ]) {
    const worker = await start(workers[name], 'bytes');
    bytes[title] = (await login(worker.origin)).sessionBytes;
    await worker.stop();
  }
  return bytes;
}
