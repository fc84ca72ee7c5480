import type { Context } from 'hono';
import type { ConnectionWish } from '../../connections/wish.ts';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import { ATTEMPT_SECONDS, type LoginAttempt, storeAttempt, wasTaken } from '../../login/attempt.ts';
import {
  authorizationParameters,
  type FreshValues,
  freshValues,
  type LoginWishes,
  OWN_PARAMETERS,
} from '../../oauth/authorization-request.ts';
import { mayMeanIssuer } from '../../oauth/issuer.ts';
import { authorizationServer } from '../../oauth/metadata.ts';
import { ProviderRequests } from '../../oauth/provider-requests.ts';
import { deliverRequest } from '../../oauth/request-delivery.ts';
import { blankUrl } from '../../oauth/steps.ts';
import type { Provider } from '../../providers/provider.ts';
import { takesNonce } from '../../providers/quirks/authorization.ts';
import type { AppEnv } from '../app-env.ts';
import { failedLogin } from '../errors/failed-login.ts';
import { newFlow } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';
import { loginHref } from '../login-href.ts';
import { refuseEmbedding, requireOwnPage, requireRealVisit } from '../middleware/own-page.ts';
import { redirectUri } from '../redirect-uri.ts';
import { returnTarget } from '../return-target.ts';
import { EDITABLE_NAMES } from './request-parameters.ts';

/** Query parameters of `/login` that are no authorization parameters. */
const OWN_QUERY = new Set(['return_to', 'connect', 'prepared']);
const STANDARD_WISHES = ['scope', 'prompt', 'login_hint', 'max_age', 'acr_values', 'ui_locales'];
const MAX_WISH_LENGTH = 4096;

/** `GET /login/:provider?`: starts a login. */
export async function login(c: Context<AppEnv>): Promise<Response> {
  requireRealVisit(c);
  refuseEmbedding(c);
  if (c.req.param('provider') === undefined && c.req.query('iss') !== undefined) return initiatedLogin(c);
  return begin(c, namedProvider(c), c.req.query('return_to'), () => readWishes(c));
}

/**
 * `GET` or `POST /login` with `iss`: a login that the provider, or a portal of it, starts (OpenID Connect Core §4).
 * It is a plain login all the same: with a state of its own, to an own page.
 */
export async function initiatedLogin(c: Context<AppEnv>): Promise<Response> {
  requireRealVisit(c);
  refuseEmbedding(c);
  const parameters = await readParameters(c);
  const iss = parameters.get('iss');
  const provider = [...c.get('settings').providers.values()].find(
    (each) => iss !== null && mayMeanIssuer(each, iss),
  );
  if (!provider) throw new DrawbridgeError('unknown_provider', { detail: 'iss is of no provider here' });
  const login_hint = parameters.get('login_hint')?.slice(0, MAX_WISH_LENGTH);
  return begin(c, provider, parameters.get('target_link_uri') ?? undefined, () => ({ login_hint }));
}

async function begin(
  c: Context<AppEnv>,
  provider: Provider,
  wanted: string | undefined,
  wishes: () => LoginWishes,
): Promise<Response> {
  const returnTo = returnTarget(c, wanted);
  const flow = newFlow();
  try {
    return c.redirect(await startLogin(c, provider, wishes(), { returnTo, flow }), 302);
  } catch (error) {
    if (!(error instanceof DrawbridgeError)) throw error;
    throw failedLogin(c, error, {
      flow,
      provider: provider.id,
      retry: loginHref(c, provider.id, { returnTo }),
    });
  }
}

interface LoginStart {
  readonly returnTo: string | undefined;
  readonly flow: string;
  /** It is to become a connection; no session begins. */
  readonly connection?: ConnectionWish;
}

/** Starts a login attempt, which the browser keeps, and returns the URL at the provider that it goes to. */
export async function startLogin(
  c: Context<AppEnv>,
  provider: Provider,
  wishes: LoginWishes,
  { returnTo, flow, connection }: LoginStart,
): Promise<string> {
  const { sealer, inspect } = c.get('settings');
  const connect = connection ? undefined : await connectTo(c);
  const prepared = connection ? undefined : await takePrepared(c);
  const values = prepared ?? (await freshValues(provider));
  const requests = new ProviderRequests(provider, { record: inspect });
  c.set('requests', requests);
  const server = await authorizationServer(requests);
  const redirect_uri = redirectUri(c, provider);
  // The form lays every parameter out, so what it sends is all there is.
  const source = prepared ? { ...provider, authorization_params: {} } : provider;
  const parameters = await authorizationParameters(source, redirect_uri, values, wishes);
  const url = await deliverRequest(requests, server, parameters);
  const now = Date.now();
  const attempt: LoginAttempt = {
    ...asked(provider, values, wishes),
    provider: provider.id,
    issuer: server.issuer,
    redirect_uri,
    return_to: returnTo,
    connect,
    ...(connection && { connection }),
    flow,
    expires_at: now / 1000 + ATTEMPT_SECONDS,
    steps: inspect ? [...requests.steps, requestStep(url, now)] : undefined,
  };
  await storeAttempt(c.get('jar'), sealer, attempt, {
    sameSiteNone: provider.response_mode?.startsWith('form_post') ?? false,
  });
  log('login_started', {
    flow,
    provider: provider.id,
    provider_requests: requests.count,
    duration_ms: Date.now() - c.get('startedAt'),
  });
  return url;
}

