import type { ScriptedProvider, SeenRequest } from '../scripted-provider.ts';

export type Members = Record<string, unknown>;

/** Makes a provider do one thing wrong, on top of whatever it does wrong already. */
export type Anomaly = (op: ScriptedProvider) => void | Promise<void>;

/** Markup that would run if a page showed it as it is. */
export const MARKUP = '<img src=x onerror=alert(1)>';

/** Seconds since the epoch. */
export const now = () => Math.floor(Date.now() / 1000);

/** A whole answer in the place of the right one. */
export const answers =
  (
    path: string,
    answer: (request: SeenRequest, op: ScriptedProvider) => Response | Promise<Response>,
  ): Anomaly =>
  (op) => {
    op.answers[path] = (request) => answer(request, op);
  };

export const json = (status: number, body: unknown) => () => Response.json(body, { status });

export const text = (status: number, body: string, type: string) => () =>
  new Response(body, { status, headers: { 'content-type': type } });

export const redirect = (status: number) => () =>
  new Response(null, { status, headers: { location: 'https://evil.example/elsewhere' } });

export const reset = () => {
  throw new TypeError('connection reset');
};

/** More bytes than anyone may send, in pieces: a client that stops reading ends it. */
export function endless(type = 'application/json'): Response {
  const piece = new TextEncoder().encode('x'.repeat(65_536));
  let left = 800;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left-- > 0) controller.enqueue(piece);
      else controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': type } });
}
