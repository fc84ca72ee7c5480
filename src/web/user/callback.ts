import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { sha256Hex } from '../../crypto/hash.ts';
import { DrawbridgeError } from '../../errors.ts';
import {
  attemptCookie,
  clearAttempt,
  type LoginAttempt,
  storeAttempt,
  takeAttempt,
  wasTaken,
} from '../../login/attempt.ts';
import { keptSteps } from '../../login/kept-steps.ts';
import { Repeats } from '../../login/repeats.ts';
import { accountChoice } from '../../oauth/account-choice.ts';
import { callbackParameters, stateOf } from '../../oauth/authorization-response.ts';
import { blankSecrets, blankUrl, type Step } from '../../oauth/steps.ts';
import type { Provider } from '../../providers/provider.ts';
import { withoutFragment } from '../../providers/quirks/authorization.ts';
import type { AppEnv } from '../app-env.ts';
import { deskOf } from '../connections/consent.ts';
import { failedLogin } from '../errors/failed-login.ts';
import { newFlow } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';
import { href } from '../href.tsx';
import { type LoginLink, loginHref } from '../login-href.ts';
import { setCookies } from '../middleware/headers.ts';
import { requireRealVisit } from '../middleware/own-page.ts';
import { callbackOwner } from '../redirect-uri.ts';
import { finish } from './finish-login.ts';

/** Leads every redirect URI to the callback: a `redirect_uri` setting may name any path. */
export const redirectUris = createMiddleware<AppEnv>((c, next) => (callbackOwner(c) ? callback(c) : next()));

/** An answer as it can be given again. */
interface Answer {
  /** Its body has been read. */
  readonly response: Response;
  readonly body: string | undefined;
}

const answers = new Repeats<Answer>();
/** A longer text of a request, by which a repeated one is known, is stored as its hash. */
const LONGEST_NAME = 4096;

/** What the browser came back with. */
interface Return {
  readonly method: string;
  readonly parameters: URLSearchParams;
  /** The provider whose redirect URI it is. */
  readonly provider: Provider | undefined;
  readonly state: string | undefined;
}

/** The same with a login of this browser, whose cookie is still sealed. */
interface ReturnOfLogin extends Return {
  readonly state: string;
  readonly cookie: string;
}

/** `GET` or `POST /callback/:provider?`, or on any other redirect URI: finishes a login. */
export async function callback(c: Context<AppEnv>): Promise<Response> {
  const { method } = c.req;
  if (method !== 'GET' && method !== 'POST') {
    throw new DrawbridgeError('method_not_allowed', { allow: ['GET', 'POST'] });
  }
  requireRealVisit(c);
  const parameters = await readParameters(c);
  const provider = callbackOwner(c);
  const state = await stateOf(parameters, provider);
  const jar = c.get('jar');
  if (c.get('settings').inspect) c.set('steps', [...keptSteps(state), callbackStep(c, parameters)]);
  const cookie = attemptCookie(jar, state);
  if (state === undefined || cookie === undefined) {
    return unknownLogin(c, { method, parameters, provider, state });
  }
  const back = { method, parameters, provider, state, cookie };
  const text = `${method} ${cookie} ${method === 'GET' ? c.req.url : parameters}`;
  const name = text.length <= LONGEST_NAME ? text : await sha256Hex(text);
  try {
    let isOwn = false;
    const { response, body } = await answers.share(name, async () => {
      isOwn = true;
      const made = await answer(c, back);
      setCookies(c, made.headers);
      return { response: made, body: made.body === null ? undefined : await made.text() };
    });
    // A redirect has no body that was read, so the first to ask gets it as it is.
    if (isOwn && body === undefined) return response;
    return new Response(body || null, { status: response.status, headers: response.headers });
  } catch (error) {
    if (wasTaken(state) && attemptCookie(jar, state)) clearAttempt(jar, state);
    throw error;
  }
}

async function answer(c: Context<AppEnv>, back: ReturnOfLogin): Promise<Response> {
  const attempt = await takeAttempt(c.get('jar'), c.get('settings').sealer, back.state, back.cookie);
  if (!attempt) return unknownLogin(c, back);
  try {
    const provider = checkAttempt(attempt, back);
    if (back.method === 'POST' && (await isWithoutSession(c, attempt)))
      return await comeBack(c, attempt, back.parameters);
    const received = attempt.posted === undefined ? back.parameters : new URLSearchParams(attempt.posted);
    return await finish(c, { provider, attempt, parameters: callbackParameters(received) });
  } catch (error) {
    throw inContext(c, error, attempt);
  }
}

