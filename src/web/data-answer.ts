import type { Context } from 'hono';
import type { AppEnv } from './app-env.ts';
import { DATA_HEADERS, NO_STORE, TLS_HEADER } from './middleware/headers.ts';

/**
 * Redirects and JSON with all their headers from the beginning: the middleware would set them one by one, and each call
 * on a response leaves JavaScript. Only for answers that have no headers of their own but cookies.
 */

type Prepared = Readonly<Record<'plain' | 'tls', Headers>>;

const JSON_TYPE = ['content-type', 'application/json'] as const;
const FOR_REDIRECT = prepared([...DATA_HEADERS, NO_STORE]);
const FOR_JSON = prepared([...DATA_HEADERS, NO_STORE, JSON_TYPE]);

/** `location` may be a path. */
export function redirectTo(c: Context<AppEnv>, location: string, status: 302 | 303): Response {
  const { isSecure, written } = c.get('jar');
  const headers = new Headers(isSecure ? FOR_REDIRECT.tls : FOR_REDIRECT.plain);
  for (const cookie of written) headers.append('set-cookie', cookie);
  headers.set('location', /[\u0100-\uffff]/.test(location) ? encodeURI(location) : location);
  return complete(c, new Response(null, { status, headers }));
}

export function answerJson(c: Context<AppEnv>, value: object): Response {
  const { isSecure, written } = c.get('jar');
  const response = new Response(JSON.stringify(value), { headers: isSecure ? FOR_JSON.tls : FOR_JSON.plain });
  for (const cookie of written) response.headers.append('set-cookie', cookie);
  return complete(c, response);
}

function complete(c: Context<AppEnv>, response: Response): Response {
  c.set('complete', response);
  return response;
}

function prepared(headers: readonly (readonly [name: string, value: string])[]): Prepared {
  const plain = new Headers(headers.map(([name, value]) => [name, value]));
  const tls = new Headers(plain);
  tls.set(...TLS_HEADER);
  return { plain, tls };
}
