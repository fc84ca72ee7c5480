import type { Context, MiddlewareHandler } from 'hono';
import * as v from 'valibot';
import { nowSeconds } from '../clock.ts';
import { DrawbridgeError } from '../errors.ts';
import { MAX_RETURN_TO_LENGTH } from '../login/return-to-length.ts';
import { type Allow, isAllowed } from '../providers/allow.ts';
import { allowTable } from '../providers/allow-settings.ts';
import { isOpenId } from '../providers/provider.ts';
import type { PublicGrant } from '../sessions/public-session.ts';
import { ofUnsentForm } from '../web/errors/unsent-form.ts';
import { isForm, isNavigation } from '../web/upstreams/origin-rules.ts';
import { answerFailure } from './answers.ts';
import type { LoginUrlOptions } from './login-url.ts';
import type { DrawbridgeVariables } from './middleware.ts';
import { requireOptions } from './options.ts';
import { failureOf } from './results.ts';
import { scopeList } from './scopes.ts';
import type { SessionInfo } from './session-target.ts';

/** What a route requires of the session. */
export interface SessionRequirements {
  /** Claims that the user must have: all of the keys, each with one of its values. An `email` may be `*@example.com`. */
  readonly allow?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** The id of a provider that the user must have granted access at. */
  readonly provider?: string | undefined;
  /** Scopes of that provider, by default the one that the user signed in with: a list, or a text with spaces. */
  readonly scope?: string | readonly string[] | undefined;
  /** How old the sign-in at the provider may be, in seconds. */
  readonly max_age?: number | undefined;
}

/** The environment of handlers behind `requireSession`, where the session is never null. */
export interface SignedInEnv {
  Variables: { session: SessionInfo };
}

/** What a session lacks: the error, and the sign-in that would solve it, if there is one. */
interface Lack {
  readonly error: DrawbridgeError;
  readonly login?: LoginUrlOptions;
  /** False if signing in again would change nothing. */
  readonly isWorthATry?: boolean;
}

/**
 * Middleware that lets a request pass if its session meets the requirements; use it after `drawbridge()`. Otherwise it
 * redirects a visit to the sign-in that helps, which returns to the same URL. Any other request gets the error as JSON,
 * with `login_url`: 401 `not_signed_in`, 403 `not_allowed`, 401 `login_required` (the sign-in is too old, or there is no
 * grant of the provider), 403 `insufficient_scope`. Throws a `TypeError` at the start for requirements that can't be met.
 *
 * @example
 * ```ts
 * app.use('/admin/*', requireSession({ allow: { email: '*@example.com' }, max_age: 3600 }))
 * app.get('/agenda', requireSession({ provider: 'google', scope: 'calendar.readonly' }), (c) => c.var.fetch('calendar', '/'))
 * ```
 */
export function requireSession(requirements: SessionRequirements = {}): MiddlewareHandler<SignedInEnv> {
  const wanted = checked(requirements);
  return async (c, next) => {
    const { session, loginUrl } = variablesOf(c);
    const lack = lackOf(session, wanted, nowSeconds());
    if (!lack) {
      await next();
      return undefined;
    }
    const login = lack.login && { ...lack.login, return_to: returnTo(c) };
    const login_url = login && (await loginUrl(login));
    if (login_url !== undefined && lack.isWorthATry !== false && isNavigation(c.req.raw)) {
      c.header('cache-control', 'no-store');
      return c.redirect(login_url, 302);
    }
    const error = lack.error.with({ loginUrl: login_url });
    return answerFailure(c, failureOf(isForm(c.req.raw) ? ofUnsentForm(error) : error));
  };
}

/** Requirements as they are checked for each request. */
interface Checked {
  readonly allow: Allow | undefined;
  readonly provider: string | undefined;
  readonly scope: readonly string[];
  readonly max_age: number | undefined;
}

const REQUIREMENTS = ['allow', 'provider', 'scope', 'max_age'];

/** Throws a `TypeError` for requirements that no session could meet as intended, or that nobody would check. */
function checked(requirements: SessionRequirements): Checked {
  requireOptions('requireSession', requirements, REQUIREMENTS);
  const { allow, provider, scope, max_age } = requirements;
  if (provider !== undefined && (typeof provider !== 'string' || provider === '')) {
    throw new TypeError('requireSession: `provider` is not the id of a provider');
  }
  if (max_age !== undefined && !(Number.isSafeInteger(max_age) && max_age > 0)) {
    throw new TypeError('requireSession: `max_age` is not a number of seconds above 0');
  }
  const rules = v.safeParse(v.optional(allowTable), allow);
  if (!rules.success) {
    throw new TypeError(`requireSession: \`allow\` ${rules.issues.map(({ message }) => message).join(', ')}`);
  }
  return { allow: rules.output, provider, scope: scopeList(scope), max_age };
}

