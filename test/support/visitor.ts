import { createExecutionContext } from 'cloudflare:test';
import { createApp } from '../../src/app.ts';
import type { Env } from '../../src/settings/env.ts';
import { ORIGIN } from './settings.ts';

/** What a browser says of a request that the user makes by typing, or by a link of the page itself. */
const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

/** Drawbridge, or an app that has it inside. */
interface Fetching {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response>;
}

/**
 * A browser as far as the Worker can tell: it keeps cookies, says where a request comes from, and follows
 * nothing by itself. Requests run through the whole app, in this isolate.
 */
export class Visitor {
  readonly env: Env;
  readonly origin: string;
  readonly cookies = new Map<string, string>();
  /** Every value that it has brought in a query or a form, as it is after decoding. */
  readonly brought: string[] = [];
  readonly #app: Fetching;

  constructor(env: Env, origin: string = ORIGIN, app: Fetching = createApp()) {
    this.env = env;
    this.origin = origin;
    this.#app = app;
  }

  /** The same browser in front of a Worker with other settings, or of another isolate. */
  at(env: Env): Visitor {
    const other = new Visitor(env, this.origin, this.#app);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    return other;
  }

  /** A visit by the user, or by a redirect of another site. */
  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.send('GET', path, { headers: { ...NAVIGATION, ...headers } });
  }

  getJson(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.get(path, { accept: 'application/json', ...headers });
  }

  /** A link of an own page that is followed. */
  follow(path: string): Promise<Response> {
    return this.get(path, { 'sec-fetch-site': 'same-origin' });
  }

  /** A form of an own page. */
  post(path: string, headers: Record<string, string> = {}): Promise<Response> {
    const own = { origin: this.origin, 'sec-fetch-site': 'same-origin' };
    return this.send('POST', path, { headers: { ...NAVIGATION, ...own, ...headers } });
  }

  async send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (cookie) headers.set('cookie', cookie);
    const request = new Request(new URL(path, this.origin), { ...init, method, headers, redirect: 'manual' });
    this.brought.push(...new URL(request.url).searchParams.values());
    if (init.body instanceof URLSearchParams) this.brought.push(...init.body.values());
    const response = await this.#app.fetch(request, this.env, createExecutionContext());
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

/** Where a redirect goes. */
export function locationOf(response: Response): URL {
  return new URL(response.headers.get('location') ?? 'nowhere:', ORIGIN);
}

/** The error code of a JSON answer. */
export async function errorOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: string }).error;
}
