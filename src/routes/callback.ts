import type { Context } from 'hono';
import { base64url } from 'jose';
import type { AuthorizationServer } from 'oauth4webapi';
import type { AppEnv } from '../app-env.ts';
import { DrawbridgeError } from '../errors.ts';
import { log } from '../log.ts';
import { authorizationResponse, callbackParameters, stateOf } from '../oauth/authorization-response.ts';
import { ProviderRequests } from '../oauth/provider-requests.ts';
import { exchangeCode, type TokenResult } from '../oauth/token-request.ts';
import { type UserClaims, userOf } from '../oauth/userinfo.ts';
import { authorizationServer } from '../providers/metadata.ts';
import type { Provider } from '../providers/provider.ts';
import { callbackClaims, withoutFragment } from '../providers/quirks.ts';
import { newGrant } from '../session/grant.ts';
import { sha256Hex } from '../session/hash.ts';
import { type Session, slidingEnd, userClaims, withGrant } from '../session/session.ts';
import { blankSecrets, blankUrl, type Step } from '../session/steps.ts';
import { keepTransaction, type Transaction, takeTransaction } from '../session/transaction.ts';
import { failedLogin } from './failed-login.ts';
import { readParameters } from './form.ts';
import { retryHref } from './login.ts';
import { requireRealVisit } from './own-page.ts';
import { callbackOwner } from './redirect-uri.ts';
import { newFlow, wantsJson } from './respond.tsx';

/** `GET` or `POST /callback/:provider?`: finishes a login. */
export async function callback(c: Context<AppEnv>): Promise<Response> {
  if (c.req.method !== 'GET' && c.req.method !== 'POST') {
    throw new DrawbridgeError('method_not_allowed', { detail: 'GET, POST' });
  }
  requireRealVisit(c);
  const parameters = await readParameters(c);
  const provider = callbackOwner(c, c.req.path);
  const state = await stateOf(parameters, provider);
  const transaction = await takeTransaction(c.get('jar'), c.get('config').sealer, state);
  if (!transaction) return unknownLogin(c, state, provider);
  try {
    const owner = checkTransaction(c, transaction, provider);
    if (await isWithoutSession(c, transaction)) return await comeBack(c, transaction, parameters);
    const received = transaction.posted === undefined ? parameters : new URLSearchParams(transaction.posted);
    return await finish(c, owner, callbackParameters(received), transaction);
  } catch (error) {
    throw inContext(c, error, transaction);
  }
}

/**
 * A form posted by another site comes without the session cookie, which is SameSite=Lax; a login that adds to the
 * session needs it.
 */
async function isWithoutSession(c: Context<AppEnv>, { connect }: Transaction): Promise<boolean> {
  return c.req.method === 'POST' && connect !== undefined && !(await c.get('sessions').read());
}

/** Keeps what was posted with the login, and lets the browser come again by GET, which brings every cookie. */
async function comeBack(c: Context<AppEnv>, transaction: Transaction, posted: URLSearchParams) {
  const kept = { ...transaction, posted: posted.toString() };
  await keepTransaction(c.get('jar'), c.get('config').sealer, kept, { sameSiteNone: false });
  return c.redirect(`${c.req.path}?${new URLSearchParams({ state: transaction.state })}`, 303);
}

/** No open login of this browser has that state: a reload of a finished one, or something that is not ours. */
async function unknownLogin(c: Context<AppEnv>, state: string | undefined, provider: Provider | undefined) {
  if (!provider) throw new DrawbridgeError('unknown_provider');
  const session = await c.get('sessions').read();
  if (state !== undefined && session?.grants.some((grant) => grant.state === state)) {
    return c.redirect('/session', 303);
  }
  const error = new DrawbridgeError('state_mismatch', {
    detail: state === undefined ? 'no state' : 'no such login',
  });
  throw Object.assign(error, {
    flow: newFlow(),
    login: true,
    retry: retryHref(provider, undefined),
    provider: provider.id,
  });
}

