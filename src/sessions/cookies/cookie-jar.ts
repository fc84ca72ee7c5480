import { readCookies } from './cookie-header.ts';

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
  /** The names that begin with `start`, each once however many chunks it has. */
  names(start: string): readonly string[];
  /** True if the browser has sent no cookie and none was set. */
  readonly isEmpty: boolean;
  /** True over https. */
  readonly isSecure: boolean;
  /** The `Set-Cookie` lines that no answer has yet. Whoever makes an answer takes them. */
  take(): string[];
}

/** Characters that a cookie's value may have as they are; every sealed value is made of them. */
const PLAIN_VALUE = /^[\w.-]*$/;

/**
 * The jar of a request with this `Cookie` header. Over https names carry the `__Host-Http-` prefix (RFC 6265bis: secure,
 * host-only, path `/`, set over HTTP and never by script). On a loopback origin over http no prefix guards a cookie, and
 * hosts like `localhost` share theirs across ports, so names say whose they are: `drawbridge-session`.
 */
export function cookieJar(sent: string | null, origin: string): CookieJar {
  return new RequestCookies(sent, origin.startsWith('https:'));
}

class RequestCookies implements CookieJar {
  readonly isSecure: boolean;
  readonly #prefix: string;
  #written: string[] = [];
  /** What the browser sent, and what was set since. */
  readonly #cookies: Map<string, string>;

  constructor(sent: string | null, isSecure: boolean) {
    this.isSecure = isSecure;
    this.#prefix = isSecure ? '__Host-Http-' : 'drawbridge-';
    this.#cookies = readCookies(sent);
  }

  get isEmpty(): boolean {
    return this.#cookies.size === 0;
  }

  get(name: string): string | undefined {
    const full = this.#prefix + name;
    let value = this.#cookies.get(full);
    // A chunk of full length says that another one may follow.
    for (let chunk = 1, last = value; last?.length === CHUNK_BYTES && chunk < MAX_CHUNKS; chunk++) {
      last = this.#cookies.get(`${full}.${chunk}`);
      value += last ?? '';
    }
    return value;
  }

  set(name: string, value: string, maxAgeSeconds: number, options?: { sameSiteNone?: boolean }): void {
    const full = this.#prefix + name;
    this.#write(full, value.slice(0, CHUNK_BYTES), maxAgeSeconds, options?.sameSiteNone);
    const chunks = Math.ceil(value.length / CHUNK_BYTES);
    for (let chunk = 1; chunk < chunks; chunk++) {
      const part = value.slice(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
      this.#write(`${full}.${chunk}`, part, maxAgeSeconds, options?.sameSiteNone);
    }
    this.#clearFrom(Math.max(1, chunks), full);
  }

  clear(name: string): void {
    const full = this.#prefix + name;
    this.#write(full, '', 0);
    this.#clearFrom(1, full);
  }

  names(start: string): readonly string[] {
    const full = this.#prefix + start;
    return [...this.#cookies.keys()]
      .filter((name) => name.startsWith(full) && !name.includes('.'))
      .map((name) => name.slice(this.#prefix.length));
  }

  take(): string[] {
    const lines = this.#written;
    if (lines.length > 0) this.#written = [];
    return lines;
  }

  #clearFrom(first: number, full: string): void {
    for (let chunk = first; this.#cookies.has(`${full}.${chunk}`); chunk++)
      this.#write(`${full}.${chunk}`, '', 0);
  }

  #write(name: string, value: string, maxAge: number, sameSiteNone = false): void {
    // protects: SameSite
    const sameSite = sameSiteNone ? 'None' : 'Lax';
    const secure = this.isSecure || sameSiteNone ? 'Secure; ' : '';
    const written = PLAIN_VALUE.test(value) ? value : encodeURIComponent(value);
    // protects: HttpOnly
    const cookie = `${name}=${written}; Max-Age=${maxAge}; Path=/; HttpOnly; ${secure}SameSite=${sameSite}`;
    this.#written.push(cookie);
    if (maxAge > 0) this.#cookies.set(name, value);
    else this.#cookies.delete(name);
  }
}
