import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { HTTPException } from 'hono/http-exception';
import { DrawbridgeError } from '../../errors.ts';
import { newFlow } from '../../flow.ts';
import { type LogEvent, log } from '../../log.ts';
import { redact } from '../../redaction.ts';
import { ownRoute } from '../../settings/routes.ts';
import { SettingsError } from '../../settings/settings.ts';
import type { AppEnv } from '../app-env.ts';
import { stepViews } from '../components/step-views.ts';
import { href, showPage } from '../href.tsx';
import { isForm } from '../upstreams/origin-rules.ts';
import { ErrorPage } from './error-page.tsx';
import { wordsForPeople } from './for-people.ts';
import { SettingsPage } from './settings-page.tsx';

export { newFlow };

/** Credentials that a browser sends by itself, to whatever is in front of the Worker, such as a staging site’s Basic. */
const SENT_BY_BROWSERS = /^(?:basic|digest|negotiate|ntlm)\b/i;

/** True if the client prefers JSON to a page. A client that sends `Authorization` is a program, unless a browser would. */
export function wantsJson(c: Context<AppEnv>): boolean {
  const decided = c.get('answersJson');
  if (decided !== undefined) return decided;
  if (ownRoute(c.req.path)?.json) return true;
  const authorization = c.req.header('authorization');
  if (authorization !== undefined && !SENT_BY_BROWSERS.test(authorization)) return true;
  const accept = c.req.header('accept') ?? '';
  let prefers = preferences.get(accept);
  if (prefers === undefined) {
    if (preferences.size >= PREFERENCES_LIMIT) preferences.clear();
    prefers = prefersJson(c);
    preferences.set(accept, prefers);
  }
  return prefers;
}

/** What the `Accept` headers that came lately prefer: every browser has one, and sends it with each visit. */
const preferences = new Map<string, boolean>();
const PREFERENCES_LIMIT = 100;

/** RFC 9110 §12.5.1 */
function prefersJson(c: Context): boolean {
  const best = accepts(c, {
    header: 'Accept',
    supports: ['text/html', 'application/json'],
    default: 'text/html',
  });
  return best === 'application/json';
}

/** Answers with an error: a page or JSON, the same facts in both. */
export function answerError(error: unknown, c: Context<AppEnv>): Response | Promise<Response> {
  const known = asKnown(error);
  const { login, provider, upstream, loginUrl, retry = loginUrl, flow = newFlow() } = known.context;
  log(
    eventOf(known),
    {
      flow,
      provider,
      upstream,
      error: known.code,
      provider_error: known.providerError,
      path: new URL(c.req.url).pathname,
      detail: known.detail,
      ...(known.code === 'internal' && { cause: String(known.cause) }),
      ...(login && {
        provider_requests: c.get('requests')?.count ?? 0,
        duration_ms: Date.now() - c.get('startedAt'),
      }),
    },
    secretsOf(c),
  );
  c.status(known.status);
  c.header('drawbridge-error', known.code);
  // RFC 6750 §3.1: a request without any token gets no error code.
  const challenge = c.req.header('authorization') ? 'Bearer error="invalid_token"' : 'Bearer';
  if (known.code === 'invalid_token') c.header('www-authenticate', challenge);
  // RFC 6749 §5.2: whoever tried to authenticate by a header is told the scheme.
  const isByHeader = /^basic /i.test(c.req.header('authorization') ?? '');
  if (known.code === 'invalid_client' && isByHeader) c.header('www-authenticate', 'Basic realm="drawbridge"');
  if (known.allow) c.header('allow', known.allow.join(', '));
  if (known.retryAfter !== undefined) c.header('retry-after', String(known.retryAfter));
  if (wantsJson(c)) return c.json(errorBody(known, flow));
  if (known instanceof SettingsError) return showPage(c, <SettingsPage faults={known.faults} flow={flow} />);
  return errorPage(c, known, { flow, retry: retry ?? wayOn(c, known) });
}

