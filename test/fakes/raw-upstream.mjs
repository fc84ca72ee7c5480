import { once } from 'node:events';
import { createServer as createControl } from 'node:http';
import { createServer } from 'node:net';

/**
 * An upstream over a raw socket: it says byte for byte what a test wants, and keeps byte for byte what arrived. Requests
 * and scripts belong together by the first segment of the path, an id that a test makes up.
 *
 * A script is a list of answers, one per request, the last of them for all that follow. An answer is a list of steps:
 * text that is sent, or `{ wait: true }` (until released), `{ cut: true }` (the connection is reset), `{ end: true }`,
 * `{ fill: bytes }` (that many bytes of `x`).
 */
class Lines {
  script = [['HTTP/1.1 204 No Content\r\n\r\n']];
  seen = [];
  closed = 0;
  waiting = [];
  watchers = [];

  wake() {
    for (const wake of this.watchers.splice(0)) wake();
  }
}

const all = new Map();
const linesOf = (id) => {
  if (!all.has(id)) all.set(id, new Lines());
  return all.get(id);
};

/** A whole request of what has come so far; undefined while something is missing. Bytes as Latin-1. */
function takeRequest(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const body = text.slice(end + 4);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  if (/^transfer-encoding: *chunked/im.test(head)) {
    if (!body.endsWith('0\r\n\r\n')) return undefined;
    return { head, body: unchunked(body), rest: '' };
  }
  if (body.length < length) return undefined;
  return { head, body: body.slice(0, length), rest: body.slice(length) };
}

function unchunked(text) {
  let out = '';
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, end), 16);
    if (!size) return out;
    out += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

async function play(socket, lines, answer) {
  for (const step of answer) {
    if (typeof step === 'string') socket.write(Buffer.from(step, 'latin1'));
    else if (step.wait) await new Promise((resolve) => lines.waiting.push(resolve));
    else if (step.cut) return socket.resetAndDestroy();
    else if (step.end) return socket.end();
    else if (step.fill) await fill(socket, step.fill);
  }
}

async function fill(socket, bytes) {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  for (let left = bytes; left > 0 && !socket.destroyed; left -= chunk.length) {
    const part = left < chunk.length ? chunk.subarray(0, left) : chunk;
    if (!socket.write(part)) await drained(socket);
  }
}

/** Resolves when more can be written, or never again. */
function drained(socket) {
  return new Promise((resolve) => {
    socket.once('drain', resolve).once('close', resolve);
  });
}

/** The first segment of the path that a request line names. */
function idOf(head) {
  const [, target = ''] = head.split(' ', 2);
  return target.split('/')[1];
}

function serve(socket) {
  let text = '';
  let lines;
  let playing = Promise.resolve();
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('close', () => {
    if (!lines) return;
    lines.closed++;
    lines.wake();
  });
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    // A request that breaks off belongs to its test, too.
    if (text.includes('\r\n')) lines = linesOf(idOf(text));
    for (let request = takeRequest(text); request; request = takeRequest(text)) {
      text = request.rest;
      lines = linesOf(idOf(request.head));
      const { script, seen } = lines;
      const answer = script[Math.min(seen.length, script.length - 1)];
      seen.push({ head: request.head, body: request.body });
      const mine = lines;
      playing = playing.then(() => play(socket, mine, answer));
      lines.wake();
    }
  });
}

const CONTROL = {
  /** Sets the script. */
  PUT: (lines, body) => {
    lines.script = JSON.parse(body);
    return null;
  },
  /** What arrived, and how many connections have closed. */
  GET: ({ seen, closed }) => ({ seen, closed }),
  /** Goes on past every `wait`. */
  POST: (lines) => {
    for (const go of lines.waiting.splice(0)) go();
    return null;
  },
};

/** Answers at once, or with `?closed=n` or `?seen=n` when so many connections have closed, or requests come. */
async function control(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const lines = linesOf(pathname.slice(1));
  const closed = Number(searchParams.get('closed') ?? 0);
  const seen = Number(searchParams.get('seen') ?? 0);
  while (lines.closed < closed || lines.seen.length < seen) {
    await new Promise((resolve) => lines.watchers.push(resolve));
  }
  let body = '';
  for await (const chunk of request) body += chunk;
  response.end(JSON.stringify(CONTROL[request.method](lines, body)));
}

/** Starts it for the whole run; tests find it with `inject('rawUpstream')`. */
export default async function setup({ provide }) {
  const upstream = createServer(serve).listen(0, '127.0.0.1');
  const steering = createControl(control).listen(0, '127.0.0.1');
  await Promise.all([once(upstream, 'listening'), once(steering, 'listening')]);
  const at = (server) => `http://127.0.0.1:${server.address().port}`;
  provide('rawUpstream', { origin: at(upstream), control: at(steering) });
  return () => {
    upstream.close();
    steering.closeAllConnections();
    steering.close();
  };
}
