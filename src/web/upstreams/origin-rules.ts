import { DrawbridgeError } from '../../errors.ts';
import type { Upstream } from '../../settings/upstream.ts';
import { isWebSocket } from '../../upstreams/websocket.ts';

/** What a browser loads for a page in a way that would run or show it there (Fetch §2.2.7). */
const POWERFUL_DESTINATIONS =
  /^(?:audioworklet|embed|frame|iframe|object|paintworklet|script|serviceworker|sharedworker|style|worker|xslt)$/;

/** True for GET and HEAD. */
function isReading(request: Request): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}

/**
 * True for a browser that opens a page in a whole window; browsers without Fetch Metadata are known by what they
 * accept.
 */
export function isNavigation(request: Request): boolean {
  if (!isReading(request)) return false;
  const { headers } = request;
  const mode = headers.get('sec-fetch-mode');
  const destination = headers.get('sec-fetch-dest');
  if (mode !== null || destination !== null) return mode === 'navigate' && destination === 'document';
  return (headers.get('accept') ?? '').includes('text/html');
}

/** True for a form that a page sends, so that the browser shows the answer in its place; known by Fetch Metadata alone. */
export function isForm(request: Request): boolean {
  const { headers } = request;
  return (
    !isReading(request) &&
    headers.get('sec-fetch-mode') === 'navigate' &&
    headers.get('sec-fetch-dest') === 'document'
  );
}

/**
 * Lets a request pass only if a page of our own origin sent it (Fetch Metadata, `Origin`): others may not even read,
 * except that a link to an `app` opens it. A typed address may read, and so may a client that says nothing of where
 * the request comes from; neither may write. Throws `forbidden`.
 */
export function requireOwnOrigin(upstream: Upstream, request: Request, ownOrigin: string): void {
  const { headers } = request;
  const site = headers.get('sec-fetch-site');
  const origin = headers.get('origin');
  // Browsers send `Origin` with every handshake, and Fetch Metadata with some.
  // protects: origin of a WebSocket
  if (isWebSocket(headers) && origin !== ownOrigin) throw refused(site, origin);
  // With our referrer policy a form of a page of ours sends `Origin: null` (Fetch §3.2).
  const contradicted =
    origin !== null && origin !== ownOrigin && !(origin === 'null' && site === 'same-origin');
  // protects: origin of a forwarded request
  if (contradicted) throw refused(site, origin);
  if (site === 'same-origin') return;
  if (site === 'none' || site === null) {
    if (isReading(request) || (site === null && origin !== null)) return;
    throw refused(site, origin);
  }
  const isLink = isNavigation(request) && upstream.kind === 'app';
  // protects: other sites' requests
  if (!isLink) throw refused(site, origin);
}

/** An `api` answers nothing that a page would run as its own script, style or frame. Throws `forbidden`. */
export function requireHarmlessUse({ kind }: Upstream, { headers }: Request): void {
  if (kind !== 'api') return;
  const destination = headers.get('sec-fetch-dest') ?? '';
  // protects: API as a script
  if (!POWERFUL_DESTINATIONS.test(destination) && !headers.has('service-worker')) return;
  throw new DrawbridgeError('forbidden', {
    description: 'An API’s answers can’t be loaded as a script, style, worker or frame.',
    hint: 'Call it with `fetch`.',
    detail: `destination ${destination}`,
  });
}

function refused(site: string | null, origin: string | null): DrawbridgeError {
  return new DrawbridgeError('forbidden', { detail: `site ${site}, origin ${origin}` });
}
