import type { Context, MiddlewareHandler } from 'hono';
import { DrawbridgeError } from '../errors.ts';
import { log } from '../log.ts';
import type { UserClaims } from '../sessions/public-session.ts';
import { answerFailure, failureResponse } from './answers.ts';
import type { SessionResult } from './auth-client.ts';
import type { LoginUrlOptions } from './login-url.ts';
import { appendCookies, takeOwnCookies } from './own-cookies.ts';
import { type Failure, failureOf, type Result } from './results.ts';
import type { AccessToken, AccessTokenOptions, SessionInfo } from './session-target.ts';

/** What the middleware puts on Hono's context. `Claims` is the type of what your providers say about a user. */
export interface DrawbridgeVariables<Claims = UserClaims> {
  /** Who is signed in; null if nobody is. */
  session: SessionInfo<Claims> | null;
  /**
   * Sends a request to an upstream with the user's token, which you never see, and returns the response. `path` is
   * below the upstream's base; `init` is as for `fetch`. Drawbridge's own errors are responses too, with the header
   * `Drawbridge-Error`, such as 401 `not_signed_in`. Throws if `fetch` would not accept `init`, and the reason of its
   * `signal` once that is aborted.
   */
  fetch: (upstream: string, path: string, init?: RequestInit) => Promise<Response>;
  /**
   * A fresh access token of a provider, by default of the one that the user signed in with. Codes: `not_signed_in`,
   * `not_allowed` (no raw tokens for this app), `unknown_provider`, `login_required`, `insufficient_scope`.
   */
  accessToken: (provider?: string, options?: AccessTokenOptions) => Promise<Result<AccessToken>>;
  /** The path that starts a sign-in, to link or redirect to. */
  loginUrl: (options?: LoginUrlOptions) => Promise<string>;
  /**
   * Ends the session and revokes its tokens. The user stays signed in at the provider; a form that posts to `/logout`
   * signs out there too. Code: `not_signed_in`.
   */
  signOut: () => Promise<{ readonly ok: true } | Failure>;
}

/** The environment of a Hono app that uses the middleware. */
export interface DrawbridgeEnv<Claims = UserClaims> {
  Variables: DrawbridgeVariables<Claims>;
}

/** What the middleware asks: `AuthClient` in this Worker, or a stub of `Auth`. */
export interface Source {
  session(headers: Headers, options: { origin: string }): Promise<SessionResult<Target>>;
  loginUrl(options?: LoginUrlOptions): string | Promise<string>;
}

/** A session as the middleware uses it: `SessionTarget`, or a stub of one. */
interface Target {
  fetch(upstream: string, path: string, init: Request): Promise<Response>;
  accessToken(provider?: string, options?: AccessTokenOptions): Promise<Result<AccessToken>>;
  end(): Promise<Result<{ readonly setCookie: readonly string[] }>>;
}

/**
 * The middleware for any source of sessions: puts the session of each request and its methods on the context, and sends
 * the cookies that Drawbridge sets.
 */
export function sessionMiddleware<Claims>(
  sourceOf: (c: Context) => Source | Failure,
): MiddlewareHandler<DrawbridgeEnv<Claims>> {
  return async (c, next) => {
    const source = sourceOf(c);
    if (!isSource(source)) return answerFailure(c, source);
    const found = await sessionOf(c, source);
    if (!found.ok) {
      const { session, info, setCookie, ...failure } = found;
      return answerFailure(c, failure);
    }
    const cookies = [...found.setCookie];
    let isSent = false;
    const keep = (lines: readonly string[]) => {
      if (isSent && lines.length > 0) log('cookie_lost', { provider: found.info?.provider });
      cookies.push(...lines);
    };
    // The type of the claims is the app's own: only it knows what its providers send.
    c.set('session', found.info as SessionInfo<Claims> | null);
    c.set('loginUrl', async (wanted) => source.loginUrl(wanted));
    c.set('fetch', async (upstream, path, init) => {
      if (!found.session) return failureResponse(await notSignedIn(source));
      const { session } = found;
      const send = async (request: Request) => {
        const answer = await answered(session.fetch(upstream, path, request));
        return 'code' in answer ? failureResponse(answer) : answer;
      };
      return takeOwnCookies(await sent(new Request('https://upstream.invalid/', init), send), keep);
    });
    c.set('accessToken', async (provider, wanted) => {
      const token = await answered(found.session?.accessToken(provider, wanted) ?? notSignedIn(source));
      if (token.ok) keep(token.setCookie);
      return token;
    });
    c.set('signOut', async () => {
      const ended = await answered(found.session?.end() ?? notSignedIn(source));
      if (ended.ok) keep(ended.setCookie);
      return ended;
    });
    await next();
    appendCookies(c, cookies);
    isSent = true;
    return undefined;
  };
}

/**
 * The answer to a request. Its `signal` counts here, until the answer is there: it can't go over a binding. Throws the
 * signal's reason, as `fetch` does.
 */
async function sent(request: Request, send: (request: Request) => Promise<Response>): Promise<Response> {
  const { signal } = request;
  signal.throwIfAborted();
  const answer = send(new Request(request, { signal: null }));
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason);
      answer.then(({ body }) => body?.cancel()).catch(() => undefined);
    };
    signal.addEventListener('abort', abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** What a session answers; a failure if the other Worker is gone meanwhile. Throws what can't be sent to it. */
async function answered<Answer>(answer: Promise<Answer>): Promise<Answer | Failure> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'DataCloneError') throw error;
    return failureOf(notAnswering(error));
  }
}

async function notSignedIn(source: Source): Promise<Failure> {
  return failureOf(new DrawbridgeError('not_signed_in').with({ loginUrl: await source.loginUrl() }));
}

/** The session of a request; without a cookie there is none, and nobody is asked. Never throws. */
async function sessionOf(c: Context, source: Source): Promise<SessionResult<Target>> {
  const cookie = c.req.header('cookie');
  if (cookie === undefined) return { ok: true, session: null, info: null, setCookie: [] };
  try {
    return await source.session(c.req.raw.headers, { origin: originOf(c.req.url) });
  } catch (error) {
    return { ...failureOf(notAnswering(error)), session: null, info: null, setCookie: [] };
  }
}

/** The origin of a request's URL, which is in its normal form. */
function originOf(url: string): string {
  return url.slice(0, url.indexOf('/', url.indexOf('//') + 2));
}

function notAnswering(error: unknown): DrawbridgeError {
  return new DrawbridgeError('config_invalid', {
    description: 'The binding to Drawbridge does not answer.',
    hint: 'Check that the service binding has `entrypoint = "Auth"` and that the Drawbridge Worker is deployed.',
    detail: String(error),
  });
}

/** The service binding of that name, which gets the cookies of a request and nothing else of it. */
export function boundSource(c: Context, binding: string): Source | Failure {
  const service: unknown = Object(c.env)[binding];
  if (!isSource(service)) return failureOf(notAnswering(`there is no service binding ${binding}`));
  return {
    session: (headers, options) =>
      service.session(new Headers({ cookie: headers.get('cookie') ?? '' }), options),
    loginUrl: (options) => service.loginUrl(options),
  };
}

/** A stub answers to any name, so this tells a service binding from a text, not `Auth` from another entrypoint. */
function isSource(value: unknown): value is Source {
  const isStub = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isStub && typeof Reflect.get(value, 'session') === 'function';
}