function errorPage(
  c: Context<AppEnv>,
  known: DrawbridgeError,
  at: { flow: string; retry: string | undefined },
) {
  const { flow, retry } = at;
  const admin = isAdminPage(c);
  const words = admin || c.get('settings')?.inspect ? known : wordsForPeople(known);
  return showPage(
    c,
    <ErrorPage
      status={known.status}
      title={words.title}
      error={known.code}
      description={words.description}
      hint={words.hint}
      flow={flow}
      admin={admin}
      {...(words !== known && { forOperator: known })}
      {...(retry !== undefined && { retryHref: retry })}
      {...(known.context.leaveUrl !== undefined && { leaveHref: known.context.leaveUrl })}
      {...(isOfForm(c, known) && { retryInTab: true })}
      {...inspected(c, known)}
    />,
  );
}

/** True for a form to an app that was not passed on, and can be sent again after a sign-in. */
function isOfForm(c: Context<AppEnv>, { context }: DrawbridgeError): boolean {
  return context.upstream !== undefined && context.loginUrl !== undefined && isForm(c.req.raw);
}

/**
 * Where to go from the page of an app. If its server did not answer, another try is another visit. A user who may not
 * open it can sign out, at the provider as well, and come back as somebody else.
 */
function wayOn(c: Context<AppEnv>, { code }: DrawbridgeError): string | undefined {
  if (code === 'not_allowed') return href(c, '/logout');
  if (c.req.method !== 'GET' || (code !== 'upstream_unreachable' && code !== 'upstream_timeout'))
    return undefined;
  const { pathname, search } = new URL(c.req.url);
  return pathname + search;
}

/** In INSPECT: what exactly was wrong, and the steps of a login up to where it failed. */
function inspected(c: Context<AppEnv>, { context, detail }: DrawbridgeError) {
  if (!c.get('settings')?.inspect) return {};
  const steps = [...(c.get('steps') ?? []), ...(c.get('requests')?.steps ?? [])];
  return {
    ...(detail !== undefined && { detail: redact(detail, secretsOf(c)) }),
    ...(context.login && steps.length > 0 && { steps: stepViews(steps) }),
  };
}

/** True below `/admin`, where there is one: its errors lead back there. */
function isAdminPage(c: Context<AppEnv>): boolean {
  const { adminToken, access } = c.get('settings') ?? {};
  return (adminToken ?? access) !== undefined && ownRoute(c.req.path)?.path === '/admin';
}

/** Parameters that say something and are no secret: a provider's words are to be read in the log. */
const SPOKEN = new Set(['acr_values', 'iss', 'max_age', 'prompt', 'provider', 'scope', 'ui_locales']);

/** `error`, `error_description`, and what providers add of their own: `error_reason`, `error_message`, `errCode`. */
const ABOUT_AN_ERROR = /^err[a-z_]*$/i;

/** The values of the request's query and form, which must not be logged: a code, a state, and anything else. */
function secretsOf(c: Context<AppEnv>): string[] {
  const brought = [...new URL(c.req.url).searchParams, ...(c.get('form') ?? [])];
  return brought
    .filter(([name]) => !SPOKEN.has(name) && !ABOUT_AN_ERROR.test(name))
    .map(([, value]) => value);
}

function eventOf({ context, status }: DrawbridgeError): LogEvent {
  if (context.login) return 'login_failed';
  return status >= 500 ? 'error' : 'refused';
}

function asKnown(error: unknown): DrawbridgeError {
  if (error instanceof DrawbridgeError) return error;
  if (error instanceof HTTPException && error.status < 500) {
    return new DrawbridgeError('invalid_request', { cause: error, detail: error.message });
  }
  return new DrawbridgeError('internal', { cause: error });
}

function errorBody(error: DrawbridgeError, flow: string) {
  return {
    error: error.code,
    error_description: error.description,
    hint: error.hint,
    flow,
    ...(error.context.loginUrl !== undefined && { login_url: error.context.loginUrl }),
    ...(error.providerError !== undefined && { provider_error: error.providerError }),
    ...(error.context.reauthorizationUri !== undefined && {
      reauthorization_uri: error.context.reauthorizationUri,
    }),
    ...(error instanceof SettingsError && { faults: error.faults }),
  };
}