function callbackStep(c: Context<AppEnv>, received: URLSearchParams): Step {
  const form = c.req.method === 'POST';
  const url = form ? c.req.url : blankUrl(c.req.url);
  const body = form ? { body: blankSecrets(received.toString()) } : {};
  const request = { method: c.req.method, url, headers: {}, ...body };
  return { title: 'Callback', at: c.get('startedAt'), request, note: 'Received from the browser.' };
}

/**
 * A form posted by another site comes without the session cookie, which is SameSite=Lax; a login that adds to the
 * session needs it.
 */
async function isWithoutSession(c: Context<AppEnv>, { connect, connection }: LoginAttempt): Promise<boolean> {
  const needsSession = connect !== undefined || connection?.session !== undefined;
  return needsSession && !(await c.get('sessions').read());
}

/** Keeps what was posted with the login, and lets the browser come again by GET, which brings every cookie. */
async function comeBack(c: Context<AppEnv>, attempt: LoginAttempt, posted: URLSearchParams) {
  const kept = { ...attempt, posted: posted.toString() };
  await storeAttempt(c.get('jar'), c.get('settings').sealer, kept, { sameSiteNone: false });
  return c.redirect(`${new URL(c.req.url).pathname}?${new URLSearchParams({ state: attempt.state })}`, 303);
}

/** A bookmark, or a provider that answers after `#`, which no browser sends on. */
const NO_ANSWER = {
  description: 'This address was opened without an answer from the provider.',
  hint: 'Start again from the login page. If the provider keeps sending you here, set `response_mode = "query"` for it.',
};

/** No open login of this browser has that state: a reload of a finished one, or something that is not ours. */
async function unknownLogin(c: Context<AppEnv>, { provider, state, parameters }: Return): Promise<Response> {
  if (!provider) throw new DrawbridgeError('unknown_provider');
  const session = state === undefined ? undefined : await c.get('sessions').read();
  const made = session?.grants.find((grant) => grant.state === state);
  if (made) return c.redirect(withoutFragment(provider, made.return_to ?? href(c, '/session')), 303);
  const detail = state === undefined ? 'no state' : 'no such login';
  const advice = parameters.size === 0 ? NO_ANSWER : {};
  throw new DrawbridgeError('state_mismatch', { ...advice, detail }).with({
    flow: newFlow(),
    login: true,
    retry: loginHref(c, provider.id),
    provider: provider.id,
  });
}

/** The login must be in time and come back where it was told to, by the way it was told to. */
function checkAttempt(attempt: LoginAttempt, { method, provider, parameters }: Return): Provider {
  // protects: provider path check
  if (!provider || provider.id !== attempt.provider) {
    throw new DrawbridgeError('state_mismatch', {
      detail: `login of ${attempt.provider} on another’s path`,
    });
  }
  // protects: login expiry
  if (attempt.expires_at * 1000 <= Date.now()) throw new DrawbridgeError('login_expired');
  const expected = provider.response_mode?.startsWith('form_post') ? 'POST' : 'GET';
  // Some providers report an error by redirect, although a form was asked for. It can't be mistaken for a code.
  const isError = () => parameters.has('error') && !parameters.has('code') && !parameters.has('response');
  // protects: form_post method check
  if (method !== expected && attempt.posted === undefined && !isError()) {
    throw new DrawbridgeError('invalid_request', { detail: `the answer came by ${method}` });
  }
  return provider;
}

/** The same login once more; with the account that was refused it would end the same way. */
function linkAfter({ code }: DrawbridgeError, attempt: LoginAttempt, provider: Provider): LoginLink {
  return {
    returnTo: attempt.return_to,
    connect: attempt.connect !== undefined && code !== 'account_mismatch',
    ...(code === 'not_allowed' && { wishes: accountChoice(provider) }),
  };
}

function inContext(c: Context<AppEnv>, error: unknown, attempt: LoginAttempt): unknown {
  const known = error instanceof DrawbridgeError ? error : new DrawbridgeError('internal', { cause: error });
  const provider = c.get('settings').providers.get(attempt.provider);
  const retry = attempt.connection
    ? href(c, deskOf(attempt.connection).href)
    : provider && loginHref(c, provider.id, linkAfter(known, attempt, provider));
  return failedLogin(c, known, { flow: attempt.flow, provider: attempt.provider, retry });
}
