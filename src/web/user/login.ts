import type { Context } from 'hono';
import type { ConnectionWish } from '../../connections/wish.ts';
import { DrawbridgeError } from '../../errors.ts';
import { logOwn } from '../../log.ts';
import { storeAttempt } from '../../login/attempt.ts';
import { keepSteps } from '../../login/kept-steps.ts';
import { withinPolicy } from '../../login/policy.ts';
import { startLogin } from '../../login/start.ts';
import type { FreshValues, LoginWishes } from '../../oauth/authorization-request.ts';
import { mayMeanIssuer } from '../../oauth/issuer.ts';
import { ProviderRequests } from '../../oauth/provider-requests.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Settings } from '../../settings/settings.ts';
import type { AppEnv } from '../app-env.ts';
import { redirectTo } from '../data-answer.ts';
import { failedLogin } from '../errors/failed-login.ts';
import { newFlow } from '../errors/respond.tsx';
import { isYes } from '../flag.ts';
import { readParameters } from '../form.ts';
import { type LoginLink, loginHref } from '../login-href.ts';
import {
  isFromAnotherSite,
  refuseEmbedding,
  requireOwnPage,
  requireRealVisit,
} from '../middleware/own-page.ts';
import { redirectUri } from '../redirect-uri.ts';
import { returnTarget } from '../return-target.ts';
import { askBeforeReplacing } from './ask-before-replacing.tsx';
import { takePrepared } from './prepared.ts';
import { type LoginQuery, MAX_WISH_LENGTH, queryOf, readWishes } from './wishes.ts';

/** `GET /login/:provider?`: starts a login. */
export async function login(c: Context<AppEnv>): Promise<Response> {
  requireRealVisit(c);
  refuseEmbedding(c);
  const query = queryOf(c);
  const id = c.req.param('provider');
  if (id === undefined && query.iss !== undefined) return initiatedLogin(c);
  const settings = c.get('settings');
  return begin(c, namedProvider(settings, id), query, query.return_to, () => readWishes(query, settings));
}

/**
 * `GET` or `POST /login` with `iss`: a login that the provider, or a portal of it, starts (OpenID Connect Core §4).
 * It is an ordinary login otherwise, with its own state, and leads to a page of this origin.
 */
export async function initiatedLogin(c: Context<AppEnv>): Promise<Response> {
  requireRealVisit(c);
  refuseEmbedding(c);
  const parameters = await readParameters(c);
  const iss = parameters.get('iss');
  const provider = [...c.get('settings').providers.values()].find(
    (each) => iss !== null && mayMeanIssuer(each, iss),
  );
  if (!provider) throw new DrawbridgeError('unknown_provider', { detail: 'no provider here has this iss' });
  const login_hint = parameters.get('login_hint')?.slice(0, MAX_WISH_LENGTH);
  const target = parameters.get('target_link_uri') ?? undefined;
  if (c.req.method === 'POST' && isFromAnotherSite(c)) {
    // A form posted by another site comes without the session cookie (SameSite=Lax), so it can't be seen what would end.
    const link = { wishes: { login_hint }, returnTo: returnTarget(c, target) };
    return c.redirect(loginHref(c, provider.id, link), 303);
  }
  return begin(c, provider, queryOf(c), target, () => ({ login_hint }));
}

async function begin(
  c: Context<AppEnv>,
  provider: Provider,
  query: LoginQuery,
  wanted: string | undefined,
  read: () => LoginWishes,
): Promise<Response> {
  const returnTo = returnTarget(c, wanted);
  const flow = newFlow();
  try {
    const wishes = read();
    const connect = isYes(query.connect) ? await connectTo(c, provider, { returnTo, wishes }) : undefined;
    // Without a cookie there is no session.
    const asks = connect === undefined && !c.get('jar').isEmpty && isFromAnotherSite(c);
    const asking = asks ? await askBeforeReplacing(c, provider, wishes, returnTo) : undefined;
    if (asking) return asking;
    const prepared = query.prepared === undefined ? undefined : await takePrepared(c, query.prepared);
    const url = await beginLogin(c, provider, wishes, { returnTo, flow, connect, prepared });
    return redirectTo(c, url, 302);
  } catch (error) {
    if (!(error instanceof DrawbridgeError)) throw error;
    throw failedLogin(c, error, {
      flow,
      provider: provider.id,
      retry: error.context.retry ?? loginHref(c, provider.id, { returnTo, connect: isYes(query.connect) }),
    });
  }
}

interface LoginStart {
  readonly returnTo: string | undefined;
  readonly flow: string;
  /** The id of the session that the grant is added to. */
  readonly connect?: string | undefined;
  /** It becomes a connection; no session begins. */
  readonly connection?: ConnectionWish;
  readonly prepared?: FreshValues | undefined;
}

/** Starts a login attempt, which the browser keeps, and returns the URL at the provider that it goes to. */
export async function beginLogin(
  c: Context<AppEnv>,
  provider: Provider,
  wishes: LoginWishes,
  { returnTo, flow, connect, connection, prepared }: LoginStart,
): Promise<string> {
  const { sealer, inspect, upstreams } = c.get('settings');
  const asked = withinPolicy(provider, wishes, { upstreams, inspect, lasting: connection !== undefined });
  const isPosted = provider.response_mode?.startsWith('form_post') ?? false;
  // A form posted by another site comes without the session cookie, so what it replaces has to be known before.
  const replaces = isPosted && connect === undefined && connection === undefined;
  const replacing = replaces ? (await c.get('sessions').read())?.id : undefined;
  const requests = new ProviderRequests(provider, { record: inspect });
  c.set('requests', requests);
  const { url, attempt, steps } = await startLogin(requests, {
    asked,
    redirectUri: redirectUri(c, provider),
    returnTo,
    connect,
    connection,
    replacing,
    prepared,
    flow,
  });
  await storeAttempt(c.get('jar'), sealer, attempt, { sameSiteNone: isPosted });
  if (inspect) keepSteps(attempt.state, steps);
  logOwn('login_started', {
    flow,
    provider: provider.id,
    provider_requests: requests.count,
    duration_ms: Date.now() - c.get('startedAt'),
  });
  return url;
}

/** The provider that the path names, or the default one. Throws `unknown_provider`. */
function namedProvider({ providers, defaultProvider }: Settings, id: string | undefined): Provider {
  const provider = id === undefined ? defaultProvider : providers.get(id);
  if (!provider) throw new DrawbridgeError('unknown_provider');
  return provider;
}

/**
 * The id of the session that `connect=1` adds to. Only a page of ours may ask for it; a visit from elsewhere gets a page
 * with a link that may. Throws `forbidden`.
 */
async function connectTo(
  c: Context<AppEnv>,
  provider: Provider,
  link: LoginLink,
): Promise<string | undefined> {
  try {
    requireOwnPage(c);
  } catch (error) {
    if (!(error instanceof DrawbridgeError)) throw error;
    throw new DrawbridgeError('forbidden', {
      title: 'Add an account?',
      description: `You came here from another site. Adding your ${provider.display_name} account has to start on this one.`,
      hint: 'Continue if you want to add it.',
      cause: error,
      ...(error.detail !== undefined && { detail: error.detail }),
    }).with({ retry: loginHref(c, provider.id, { ...link, connect: true }) });
  }
  return (await c.get('sessions').read())?.id;
}
