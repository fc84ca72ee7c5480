import { DrawbridgeError } from '../errors.ts';
import type { Caller } from './caller.ts';
import type { ForwardContext } from './forward.ts';
import { publicPathOf, returnedLocation } from './location.ts';
import { returnedHeaders } from './response-headers.ts';
import type { Outgoing } from './send.ts';
import { connectSockets } from './websocket.ts';
import { whileAlive } from './while-alive.ts';

/** A body of known length up to this is over before its session could matter. In bytes: 1 MiB. */
const SHORT_BODY_BYTES = 1024 * 1024;
const WITHOUT_BODY = new Set([204, 205, 304]);

/** An upstream's response as the client may have it. Throws `upstream_unreachable`. */
export function returnedResponse(
  { upstream, url }: Outgoing,
  response: Response,
  caller: Caller,
  { origin, publicPath }: ForwardContext,
): Response {
  const base = upstream.target?.url ?? origin + upstream.path;
  const places = { requested: url, base, publicPath };
  const headers = returnedHeaders(upstream, response.headers, publicPathOf(places));
  if (response.webSocket) {
    const webSocket = connectSockets(response.webSocket, () => caller.isAlive());
    return new Response(null, { status: 101, headers, webSocket });
  }
  const { status, statusText } = response;
  try {
    // Nothing else can be a response to a request that asked for no upgrade.
    if (status < 200 || status > 599) throw unreadable(status);
    const location = returnedLocation(upstream, response, places);
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

/** The body itself where it is short, else cut off when the session ends. */
function bodyWhileAlive(response: Response, caller: Caller): ReadableStream | null {
  const { body, headers } = response;
  if (!body || !caller.identity) return body;
  const length = headers.get('content-length');
  const isShort = length !== null && Number(length) <= SHORT_BODY_BYTES;
  if (isShort) return body;
  const known = length === null || headers.has('content-encoding') ? undefined : Number(length);
  return whileAlive(body, () => caller.isAlive(), known);
}
