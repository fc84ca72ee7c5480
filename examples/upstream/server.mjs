import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';

/** Where users see Drawbridge (`PUBLIC_ORIGIN` there), and where this server listens (`target` there). */
const { PUBLIC_ORIGIN = 'http://localhost:8787', SERVER_PORT = '8790' } = process.env;
const TARGET = `http://localhost:${SERVER_PORT}/`;
const keys = createRemoteJWKSet(new URL('/auth/jwks', PUBLIC_ORIGIN));

/** The user, according to Drawbridge. Throws for a request that did not come through it. */
async function userOf(request) {
  const { payload } = await jwtVerify(request.headers['drawbridge-assertion'] ?? '', keys, {
    issuer: PUBLIC_ORIGIN,
    audience: TARGET,
    typ: 'drawbridge-assertion+jwt',
    algorithms: ['ES256'],
    maxTokenAge: '60s',
  });
  return payload;
}

/** Text that is safe in HTML. */
const escaped = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

const server = createServer(async (request, response) => {
  try {
    const { sub, idp, name } = await userOf(request);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    // A user is known by `idp` and `sub` together; a name may change.
    response.end(`<!doctype html><html lang="en"><title>Orders</title>
<h1>The orders of ${escaped(name ?? sub)}</h1>
<p>You are ${escaped(sub)} at ${escaped(idp)}.</p>
<form method="post" action="/auth/logout"><button>Sign out</button></form>`);
  } catch {
    response
      .writeHead(401, { 'content-type': 'text/plain' })
      .end('This server takes requests from Drawbridge only.\n');
  }
});

server.listen(Number(SERVER_PORT), 'localhost', () => console.log(`Server ${TARGET}`));
