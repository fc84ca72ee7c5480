import { randomUUID } from 'node:crypto';
import { ask, Visitor } from '../../bench/client.mjs';

const OWN_PAGE = { accept: 'application/json', 'sec-fetch-site': 'same-origin' };
export const PAGE = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

/** Begins a login and returns the path that the provider sends the browser back to, and the code in it. */
export async function beginLogin(visitor) {
  const { headers } = await visitor.visit('/login?canonical=1', 302, { headers: PAGE });
  const state = new URL(headers.location).searchParams.get('state');
  const code = randomUUID();
  return { code, path: `/callback?${new URLSearchParams({ code, state })}` };
}

/** A whole login at the rotating provider, which takes any code once. Returns the visitor. */
export async function signIn(origin, visitor = new Visitor(origin)) {
  const { path } = await beginLogin(visitor);
  await visitor.visit(path, 303, { headers: PAGE });
  return visitor;
}

/** A request with a visitor's cookies at whichever instance; undefined if the connection broke. */
export async function askAs(visitor, origin, path, method = 'GET') {
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return ask(origin + path, { method, headers: { ...OWN_PAGE, cookie } }).catch(() => undefined);
}
