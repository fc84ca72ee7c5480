import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { base64url } from 'jose';
import type { AuthorizationServer } from 'oauth4webapi';
import { sha256Hex } from '../../crypto/hash.ts';
import { DrawbridgeError } from '../../errors.ts';
import { newGrant } from '../../grants/grant.ts';
import { log } from '../../log.ts';
import { type LoginAttempt, storeAttempt, takeAttempt } from '../../login/attempt.ts';
import { authorizationResponse, callbackParameters, stateOf } from '../../oauth/authorization-response.ts';
import { issuerOfUser } from '../../oauth/issuer.ts';
import { authorizationServer } from '../../oauth/metadata.ts';
import { ProviderRequests } from '../../oauth/provider-requests.ts';
import { blankSecrets, blankUrl, type Step } from '../../oauth/steps.ts';
import { exchangeCode, type TokenResult } from '../../oauth/token-request.ts';
import type { UserClaims } from '../../oauth/user-claims.ts';
import { userOf } from '../../oauth/userinfo.ts';
import type { Provider } from '../../providers/provider.ts';
import { callbackClaims, withoutFragment } from '../../providers/quirks/authorization.ts';
import { authenticationOf, type Login, sessionWith, userClaims } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';
import { deskOf, finishConsent, requireSameSession } from '../connections/consent.ts';
import { failedLogin } from '../errors/failed-login.ts';
import { newFlow, wantsJson } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';
import { href } from '../href.tsx';
import { loginHref } from '../login-href.ts';
import { requireRealVisit } from '../middleware/own-page.ts';
import { callbackOwner } from '../redirect-uri.ts';

/** Leads every redirect URI to the callback: a `redirect_uri` setting may name any path. */
export const redirectUris = createMiddleware<AppEnv>((c, next) => (callbackOwner(c) ? callback(c) : next()));

/** `GET` or `POST /callback/:provider?`, or on any other redirect URI: finishes a login. */
export async function callback(c: Context<AppEnv>): Promise<Response> {
  if (c.req.method !== 'GET' && c.req.method !== 'POST') {
    throw new DrawbridgeError('method_not_allowed', { allow: ['GET', 'POST'] });
  }
  requireRealVisit(c);
  const parameters = await readParameters(c);
  const provider = callbackOwner(c);
  const state = await stateOf(parameters, provider);
  const attempt = await takeAttempt(c.get('jar'), c.get('settings').sealer, state);
  if (c.get('settings').inspect) c.set('steps', [...(attempt?.steps ?? []), callbackStep(c, parameters)]);
  if (!attempt) return unknownLogin(c, state, provider);
  try {
    const owner = checkAttempt(c, attempt, provider);
    if (await isWithoutSession(c, attempt)) return await comeBack(c, attempt, parameters);
    const received = attempt.posted === undefined ? parameters : new URLSearchParams(attempt.posted);
    return await finish(c, owner, callbackParameters(received), attempt);
  } catch (error) {
    throw inContext(c, error, attempt);
  }
}

/**
 * A form posted by another site comes without the session cookie, which is SameSite=Lax; a login that adds to the
 * session needs it.
 */
async function isWithoutSession(c: Context<AppEnv>, { connect, connection }: LoginAttempt): Promise<boolean> {
  const needsSession = connect !== undefined || connection?.session !== undefined;
  return c.req.method === 'POST' && needsSession && !(await c.get('sessions').read());
}

/** Keeps what was posted with the login, and lets the browser come again by GET, which brings every cookie. */
async function comeBack(c: Context<AppEnv>, attempt: LoginAttempt, posted: URLSearchParams) {
  const kept = { ...attempt, posted: posted.toString() };
  await storeAttempt(c.get('jar'), c.get('settings').sealer, kept, { sameSiteNone: false });
  return c.redirect(`${new URL(c.req.url).pathname}?${new URLSearchParams({ state: attempt.state })}`, 303);
}

/** No open login of this browser has that state: a reload of a finished one, or something that is not ours. */
async function unknownLogin(c: Context<AppEnv>, state: string | undefined, provider: Provider | undefined) {
  if (!provider) throw new DrawbridgeError('unknown_provider');
  const session = await c.get('sessions').read();
  if (state !== undefined && session?.grants.some((grant) => grant.state === state)) {
    return c.redirect(href(c, '/session'), 303);
  }
  const error = new DrawbridgeError('state_mismatch', {
    detail: state === undefined ? 'no state' : 'no such login',
  });
  throw error.with({
    flow: newFlow(),
    login: true,
    retry: loginHref(c, provider.id),
    provider: provider.id,
  });
}

