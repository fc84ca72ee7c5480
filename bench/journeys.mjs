import { Visitor } from './client.mjs';

const BROWSER = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' };
const REDIRECTS = [302, 303];
const OWN_PAGE = { 'sec-fetch-site': 'same-origin' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/**
 * A whole login, without the provider's page: the code says what the authorization request asked for, and what the ID token
 * is to hold besides. Starts at `path`, as a link of a page of ours if `ownPage`. Returns the visitor.
 */
export async function login(
  origin,
  { visitor = new Visitor(origin), path = '/login', ownPage = false, claims } = {},
) {
  const headers = { ...BROWSER, ...(ownPage && OWN_PAGE) };
  const { headers: started } = await visitor.visit(path, REDIRECTS, { headers });
  await comeBack(visitor, started.location, claims);
  return visitor;
}

/** Comes back from the provider's page at `location`, and returns where the browser is sent then. */
async function comeBack(visitor, location, claims) {
  const url = new URL(location);
  const asked = url.searchParams;
  const answer = new URLSearchParams({
    code: JSON.stringify({ nonce: asked.get('nonce'), code_challenge: asked.get('code_challenge'), claims }),
    state: asked.get('state'),
    iss: url.origin,
  });
  const { pathname } = new URL(asked.get('redirect_uri'));
  const { headers } = await visitor.visit(`${pathname}?${answer}`, REDIRECTS, { headers: BROWSER });
  return headers.location;
}

/** What a user does first: the page, the login from `path` and back, the session. */
export async function journey(origin, path) {
  const visitor = new Visitor(origin);
  await loginPage(visitor);
  await login(origin, { visitor, path });
  await signedInRequest(visitor);
  return visitor;
}

/** A request of someone who is signed in. */
export const signedInRequest = (visitor) => visitor.visit('/session', 200);

/** A refresh on demand. */
export const refresh = (visitor) =>
  visitor.visit('/session/refresh', 200, { method: 'POST', headers: OWN_PAGE });

/** A request that is passed on to an upstream. */
export const forwardedRequest = (visitor) => visitor.visit('/api/employees', 200, { headers: OWN_PAGE });

/** A large body from an upstream. */
export const download = (visitor) => visitor.visit('/api/large', 200, { headers: OWN_PAGE, isRead: false });

/** A large body to an upstream. */
export const upload = (visitor, body) =>
  visitor.visit('/api/employees', 200, { method: 'POST', headers: OWN_PAGE, body });

/** A program with a key to a connection of its own, which its owner made in a browser. */
export async function connect(origin) {
  const owner = await login(origin);
  const body = new URLSearchParams({ provider: 'bench', label: 'Bench', raw_tokens: 'true' }).toString();
  const headers = { ...OWN_PAGE, ...FORM };
  const asked = await owner.visit('/connections', 200, { method: 'POST', headers, body });
  const location = await comeBack(owner, JSON.parse(asked.body).authorization_url);
  const { pathname } = new URL(location, origin);
  const { key } = JSON.parse((await owner.visit(pathname, 200)).body);
  return programWith(origin, key);
}

export const programWith = (origin, key) => ({ program: new Visitor(origin), key });

/** A token for a key (RFC 8693). */
export function exchange({ program, key }) {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: key,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    audience: 'bench',
  }).toString();
  return program.visit('/token', 200, { method: 'POST', headers: FORM, body });
}

/** A request that a key sends to an upstream. */
export const relayedRequest = ({ program, key }) =>
  program.visit('/relay/api/employees', 200, { headers: { authorization: `Bearer ${key}` } });

/** Ends the session. */
export const logout = (visitor) => visitor.visit('/logout', 200, { method: 'POST', headers: OWN_PAGE });

/** The page that a visitor meets first. */
export const loginPage = (visitor) => visitor.visit('/', 200, { headers: BROWSER });

/** Gives a visitor of the bare Hono Worker a signed cookie that holds `session`. */
export async function signIn(origin, session) {
  const visitor = new Visitor(origin);
  await visitor.visit('/sign-in', 204, { method: 'POST', body: session });
  return visitor;
}

/** `work` done `times` times, `width` of it at once. */
export async function repeat(times, width, work) {
  let begun = 0;
  const worker = async (lane) => {
    while (begun < times) {
      begun++;
      await work(lane);
    }
  };
  await Promise.all(Array.from({ length: width }, (_, lane) => worker(lane)));
}
