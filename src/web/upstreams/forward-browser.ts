import type { Context, MiddlewareHandler } from 'hono';
import { KEY_PREFIX } from '../../connections/key.ts';
import { DrawbridgeError } from '../../errors.ts';
import { isOurs } from '../../settings/routes.ts';
import type { Upstream } from '../../settings/upstream.ts';
import type { SignInWishes } from '../../upstreams/caller.ts';
import { forward } from '../../upstreams/forward.ts';
import { type Match, matchUpstream } from '../../upstreams/path.ts';
import { scopeOfFirstSignIn } from '../../upstreams/scope.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow } from '../errors/respond.tsx';
import { ofUnsentForm } from '../errors/unsent-form.ts';
import { href } from '../href.tsx';
import { callbackOwner } from '../redirect-uri.ts';
import { returnTarget } from '../return-target.ts';
import { isForm, isNavigation, requireHarmlessUse, requireOwnOrigin } from './origin-rules.ts';
import { SessionCaller } from './session-caller.ts';

/** Forwards requests that belong to an upstream. The others go to Drawbridge's own routes, which always win. */
export const forwardToUpstreams: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { upstreams, isSharedWithApp, controlOrigin } = c.get('settings');
  if (upstreams.length === 0) return next();
  // An app's script must not get to the control origin.
  if (isSharedWithApp && c.get('origin') === controlOrigin) return next();
  const flow = newFlow();
  let id: string | undefined;
  try {
    const match = matchOf(c, upstreams);
    if (!match) return next();
    id = match.upstream.id;
    c.set('answersJson', !opensPage(c, match.upstream) && !sendsForm(c, match.upstream));
    return await forwardForBrowser(c, match, flow);
  } catch (error) {
    if (!(error instanceof DrawbridgeError)) throw error;
    throw toldAs(c, error, id).with({ flow, upstream: id });
  }
};

/** What people with a form, and programs with a key, are told of an error that a sign-in would solve. */
function toldAs(c: Context<AppEnv>, error: DrawbridgeError, id: string | undefined): DrawbridgeError {
  if (isForm(c.req.raw)) return ofUnsentForm(error);
  if (error.code !== 'not_signed_in' || !c.req.header('authorization')?.includes(KEY_PREFIX)) return error;
  return new DrawbridgeError('not_signed_in', {
    description: 'This address is for browsers, and there is no session.',
    hint: `Send a request with a key to \`${href(c, `/relay/${id}/…`)}\`.`,
    cause: error,
  }).with(error.context);
}

/** The upstream that a request belongs to. Throws `invalid_request`. */
function matchOf(c: Context<AppEnv>, upstreams: readonly Upstream[]): Match | undefined {
  if (isOurs(c.req.path, c.get('settings').basePath) || callbackOwner(c)) return undefined;
  try {
    const { path, search } = requested(c.req.raw.url);
    return matchUpstream(upstreams, path, search);
  } catch (error) {
    c.set('answersJson', !isNavigation(c.req.raw));
    throw error;
  }
}

/**
 * Path and query of a URL byte for byte as they were sent. Throws `invalid_request` for one without a path, or with a
 * user name in it.
 */
export function requested(url: string): { path: string; search: string } {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  if (start === -1 || url.slice(0, start).includes('@')) {
    throw new DrawbridgeError('invalid_request', { detail: 'a user name in the URL, or no path' });
  }
  const query = url.indexOf('?', start);
  return query === -1
    ? { path: url.slice(start), search: '' }
    : { path: url.slice(start, query), search: url.slice(query) };
}

function opensPage(c: Context<AppEnv>, { kind }: Upstream): boolean {
  return kind === 'app' && isNavigation(c.req.raw);
}

/** A form of an app, or of another site that leads back to it. */
function sendsForm(c: Context<AppEnv>, { kind }: Upstream): boolean {
  return kind === 'app' && isForm(c.req.raw);
}

async function forwardForBrowser(c: Context<AppEnv>, match: Match, flow: string): Promise<Response> {
  const { upstream } = match;
  const request = c.req.raw;
  const settings = c.get('settings');
  const origin = c.get('origin');
  requireOwnOrigin(upstream, request, origin);
  requireHarmlessUse(upstream, request);
  const sessions = c.get('sessions');
  const session = await sessions.read();
  if (!session && upstream.session === 'required' && opensPage(c, upstream)) {
    const { provider } = upstream;
    const scope = scopeOfFirstSignIn(settings.providers.get(provider ?? ''), upstream);
    return c.redirect(signInPath(c, { provider, scope }, pageOf(c, match)), 302);
  }
  const caller = new SessionCaller(sessions, session, {
    by: 'browser',
    signInUrl: (wishes) => {
      const more = session ? { ...wishes, connect: '1' } : wishes;
      return origin + signInPath(c, more, comesBackTo(c, match));
    },
  });
  const sentAt = Date.now();
  const context = { settings, origin, publicPath: upstream.path, flow };
  const response = await forward(request, match, caller, context);
  c.set('forwarded', { duration_ms: Date.now() - sentAt });
  return response;
}

/** Where a sign-in comes back to: the page itself, or the page that the request came from. */
function comesBackTo(c: Context<AppEnv>, match: Match): string | undefined {
  return opensPage(c, match.upstream) ? pageOf(c, match) : c.req.header('referer');
}

/** The page that was asked for; without its query, or as its app's first page, where it is too long to come back to. */
function pageOf(c: Context<AppEnv>, { upstream, rest, search }: Match): string | undefined {
  const page = upstream.path + rest;
  return [page + search, page, upstream.path].find((each) => returnTarget(c, each) !== undefined);
}

/** The path of a sign-in; `connect` leaves the session that is there, and its other grants, in place. */
function signInPath(
  c: Context<AppEnv>,
  { provider, ...wishes }: SignInWishes & { readonly connect?: string },
  returnTo: string | undefined,
): string {
  const { providers } = c.get('settings');
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({
    ...wishes,
    return_to: returnTarget(c, returnTo),
  })) {
    if (value !== undefined) query.set(name, value);
  }
  const path = provider !== undefined && providers.has(provider) ? `/login/${provider}` : '/login';
  return href(c, `${path}${query.size === 0 ? '' : `?${query}`}`);
}