/** What `drawbridge()` has put on the context. */
function variablesOf(c: Context): Pick<DrawbridgeVariables, 'session' | 'loginUrl'> {
  const { session, loginUrl } = c.var;
  if (session === undefined) throw new TypeError('requireSession: `drawbridge()` has to come before it');
  return { session, loginUrl };
}

/** What the session lacks, the most basic first; undefined if it has everything. `now` in seconds. */
function lackOf(session: SessionInfo | null, wanted: Checked, now: number): Lack | undefined {
  if (!session) {
    const { provider, max_age } = wanted;
    return { error: new DrawbridgeError('not_signed_in'), login: { provider, max_age } };
  }
  return lacksRight(session, wanted) ?? isTooOld(session, wanted, now) ?? lacksGrant(session, wanted, now);
}

function lacksRight(session: SessionInfo, { allow }: Checked): Lack | undefined {
  const facts = { trust_email: session.trust_email };
  const user = { ...session, sub: session.sub ?? undefined };
  if (!allow || isAllowed(allow, user, facts)) return undefined;
  return { error: new DrawbridgeError('not_allowed') };
}

/** A provider that was asked this lately, in seconds, and gave less will not give it to the next redirect. */
const JUST_ASKED_SECONDS = 60;

/** Plain OAuth does not tell when a user signed in at the provider: there the sign-in here counts. */
function isTooOld(session: SessionInfo, { max_age }: Checked, now: number): Lack | undefined {
  if (max_age === undefined) return undefined;
  const { provider, auth_time } = session;
  const grant = grantAt(session, provider);
  const isPlainOAuth = session.iss === `provider:${provider}` || (grant && !isOpenId(grant.scope));
  const signedInHere = grant?.issued_at ?? session.created_at;
  const signedIn = auth_time ?? (isPlainOAuth ? signedInHere : 0);
  if (signedIn + max_age >= now) return undefined;
  const description = 'You signed in too long ago to open this.';
  return {
    error: new DrawbridgeError('login_required', { description }),
    login: { provider, max_age, connect: hasOthers(session, provider) },
    isWorthATry: auth_time !== undefined || signedInHere + JUST_ASKED_SECONDS < now,
  };
}

function grantAt(session: SessionInfo, provider: string): PublicGrant | undefined {
  return session.grants.find((held) => held.provider === provider);
}

/** True if a new session, founded at this provider, would lose grants of others. */
function hasOthers(session: SessionInfo, provider: string): boolean {
  return provider !== session.provider || session.grants.some((held) => held.provider !== provider);
}

function lacksGrant(session: SessionInfo, wanted: Checked, now: number): Lack | undefined {
  const provider = wanted.provider ?? session.provider;
  if (wanted.provider === undefined && wanted.scope.length === 0) return undefined;
  const grant = grantAt(session, provider);
  const connect = hasOthers(session, provider);
  const hasEnded = grant?.expires_at != null && grant.expires_at <= now && !grant.refreshable;
  if (!grant || hasEnded) {
    const scope = wanted.scope.join(' ') || undefined;
    return { error: new DrawbridgeError('login_required'), login: { provider, scope, connect } };
  }
  const held = scopeList(grant.scope);
  if (wanted.scope.every((scope) => held.includes(scope))) return undefined;
  const scope = [...new Set([...held, ...wanted.scope])].join(' ');
  const isWorthATry = grant.issued_at + JUST_ASKED_SECONDS < now;
  return {
    error: new DrawbridgeError('insufficient_scope'),
    login: { provider, scope, connect },
    isWorthATry,
  };
}

/**
 * Where a sign-in comes back to: the page itself, without a query that is too long for that, or the page that the request
 * came from; `/login` judges it.
 */
function returnTo(c: Context): string | undefined {
  if (!isNavigation(c.req.raw)) return c.req.header('referer');
  const { pathname, search } = new URL(c.req.url);
  return pathname.length + search.length > MAX_RETURN_TO_LENGTH ? pathname : pathname + search;
}