/** The login must be in time and come back where it was told to, by the way it was told to. */
function checkAttempt(c: Context<AppEnv>, attempt: LoginAttempt, provider: Provider | undefined): Provider {
  // protects: provider path check
  if (!provider || provider.id !== attempt.provider) {
    throw new DrawbridgeError('state_mismatch', {
      detail: `login of ${attempt.provider} on another’s path`,
    });
  }
  // protects: login expiry
  if (attempt.expires_at * 1000 <= Date.now()) throw new DrawbridgeError('login_expired');
  const expected = provider.response_mode?.startsWith('form_post') ? 'POST' : 'GET';
  // protects: form_post method check
  if (c.req.method !== expected && attempt.posted === undefined) {
    throw new DrawbridgeError('invalid_request', { detail: `the answer came by ${c.req.method}` });
  }
  return provider;
}

async function finish(
  c: Context<AppEnv>,
  provider: Provider,
  received: URLSearchParams,
  attempt: LoginAttempt,
) {
  const { inspect } = c.get('settings');
  const requests = new ProviderRequests(provider, { record: inspect });
  c.set('requests', requests);
  if (attempt.connection) await requireSameSession(c, attempt.connection);
  const current = await sessionToContinue(c, attempt);
  const server = await authorizationServer(requests);
  const parameters = await authorizationResponse(requests, server, received, attempt);
  const result = await exchangeCode(requests, server, parameters, attempt);
  const claims = await userOf(requests, server, result, attempt);
  const user = claims && { ...callbackClaims(provider, received), ...claims };
  const steps = inspect
    ? [...(attempt.steps ?? []), { ...callbackStep(c, received), note: AS_EXPECTED }, ...requests.steps]
    : undefined;
  const login = loginOf(c, provider, server, attempt, result, user, steps);
  if (attempt.connection) {
    const { scope, flow } = attempt;
    return c.redirect(
      await finishConsent(c, attempt.connection, { provider, grant: login.grant, scope, flow }),
      303,
    );
  }
  const session = sessionWith(current, login, c.get('settings'));
  await c.get('sessions').start(session, { continues: current?.id });
  log('login_finished', {
    flow: attempt.flow,
    provider: provider.id,
    session: (await sha256Hex(session.id)).slice(0, 12),
    provider_requests: requests.count,
    duration_ms: Date.now() - c.get('startedAt'),
  });
  if (inspect && wantsJson(c)) return c.json(result.response);
  return c.redirect(withoutFragment(provider, attempt.return_to ?? href(c, '/session')), 303);
}

const AS_EXPECTED = 'Brought by the browser; state and issuer are as expected.';

function callbackStep(c: Context<AppEnv>, received: URLSearchParams): Step {
  const form = c.req.method === 'POST';
  const url = form ? c.req.url : blankUrl(c.req.url);
  const body = form ? { body: blankSecrets(received.toString()) } : {};
  const request = { method: c.req.method, url, headers: {}, ...body };
  return { title: 'Callback', at: c.get('startedAt'), request, note: 'Brought by the browser.' };
}

/** What the login brings, for a session with a new id. */
function loginOf(
  c: Context<AppEnv>,
  provider: Provider,
  server: AuthorizationServer,
  attempt: LoginAttempt,
  result: TokenResult,
  user: UserClaims | undefined,
  steps: readonly Step[] | undefined,
): Login {
  const { inspect } = c.get('settings');
  const now = Date.now();
  const claims = result.idToken?.claims;
  const grant = newGrant(provider, result, {
    now: Math.floor(now / 1000),
    scope: attempt.scope,
    iss: issuerOfUser(provider, server, claims),
    sub: user?.sub,
    state: attempt.state,
    flow: attempt.flow,
    keepMembers: inspect,
    keepIdToken: inspect || server.end_session_endpoint !== undefined,
    dpop_key: attempt.dpop_key,
  });
  return {
    id: newSessionId(),
    grant,
    claims: userClaims(user ?? {}),
    authentication: authenticationOf(claims),
    steps,
    now,
  };
}

/**
 * The session that this login was started to add to (`connect=1`). Throws `not_signed_in` if it is not the browser's any
 * more: what has ended is not begun again by what was to add to it.
 */
async function sessionToContinue(c: Context<AppEnv>, { connect }: LoginAttempt) {
  if (connect === undefined) return undefined;
  const inPlace = await c.get('sessions').read();
  // protects: connect binding
  if (inPlace?.id === connect) return inPlace;
  throw new DrawbridgeError('not_signed_in', { detail: 'the session to add to has ended' });
}

function newSessionId(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
}

function inContext(c: Context<AppEnv>, error: unknown, attempt: LoginAttempt): unknown {
  const known = error instanceof DrawbridgeError ? error : new DrawbridgeError('internal', { cause: error });
  const provider = c.get('settings').providers.get(attempt.provider);
  const retry = attempt.connection
    ? href(c, deskOf(attempt.connection).href)
    : provider && loginHref(c, provider.id, { returnTo: attempt.return_to });
  return failedLogin(c, known, { flow: attempt.flow, provider: attempt.provider, retry });
}
