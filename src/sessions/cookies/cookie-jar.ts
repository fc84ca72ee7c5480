import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';

/** A cookie as a browser keeps it counts name and value; with attributes it must stay within 4096 bytes. */
const CHUNK_BYTES = 3800;
/** Room for a whole session in cookies, in bytes. */
export const COOKIE_BUDGET_BYTES = 16 * 1024;
const MAX_CHUNKS = Math.ceil(COOKIE_BUDGET_BYTES / CHUNK_BYTES);

/** The cookies of one request and its answer, under the names and attributes of this project. */
export interface CookieJar {
  /** The value of the cookie, its chunks joined; undefined if it is not there. */
  get(name: string): string | undefined;
  /** Sets a cookie, cut into chunks where needed, and clears chunks that are left over. */
  set(name: string, value: string, maxAgeSeconds: number, options?: { sameSiteNone?: boolean }): void;
  clear(name: string): void;
}

/**
 * The jar of a request. Over https names carry the `__Host-Http-` prefix (RFC 6265bis: secure, host-only,
 * path `/`, set over HTTP and never by script); on a loopback origin over http they are plain.
 */
export function cookieJar(c: Context, origin: string): CookieJar {
  const secure = origin.startsWith('https:');
  const prefix = secure ? '__Host-Http-' : '';
  const full = (name: string, chunk = 0) => `${prefix}${name}${chunk === 0 ? '' : `.${chunk}`}`;
  const received = getCookie(c);
  // protects: SameSite
  const lax = secure ? 'Secure; SameSite=Lax' : 'SameSite=Lax';
  const write = (name: string, value: string, maxAge: number, sameSiteNone = false) => {
    const attributes = sameSiteNone ? 'Secure; SameSite=None' : lax;
    // protects: HttpOnly
    const cookie = `${name}=${encodeURIComponent(value)}; Max-Age=${maxAge}; Path=/; HttpOnly; ${attributes}`;
    c.header('set-cookie', cookie, { append: true });
    if (maxAge > 0) received[name] = value;
    else delete received[name];
  };
  return {
    get(name) {
      let value = received[full(name)];
      // A chunk of full length says that another one may follow.
      for (let chunk = 1, last = value; last?.length === CHUNK_BYTES && chunk < MAX_CHUNKS; chunk++) {
        last = received[full(name, chunk)];
        value += last ?? '';
      }
      return value;
    },
    set(name, value, maxAgeSeconds, options) {
      const chunks = Math.max(1, Math.ceil(value.length / CHUNK_BYTES));
      for (let chunk = 0; chunk < chunks; chunk++) {
        const part = value.slice(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
        write(full(name, chunk), part, maxAgeSeconds, options?.sameSiteNone);
      }
      for (let chunk = chunks; full(name, chunk) in received; chunk++) write(full(name, chunk), '', 0);
    },
    clear(name) {
      for (let chunk = 0; chunk === 0 || full(name, chunk) in received; chunk++) {
        write(full(name, chunk), '', 0);
      }
    },
  };
}