/** The login must be in time and come back where it was told to, by the way it was told to. */
function checkTransaction(
  c: Context<AppEnv>,
  transaction: Transaction,
  provider: Provider | undefined,
): Provider {
  if (!provider || provider.id !== transaction.provider) {
    throw new DrawbridgeError('state_mismatch', {
      detail: `login of ${transaction.provider} on another’s path`,
    });
  }
  if (transaction.expires_at * 1000 <= Date.now()) throw new DrawbridgeError('login_expired');
  const expected = provider.response_mode?.startsWith('form_post') ? 'POST' : 'GET';
  if (c.req.method !== expected && transaction.posted === undefined) {
    throw new DrawbridgeError('invalid_request', { detail: `the answer came by ${c.req.method}` });
  }
  return provider;
}

async function finish(
  c: Context<AppEnv>,
  provider: Provider,
  received: URLSearchParams,
  transaction: Transaction,
) {
  const { inspect } = c.get('config');
  const started = Date.now();
  const requests = new ProviderRequests(provider, { record: inspect });
  c.set('requests', requests);
  const server = await authorizationServer(requests);
  const parameters = await authorizationResponse(requests, server, received, transaction);
  const result = await exchangeCode(requests, server, parameters, transaction);
  const claims = await userOf(requests, server, result, transaction);
  const user = claims && { ...callbackClaims(provider, received), ...claims };
  const steps = inspect
    ? [...(transaction.steps ?? []), callbackStep(c, received, started), ...requests.steps]
    : undefined;
  const session = await newSession(c, provider, server, transaction, result, user, steps);
  await c.get('sessions').start(session);
  log('login_finished', {
    flow: transaction.flow,
    provider: provider.id,
    session: (await sha256Hex(session.id)).slice(0, 12),
    provider_requests: requests.count,
    duration_ms: Date.now() - c.get('startedAt'),
  });
  if (inspect && wantsJson(c)) return c.json(result.response);
  return c.redirect(withoutFragment(provider, transaction.return_to ?? '/session'), 303);
}

function callbackStep(c: Context<AppEnv>, received: URLSearchParams, at: number): Step {
  const form = c.req.method === 'POST';
  const url = form ? c.req.url : blankUrl(c.req.url);
  const body = form ? { body: blankSecrets(received.toString()) } : {};
  const request = { method: c.req.method, url, headers: {}, ...body };
  return {
    title: 'Callback',
    at,
    request,
    note: 'Brought by the browser; state and issuer are as expected.',
  };
}

/** A session with a new id. Grants of the one in place move over only if this login was started to add to it. */
async function newSession(
  c: Context<AppEnv>,
  provider: Provider,
  server: AuthorizationServer,
  transaction: Transaction,
  result: TokenResult,
  user: UserClaims | undefined,
  steps: readonly Step[] | undefined,
): Promise<Session> {
  const config = c.get('config');
  const { inspect } = config;
  const now = Math.floor(Date.now() / 1000);
  const grant = newGrant(provider, result, {
    now,
    scope: transaction.scope,
    sub: user?.sub,
    state: transaction.state,
    flow: transaction.flow,
    keepMembers: inspect,
    keepIdToken: inspect || server.end_session_endpoint !== undefined,
    dpop_key: transaction.dpop_key,
  });
  const fresh: Omit<Session, 'id'> = {
    provider: provider.id,
    sub: user?.sub,
    claims: userClaims(user ?? {}),
    grants: [],
    created_at: now,
    expires_at: slidingEnd(now, now, config),
    steps,
  };
  const inPlace = transaction.connect === undefined ? undefined : await c.get('sessions').read();
  const base = inPlace && inPlace.id === transaction.connect ? { ...inPlace, steps } : fresh;
  return withGrant({ ...base, id: newSessionId() }, grant);
}

function newSessionId(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
}

function inContext(c: Context<AppEnv>, error: unknown, transaction: Transaction): unknown {
  const known = error instanceof DrawbridgeError ? error : new DrawbridgeError('internal', { cause: error });
  const provider = c.get('config').providers.get(transaction.provider);
  const retry = provider && retryHref(provider, transaction.return_to);
  return failedLogin(c, known, { flow: transaction.flow, provider: transaction.provider, retry });
}
