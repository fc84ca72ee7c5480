import { ask, Visitor } from '../../bench/client.mjs';

const OWN_PAGE = { accept: 'application/json', 'sec-fetch-site': 'same-origin' };
const PAGE = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

/** Begins a login and returns the `state` that was sent along. */
export async function beginLogin(visitor) {
  const { headers } = await visitor.visit('/login', 302, { headers: PAGE });
  return new URL(headers.location).searchParams.get('state');
}

/** A whole login at the rotating provider, which takes any code. Returns the visitor. */
export async function signIn(origin, visitor = new Visitor(origin)) {
  await visitor.visit(`/callback?code=any&state=${await beginLogin(visitor)}`, 303, { headers: PAGE });
  return visitor;
}

/** A request with a visitor's cookies at whichever instance; undefined if the connection broke. */
export async function askAs(visitor, origin, path, method = 'GET') {
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return ask(origin + path, { method, headers: { ...OWN_PAGE, cookie } }).catch(() => undefined);
}
