import { DrawbridgeError } from '../errors.ts';
import type { Caller } from './caller.ts';
import type { ForwardContext } from './context.ts';
import { returnedLocation } from './location.ts';
import { returnedHeaders } from './response-headers.ts';
import type { Outgoing } from './send.ts';
import { connectSockets } from './websocket.ts';
import { whileAlive } from './while-alive.ts';

/** What a client is expected to take: 10 Mbit/s. A slower one may finish a body of known length after its session. */
const EXPECTED_BYTES_PER_SECOND = 1_250_000;
/** A body may outlive its session by this. */
const GRACE_SECONDS = 60;
const WITHOUT_BODY = new Set([204, 205, 304]);

/** An upstream's response as the client may have it. Throws `upstream_unreachable`. */
export function returnedResponse(
  { upstream, url }: Outgoing,
  response: Response,
  caller: Caller,
  { origin, publicPath }: ForwardContext,
): Response {
  const base = upstream.target?.url ?? origin + upstream.path;
  const places = { origin, requested: url, base, publicPath };
  const headers = returnedHeaders(upstream, response.headers, places);
  if (response.webSocket) {
    const webSocket = connectSockets(response.webSocket, () => caller.isAlive());
    return new Response(null, { status: 101, headers, webSocket });
  }
  const { status, statusText } = response;
  try {
    // Nothing else can be a response to a request that asked for no upgrade.
    if (status < 200 || status > 599) throw unreadable(status);
    const location = returnedLocation(upstream, response, places);
    // A length that was sent twice arrives as a list (RFC 9110 §8.6), which no response can have.
    // One of a response without a body would have the client wait for it.
    if (lengthOf(headers) === undefined || status === 204) headers.delete('content-length');
    headers.delete('location');
    if (location !== undefined) headers.set('location', location);
  } catch (error) {
    response.body?.cancel().catch(() => undefined);
    throw error;
  }
  const body = WITHOUT_BODY.has(status) ? null : bodyWhileAlive(response, caller);
  return new Response(body, { status, statusText, headers });
}

function unreadable(status: number): DrawbridgeError {
  return new DrawbridgeError('upstream_unreachable', { detail: `status ${status}` });
}

/**
 * The body, cut off when the session ends. If it is expected to finish before that, it is returned unchanged, since
 * another stream copies each byte once more.
 */
function bodyWhileAlive(response: Response, caller: Caller): ReadableStream | null {
  const { body, headers } = response;
  if (!body || !caller.identity) return body;
  const length = lengthOf(headers);
  if (length !== undefined && length <= expectedWhileAlive(caller)) return body;
  const known = headers.has('content-encoding') ? undefined : length;
  return whileAlive(body, () => caller.isAlive(), known);
}

/** The length that a response names, in bytes; undefined if it names none, or something else than a number. */
function lengthOf(headers: Headers): number | undefined {
  const text = headers.get('content-length');
  return text !== null && LENGTH.test(text) ? Number(text) : undefined;
}

const LENGTH = /^\d{1,15}$/;

/** How much of a body is expected to pass before the session must have ended it, in bytes. */
function expectedWhileAlive(caller: Caller): number {
  const now = Date.now() / 1000;
  const seconds = Math.max(0, (caller.aliveUntil() ?? now) - now) + GRACE_SECONDS;
  return seconds * EXPECTED_BYTES_PER_SECOND;
}
