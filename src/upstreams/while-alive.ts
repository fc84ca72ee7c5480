/** A stream outlives its session by this much at most: how often it is asked after, in milliseconds. */
export const CHECK_INTERVAL_MS = 45_000;

/**
 * Runs `end` once `isAlive` says no, or can't be asked. Returns what stops the asking. Each question is a short call,
 * so that nothing is kept in memory between them.
 */
export function watchLife(isAlive: () => Promise<boolean>, end: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let isStopped = false;
  const ask = async () => {
    const lives = await isAlive().catch(() => false);
    if (isStopped) return;
    // protects: streams of an ended session
    if (lives) timer = setTimeout(ask, CHECK_INTERVAL_MS);
    else end();
  };
  timer = setTimeout(ask, CHECK_INTERVAL_MS);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

/**
 * The body of a response, cut off soon after the session has ended that it belongs to. `length` in bytes, if it is
 * known.
 */
export function whileAlive(
  body: ReadableStream,
  isAlive: () => Promise<boolean>,
  length: number | undefined,
): ReadableStream {
  const { readable, writable } =
    length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
  const cut = new AbortController();
  const stop = watchLife(isAlive, () => cut.abort(new Error('the session has ended')));
  // Either side may leave; both know it by their own streams.
  body
    .pipeTo(writable, { signal: cut.signal })
    .catch(() => undefined)
    .finally(stop);
  return readable;
}
