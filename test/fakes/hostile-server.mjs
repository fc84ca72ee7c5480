import { once } from 'node:events';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';

const RIGHT = JSON.stringify({ access_token: 'x', token_type: 'Bearer' });
const BOMB = gzipSync(`{"access_token":"${'x'.repeat(50 * 1024 * 1024)}","token_type":"Bearer"}`);
const CHUNK = 'x'.repeat(64 * 1024);

/** Answers that only a real connection can give, by path. */
const ANSWERS = {
  '/bomb': (response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'content-length': BOMB.length,
    });
    response.end(BOMB);
  },
  '/endless': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = () => {
      while (!response.destroyed && response.write(CHUNK));
    };
    response.on('drain', more);
    more();
  },
  '/redirect': (response) => response.writeHead(307, { location: '/right' }).end(),
  '/right': (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(RIGHT),
};

/** Starts a provider that means harm for the whole run; tests find it with `inject('hostile')`. */
export default async function setup({ provide }) {
  const server = createServer((request, response) => {
    const answer = ANSWERS[new URL(request.url, 'http://localhost').pathname];
    if (answer) answer(response);
    else response.writeHead(404).end();
  }).listen(0, 'localhost');
  await once(server, 'listening');
  provide('hostile', `http://localhost:${server.address().port}`);
  return () => {
    server.closeAllConnections();
    server.close();
  };
}
