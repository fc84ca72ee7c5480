import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { login } from '../../bench/journeys.mjs';
import { prepare, start } from '../../bench/subjects.mjs';
import { residentMemory } from './heap.mjs';

const MEGABYTE = 2 ** 20;
const CHUNK = Buffer.alloc(64 * 1024, 'x');
const TICK_MS = 200;
const PATIENCE_MS = 60_000;
/** How often the memory is looked at, in milliseconds. */
const SAMPLE_MS = 100;

/**
 * Long bodies and many event streams through an upstream, each in a workerd of its own. Yields whether all arrived, and
 * how much the process grew meanwhile, in MB.
 */
export async function* longStreams({ megabytes, streams }) {
  const upstream = await startUpstream();
  const { workers } = await prepare();
  const worker = {
    ...workers.cookies,
    bindings: {
      ...workers.cookies.bindings,
      UPSTREAMS: { api: { path: '/api/', target: upstream.origin, provider: 'bench' } },
    },
  };
  for (const direction of megabytes > 0 ? ['down', 'up'] : []) {
    const running = await start(worker, `soak-${direction}`);
    const headers = headersOf(await login(running.origin));
    yield {
      what: `${megabytes} MB ${direction}`,
      ...(await longBody(running, headers, direction, megabytes)),
    };
    await running.stop();
  }
  if (streams > 0) {
    const running = await start(worker, 'soak-events');
    const headers = headersOf(await login(running.origin));
    yield {
      what: `${streams} event streams, of which half leave`,
      ...(await manyStreams(running, headers, upstream, streams)),
    };
    await running.stop();
  }
  upstream.stop();
}

/** A `fetch` by a page of the Worker's own origin, signed in. */
function headersOf({ cookies, origin }) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return { cookie, origin, 'sec-fetch-site': 'same-origin' };
}

async function longBody({ origin, pid }, headers, direction, megabytes) {
  const size = megabytes * MEGABYTE;
  const before = residentMemory(pid);
  let most = before;
  const sampling = setInterval(() => {
    most = Math.max(most, residentMemory(pid));
  }, SAMPLE_MS);
  const arrived = await (direction === 'down'
    ? download(origin, headers, size)
    : upload(origin, headers, size));
  clearInterval(sampling);
  return { arrived, whole: arrived === size, grewMB: Math.round(most - before) };
}

async function download(origin, headers, size) {
  const [response] = await once(request(`${origin}/api/big?bytes=${size}`, { headers }).end(), 'response');
  let arrived = 0;
  for await (const chunk of response) arrived += chunk.length;
  return arrived;
}

/** Sends a body of that size, and returns how much of it the upstream has counted. */
async function upload(origin, headers, size) {
  const sent = request(`${origin}/api/count`, {
    method: 'PUT',
    headers: { ...headers, 'content-length': size },
  });
  const answered = once(sent, 'response');
  await pipeline(chunks(size), sent);
  const [response] = await answered;
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return Number(text);
}

async function manyStreams({ origin, pid }, headers, upstream, streams) {
  const before = residentMemory(pid);
  const open = Array.from({ length: streams }, () => eventStream(origin, headers));
  await Promise.all(open.map(({ next }) => next()));
  const most = residentMemory(pid);
  const [leaving, staying] = [open.slice(0, streams / 2), open.slice(streams / 2)];
  for (const { leave } of leaving) leave();
  const left = await until(() => upstream.streams() === staying.length);
  await Promise.all(staying.map(({ next }) => next()));
  for (const { leave } of staying) leave();
  const ended = await until(() => upstream.streams() === 0);
  return { whole: left && ended, leftAtUpstream: upstream.streams(), grewMB: Math.round(most - before) };
}

/** One client of an event stream. `next` waits for an event, `leave` drops the connection. */
function eventStream(origin, headers) {
  let heard = () => {};
  const sent = request(`${origin}/api/events`, { headers, agent: false }, (response) => {
    response.on('data', () => heard()).on('error', () => {});
  });
  sent.on('error', () => {});
  sent.end();
  return {
    next: () =>
      new Promise((resolve) => {
        heard = resolve;
      }),
    leave: () => sent.destroy(),
  };
}

async function until(holds) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!holds() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  return holds();
}

function* chunks(bytes) {
  for (let left = bytes; left > 0; left -= CHUNK.length) yield CHUNK;
}

/** `/big?bytes=` sends that much, `/count` says how much came, `/events` ticks for as long as somebody listens. */
async function startUpstream() {
  const listeners = new Set();
  const server = createServer(async (asked, response) => {
    const { pathname, searchParams } = new URL(asked.url, 'http://localhost');
    if (pathname === '/count') {
      let bytes = 0;
      for await (const chunk of asked) bytes += chunk.length;
      response.end(String(bytes));
    } else if (pathname === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      listeners.add(response);
      response.on('close', () => listeners.delete(response));
    } else {
      const bytes = Number(searchParams.get('bytes'));
      response.writeHead(200, { 'content-length': bytes });
      await pipeline(chunks(bytes), response).catch(() => undefined);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ticking = setInterval(() => {
    for (const listener of listeners) listener.write('data: tick\n\n');
  }, TICK_MS);
  return {
    origin: `http://127.0.0.1:${server.address().port}/`,
    streams: () => listeners.size,
    stop() {
      clearInterval(ticking);
      server.closeAllConnections();
      server.close();
    },
  };
}
