import type { Context } from 'hono';
import { base64url } from 'jose';
import type { AuthorizationServer } from 'oauth4webapi';
import type { AppEnv } from '../app-env.ts';
import { DrawbridgeError } from '../errors.ts';
import { log } from '../log.ts';
import { authorizationResponse, callbackParameters } from '../oauth/authorization-response.ts';
import { ProviderRequests } from '../oauth/provider-requests.ts';
import { exchangeCode, type TokenResult } from '../oauth/token-request.ts';
import { profile } from '../oauth/userinfo.ts';
import { authorizationServer } from '../providers/metadata.ts';
import type { Provider } from '../providers/provider.ts';
import { newGrant, type Session, slidingEnd, userClaims, withGrant } from '../session/session.ts';
import { blankSecrets, blankUrl, type Step } from '../session/steps.ts';
import { type Transaction, takeTransaction } from '../session/transaction.ts';
import { retryHref } from './login.ts';
import { requireRealVisit } from './own-page.ts';
import { callbackOwner } from './redirect-uri.ts';
import { wantsJson } from './respond.tsx';

const FORM = /^application\/x-www-form-urlencoded\b/i;
const MAX_FORM_BYTES = 64 * 1024;

/** `GET` or `POST /callback/:provider?`: finishes a login. */
export async function callback(c: Context<AppEnv>): Promise<Response> {
  if (c.req.method !== 'GET' && c.req.method !== 'POST') {
    throw new DrawbridgeError('method_not_allowed', { detail: 'GET, POST' });
  }
  requireRealVisit(c);
  const parameters = await readParameters(c);
  const state = parameters.get('state') ?? undefined;
  const transaction = await takeTransaction(c.get('jar'), c.get('config').sealer, state);
  const provider = callbackOwner(c, c.req.path);
  if (!transaction) return unknownLogin(c, state, provider);
  try {
    const owner = checkTransaction(c, transaction, provider);
    return await finish(c, owner, callbackParameters(parameters), transaction);
  } catch (error) {
    throw inContext(c, error, transaction);
  }
}

/** The parameters as the provider sent them: in the query, or as a form (OAuth 2.0 Form Post Response Mode). */
async function readParameters(c: Context<AppEnv>): Promise<URLSearchParams> {
  if (c.req.method === 'GET') return new URL(c.req.url).searchParams;
  const length = Number(c.req.header('content-length') ?? 0);
  if (!FORM.test(c.req.header('content-type') ?? '') || length > MAX_FORM_BYTES) {
    throw new DrawbridgeError('invalid_request', { detail: 'the POST carries no form, or a huge one' });
  }
  const body = await c.req.text();
  if (body.length > MAX_FORM_BYTES) throw new DrawbridgeError('invalid_request', { detail: 'huge form' });
  return new URLSearchParams(body);
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
  throw Object.assign(error, { retry: retryHref(provider, undefined), provider: provider.id });
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
  if (c.req.method !== expected) {
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
  const server = await authorizationServer(requests);
  const parameters = authorizationResponse(provider, server, received, transaction);
  const result = await exchangeCode(requests, server, parameters, transaction);
  const user = result.idToken?.claims ?? (await profile(requests, server, result.response.access_token));
  const steps = inspect
    ? [...(transaction.steps ?? []), callbackStep(c, received, started), ...requests.steps]
    : undefined;
  const session = await newSession(c, provider, server, transaction, result, user, steps);
  await c.get('sessions').start(session);
  log('login_finished', {
    flow: transaction.flow,
    provider: provider.id,
    provider_requests: requests.count,
    duration_ms: Date.now() - started,
  });
  if (inspect && wantsJson(c)) return c.json(result.response);
  return c.redirect(transaction.return_to ?? '/session', 303);
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
  user: (Readonly<Record<string, unknown>> & { readonly sub: string }) | undefined,
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
    keepMembers: inspect,
    keepIdToken: inspect || server.end_session_endpoint !== undefined,
  });
  const fresh: Session = {
    id: newSessionId(),
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

/** The error with what the user needs to go on, and what the operator needs to find it. */
function inContext(c: Context<AppEnv>, error: unknown, transaction: Transaction): unknown {
  const known = error instanceof DrawbridgeError ? error : new DrawbridgeError('internal', { cause: error });
  const provider = c.get('config').providers.get(transaction.provider);
  return Object.assign(known, {
    flow: transaction.flow,
    provider: transaction.provider,
    ...(provider && { retry: retryHref(provider, transaction.return_to) }),
  });
}
