import type { Context } from 'hono';
import type { AppEnv } from './app-env.ts';
import { DATA_HEADERS, NO_STORE, TLS_HEADER } from './middleware/headers.ts';

/**
 * Redirects and JSON with all their headers from the beginning: the middleware would set them one by one, and each call
 * on a response leaves JavaScript. Only for answers that have no headers of their own but cookies.
 */

type Prepared = Readonly<Record<'plain' | 'tls', Headers>>;

const JSON_TYPE = ['content-type', 'application/json'] as const;
const FOR_REDIRECT = both([...DATA_HEADERS, NO_STORE]);
const FOR_JSON = both([...DATA_HEADERS, NO_STORE, JSON_TYPE]);

/** `location` may be a path. */
export function redirectTo(c: Context<AppEnv>, location: string, status: 302 | 303): Response {
  const response = prepared(c, null, status, FOR_REDIRECT);
  response.headers.set('location', /[\u0100-\uffff]/.test(location) ? encodeURI(location) : location);
  return response;
}

export function answerJson(c: Context<AppEnv>, value: object): Response {
  return prepared(c, JSON.stringify(value), 200, FOR_JSON);
}

function prepared(
  c: Context<AppEnv>,
  body: string | null,
  status: number,
  { plain, tls }: Prepared,
): Response {
  const jar = c.get('jar');
  const response = new Response(body, { status, headers: jar.isSecure ? tls : plain });
  const { headers } = response;
  for (const cookie of jar.take()) headers.append('set-cookie', cookie);
  c.set('complete', response);
  return response;
}

function both(headers: readonly (readonly [name: string, value: string])[]): Prepared {
  const plain = new Headers(headers.map(([name, value]) => [name, value]));
  const tls = new Headers(plain);
  tls.set(...TLS_HEADER);
  return { plain, tls };
}