/** What the answer will be held against. */
function asked(provider: Provider, values: FreshValues, wishes: LoginWishes) {
  const scope = wishes.scope ?? provider.scope;
  return {
    state: values.state,
    nonce: takesNonce(provider, scope) ? values.nonce : undefined,
    code_verifier: provider.pkce ? values.code_verifier : undefined,
    dpop_key: values.dpop_key,
    scope,
    max_age: wishes.max_age ?? provider.max_age,
    acr_values: wishes.acr_values ?? provider.authorization_params?.acr_values,
  };
}

function requestStep(url: string, at: number) {
  const request = { method: 'GET', url: blankUrl(url), headers: {} };
  return { title: 'Authorization request', at, request, note: 'Sent by the browser: a redirect.' };
}

/** The provider that the path names, or the default one. Throws `unknown_provider`. */
function namedProvider(c: Context<AppEnv>): Provider {
  const { providers, defaultProvider } = c.get('settings');
  const id = c.req.param('provider');
  const provider = id === undefined ? defaultProvider : providers.get(id);
  if (!provider) throw new DrawbridgeError('unknown_provider');
  return provider;
}

function readWishes(c: Context<AppEnv>): LoginWishes {
  const query = c.req.query();
  for (const value of Object.values(query)) {
    if (value.length > MAX_WISH_LENGTH)
      throw new DrawbridgeError('invalid_request', { detail: 'parameter too long' });
  }
  const fromForm = query.prepared !== undefined;
  const wish = (name: string) => query[name] || (fromForm && query[name] === '' ? '' : undefined);
  if (query.max_age && !/^\d{1,9}$/.test(query.max_age)) {
    throw new DrawbridgeError('invalid_request', {
      description: '`max_age` is not a number of seconds.',
      detail: 'max_age',
    });
  }
  return {
    scope: wish('scope')?.trim().replace(/\s+/g, ' '),
    prompt: wish('prompt'),
    login_hint: wish('login_hint'),
    max_age: query.max_age ? Number(query.max_age) : undefined,
    acr_values: wish('acr_values'),
    ui_locales: wish('ui_locales'),
    ...(c.get('settings').inspect && { extra: extraParameters(query) }),
  };
}

/** INSPECT: any further authorization parameter, in the query or as `name=value` lines of the form. */
function extraParameters(query: Readonly<Record<string, string>>): Record<string, string> {
  const { authorization_params: lines = '', ...others } = query;
  const fromQuery = Object.entries(others).filter(
    ([name]) => !OWN_QUERY.has(name) && !STANDARD_WISHES.includes(name),
  );
  const fromLines = lines.split(/\r?\n/).flatMap((line) => {
    const [name = '', value = ''] = line.split(/=(.*)/s, 2).map((part) => part.trim());
    return name === '' || EDITABLE_NAMES.includes(name) ? [] : [[name, value] as const];
  });
  return Object.fromEntries([...fromQuery, ...fromLines].filter(([name]) => !OWN_PARAMETERS.has(name)));
}

/** The id of the session that `connect=1` adds to. Only an own page may ask for it. Throws `forbidden`. */
async function connectTo(c: Context<AppEnv>): Promise<string | undefined> {
  if (c.req.query('connect') !== '1') return undefined;
  requireOwnPage(c);
  return (await c.get('sessions').read())?.id;
}

/**
 * The values that the request shown on the login page holds, so that what is sent is what was shown. Only the
 * page itself may bring them: a link from elsewhere would name a state that its author knows (login CSRF).
 */
async function takePrepared(c: Context<AppEnv>): Promise<FreshValues | undefined> {
  const sealed = c.req.query('prepared');
  const { inspect, sealer } = c.get('settings');
  if (!inspect || sealed === undefined) return undefined;
  requireOwnPage(c);
  const prepared = (await sealer.open('prepared', sealed)) as
    | (FreshValues & { expires_at: number })
    | undefined;
  if (!prepared || prepared.expires_at <= Date.now() / 1000) return undefined;
  // A form sent again after its login has come back: every login has a state of its own (RFC 9700 §4.7.1).
  return wasTaken(prepared.state) ? undefined : prepared;
}
