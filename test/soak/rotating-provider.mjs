import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * A provider that rotates refresh tokens and takes one that comes back for stolen: it ends the whole family
 * (RFC 9700 §4.14.2). Families with a grace take the last one again until the next is used. What goes wrong with a
 * refresh is what `fault()` says: `slow`, `down` (503), `lost` (reset before it is read), `reset` (after rotating).
 * `isStolen` says of a family that it ended like that. A code that comes twice is refused, and ends what it gave (RFC 6749 §4.1.2). `reached` is told how far each token
 * request came, and waited for: `asked`, before anything is done with it, and `answered`.
 */
export async function startRotatingProvider({ fault, hasGrace, reached = async () => {} }) {
  const seen = { tokenRequests: 0, refreshes: 0, faults: 0, sentTwice: 0, ended: 0, families: 0 };
  const families = new Map();
  const codes = new Map();
  const answered = new Set();
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await textOf(request));
    if (request.url === '/revoke') return revoke(form, response);
    seen.tokenRequests++;
    response.once('finish', () => reached('answered'));
    await reached('asked');
    if (form.get('grant_type') === 'refresh_token') return refresh(form.get('refresh_token'), response);
    return exchange(form.get('code'), response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  function exchange(code, response) {
    if (codes.has(code)) return refuse(codes.get(code), response);
    seen.families++;
    const family = { grace: hasGrace(seen.families), previous: undefined, ended: false, isStolen: false };
    codes.set(code, family);
    return send(response, renewed(family));
  }

  function renewed(family) {
    family.previous = family.current;
    family.current = randomBytes(16).toString('base64url');
    families.set(family.current, family);
    return family;
  }

  function send(response, { current }) {
    const body = {
      access_token: `${current}-a`,
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: current,
    };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body));
  }

  function revoke(form, response) {
    const family = families.get(form.get('token')?.replace(/-a$/, ''));
    if (family) family.ended = true;
    response.end();
  }

  function refuse(family, response) {
    if (family && !family.ended) {
      Object.assign(family, { ended: true, isStolen: true });
      seen.ended++;
    }
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
  }

  async function refresh(token, response) {
    seen.refreshes++;
    if (answered.has(token)) seen.sentTwice++;
    const wrong = fault();
    if (wrong) seen.faults++;
    if (wrong === 'lost') return response.destroy();
    if (wrong === 'down') return response.writeHead(503).end();
    if (wrong === 'slow') await new Promise((resolve) => setTimeout(resolve, 200));
    const family = families.get(token);
    if (!family || family.ended) return refuse(undefined, response);
    const again = family.grace && token === family.previous;
    if (!again && token !== family.current) return refuse(family, response);
    if (!again) renewed(family);
    if (wrong === 'reset') return response.destroy();
    response.once('finish', () => answered.add(token));
    return send(response, family);
  }

  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    seen,
    familyOf: (accessToken) => families.get(accessToken.replace(/-a$/, '')),
    familyOfCode: (code) => codes.get(code),
    /** The client was killed: answers that were under way may not have reached it. */
    clientKilled: () => answered.clear(),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The settings of it as a provider of the Worker. */
export function providerSettings(origin) {
  const entry = {
    client_id: 'soak',
    token_endpoint_auth_method: 'none',
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    revocation_endpoint: `${origin}/revoke`,
    scope: 'read',
  };
  return { PROVIDERS: { op: entry } };
}

async function textOf(stream) {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}
