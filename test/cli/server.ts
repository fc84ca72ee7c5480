import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

interface Seen {
  readonly path: string;
  readonly form: Record<string, string>;
  readonly authorization: string | undefined;
}

type Reply = readonly [status: number, body: unknown, headers?: Record<string, string>];

/**
 * A server that says what a test wants: `replies` by path, each a list that is used up one by one, the last one again and
 * again.
 */
export async function startServer(replies: Record<string, Reply[]>) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const form = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
    seen.push({ path, form, authorization: request.headers.authorization });
    const list = replies[path] ?? [[404, { error: 'not_found' }] as const];
    const [status, body, headers = {}] = (list.length > 1 ? list.shift() : list[0]) as Reply;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { origin: `http://127.0.0.1:${address.port}`, seen, stop: () => server.close() };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
