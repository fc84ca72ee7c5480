import { Visitor } from './client.mjs';

const BROWSER = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' };
const OWN_PAGE = { 'sec-fetch-site': 'same-origin' };

/** A whole login, without the provider's page: the code says what the authorization request asked for. */
export async function login(origin, visitor = new Visitor(origin)) {
  const { headers } = await visitor.visit('/login', 302, { headers: BROWSER });
  const asked = new URL(headers.location).searchParams;
  const code = JSON.stringify({ nonce: asked.get('nonce'), code_challenge: asked.get('code_challenge') });
  const answer = new URLSearchParams({
    code,
    state: asked.get('state'),
    iss: new URL(headers.location).origin,
  });
  await visitor.visit(`/callback?${answer}`, 303, { headers: BROWSER });
  return visitor;
}

/** A request of someone who is signed in. */
export const signedInRequest = (visitor) => visitor.visit('/session', 200);

/** A refresh on demand. */
export const refresh = (visitor) =>
  visitor.visit('/session/refresh', 200, { method: 'POST', headers: OWN_PAGE });

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
