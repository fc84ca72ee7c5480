import { DrawbridgeError } from '../errors.ts';
import type { Upstream } from '../settings/upstream.ts';
import { type Body, brokenOff } from './body.ts';

/** One request as it goes out, as often as it has to. */
export interface Outgoing {
  readonly upstream: Upstream;
  readonly url: string;
  readonly method: string;
  readonly body: Body;
  /** Is told the headers of every request that goes out, token included: for INSPECT. */
  readonly onSend?: ((headers: Headers) => void) | undefined;
}

/** Methods without effect (RFC 9110 §9.2.1): they may be sent again when nobody knows whether they arrived. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Sends a request and returns the response once its headers are complete; redirects are never followed. A safe
 * request whose connection broke is sent once more. Throws `upstream_unreachable`, `upstream_timeout`, and
 * `invalid_request` if the client breaks off.
 */
export async function send(outgoing: Outgoing, headers: Headers): Promise<Response> {
  try {
    return await sendOnce(outgoing, headers);
  } catch (error) {
    const broke = error instanceof DrawbridgeError && error.code === 'upstream_unreachable';
    // protects: unsafe methods sent once
    if (!broke || !SAFE.has(outgoing.method) || !outgoing.body.isReplayable) throw error;
    return sendOnce(outgoing, headers);
  }
}

async function sendOnce(
  { upstream, url, method, body, onSend }: Outgoing,
  headers: Headers,
): Promise<Response> {
  onSend?.(headers);
  const abort = new AbortController();
  const giveUp = () => abort.abort();
  const timer = setTimeout(giveUp, upstream.timeout_seconds * 1000);
  body.broken?.addEventListener('abort', giveUp);
  if (body.broken?.aborted) giveUp();
  const init = {
    method,
    headers,
    body: body.take() ?? null,
    // protects: redirects not followed
    redirect: 'manual',
    signal: abort.signal,
    cf: NOT_CACHED,
  } as const;
  try {
    return await (upstream.binding ? upstream.binding.fetch(new Request(url, init)) : fetch(url, init));
  } catch (cause) {
    if (body.broken?.aborted) throw brokenOff(cause);
    // Nothing tells whose connection it was while the body was passed on.
    const whose = body.isReplayable ? '' : ' (or the client left)';
    const detail = `${upstream.id}: ${String(cause)}${whose}`;
    throw new DrawbridgeError(abort.signal.aborted ? 'upstream_timeout' : 'upstream_unreachable', {
      cause,
      detail,
    });
  } finally {
    clearTimeout(timer);
    body.broken?.removeEventListener('abort', giveUp);
  }
}

/** What one user may see must not answer another's request from the platform's cache. */
const NOT_CACHED = { cacheTtl: -1 };
