import { DrawbridgeError } from '../errors.ts';

/** Bodies up to this size are kept while the answer is awaited, so that they can be sent again. In bytes: 64 KiB. */
// protects: replay limit
export const REPLAY_LIMIT_BYTES = 64 * 1024;

/** A request's body, which can be sent once, or as often as needed. */
export interface Body {
  /** What is sent; null if there is none. Undefined once it is spent. */
  take(): BodyInit | null | undefined;
  readonly isReplayable: boolean;
  /** Aborted soon after a body of unknown length has broken off. */
  readonly broken?: AbortSignal;
}

/** How long an upstream that breaks the connection has to fail by itself, in milliseconds: then the client is not to blame. */
const GRACE_MS = 100;

const NONE: Body = { take: () => null, isReplayable: true };

/**
 * The body of a request. It is read ahead up to the limit if it may have to be sent again; a longer one is passed
 * through as it comes, once. Throws `invalid_request` if it breaks off meanwhile, and for a body that can't be sent.
 */
export async function requestBody(request: Request, mayReplay: boolean): Promise<Body> {
  const { body, method } = request;
  if (body === null) return NONE;
  if (method === 'GET' || method === 'HEAD') {
    refuseLostBody(request);
    return NONE;
  }
  const length = Number(request.headers.get('content-length') ?? Number.NaN);
  if (length > REPLAY_LIMIT_BYTES) return once(body);
  if (!mayReplay) return Number.isNaN(length) ? passedOn([], body) : once(body);
  try {
    return length <= REPLAY_LIMIT_BYTES ? kept(await request.arrayBuffer()) : await readAhead(body);
  } catch (cause) {
    throw brokenOff(cause);
  }
}

/**
 * None can be sent with GET or HEAD, where it means nothing (RFC 9110 §9.3.1). Some APIs read it anyway, and would
 * answer another question than was asked.
 */
function refuseLostBody({ method, headers }: Request): void {
  if (!(Number(headers.get('content-length')) > 0)) return;
  throw new DrawbridgeError('invalid_request', {
    description: `A ${method} request can’t be forwarded with its body.`,
    hint: 'Send it as POST, if the API takes that, or without the body.',
    detail: 'a body of GET or HEAD',
  });
}

/** The client left before its request was complete. */
export function brokenOff(cause: unknown): DrawbridgeError {
  return new DrawbridgeError('invalid_request', {
    description: 'The request was cut off before its body was complete.',
    hint: 'Send it again.',
    detail: 'the client left',
    cause,
  });
}

function kept(bytes: ArrayBuffer | Uint8Array): Body {
  return { take: () => bytes, isReplayable: true };
}

function once(stream: ReadableStream): Body {
  let left: ReadableStream | undefined = stream;
  return {
    take() {
      const taken = left;
      left = undefined;
      return taken;
    },
    isReplayable: false,
  };
}

/** A body of unknown length: kept if it ends within the limit. */
async function readAhead(body: ReadableStream<Uint8Array>): Promise<Body> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size <= REPLAY_LIMIT_BYTES) {
    const { done, value } = await reader.read();
    if (done) return kept(joined(chunks, size));
    chunks.push(value);
    size += value.byteLength;
  }
  reader.releaseLock();
  return passedOn(chunks, body);
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/**
 * What was read, and then the rest as it comes. If that breaks off, the upstream must not take what has come for all of
 * it: workerd ends a body of unknown length in the same way, whether its stream is closed or aborted. So it is left open.
 */
function passedOn(chunks: readonly Uint8Array[], rest: ReadableStream<Uint8Array>): Body {
  const { readable, writable } = new IdentityTransformStream();
  const broken = new AbortController();
  const pass = async () => {
    const writer = writable.getWriter();
    for (const chunk of chunks) await writer.write(chunk);
    writer.releaseLock();
    await rest.pipeTo(writable, { preventAbort: true });
  };
  pass().catch(() => setTimeout(() => broken.abort(), GRACE_MS));
  return { ...once(readable), broken: broken.signal };
}
