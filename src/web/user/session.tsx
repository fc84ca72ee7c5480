import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import { knownServer } from '../../oauth/metadata.ts';
import type { Provider } from '../../providers/provider.ts';
import { publicSession } from '../../sessions/public-session.ts';
import type { Session } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';
import { formTarget } from '../middleware/headers.ts';
import { requireOwnPage } from '../middleware/own-page.ts';
import { nameOf, providerButton } from './home.tsx';
import { SessionPage } from './session-page.tsx';
import { grantView, stepViews } from './session-views.ts';

/** `GET /session`: who is signed in, with which grants; in INSPECT the tokens and the steps as well. */
export async function session(c: Context<AppEnv>): Promise<Response> {
  const current = await c.get('sessions').read();
  if (!current) throw notSignedIn();
  return wantsJson(c) ? c.json(publicSession(current)) : page(c, current);
}

/** `POST /session/refresh?provider=`: refreshes a grant now. */
export async function refreshSession(c: Context<AppEnv>): Promise<Response> {
  requireOwnPage(c);
  const { session: current, provider } = await sessionGrant(c);
  const renewed = await refreshed(c, current, provider);
  return wantsJson(c) ? c.json(publicSession(renewed)) : c.redirect('/session', 303);
}

/** `GET /token?provider=`: in INSPECT, a fresh access token. */
export async function token(c: Context<AppEnv>): Promise<Response> {
  if (!c.get('settings').inspect) throw new DrawbridgeError('not_found');
  if (c.req.header('sec-fetch-site') !== undefined || c.req.header('origin') !== undefined) requireOwnPage(c);
  const { session: current, provider } = await sessionGrant(c);
  const renewed = await c.get('sessions').refresh(current, provider, { force: false });
  const grant = renewed.grants.find((candidate) => candidate.provider === provider.id);
  if (!grant) throw new DrawbridgeError('login_required');
  const { access_token, token_type, expires_at, scope } = grant;
  const expires_in =
    expires_at === undefined ? undefined : Math.max(0, expires_at - Math.floor(Date.now() / 1000));
  return c.json({ access_token, token_type, expires_in, scope });
}

/** Renewed now. A refresh that fails leads to where it is mended: a new sign-in for this grant, or the session as it is. */
async function refreshed(c: Context<AppEnv>, current: Session, provider: Provider): Promise<Session> {
  try {
    return await c.get('sessions').refresh(current, provider, { force: true });
  } catch (error) {
    if (!(error instanceof DrawbridgeError)) throw error;
    const retry = error.code === 'login_required' ? newGrantHref(provider.id) : '/session';
    throw Object.assign(error, { retry, provider: provider.id });
  }
}

/** Where a sign-in starts that leaves the session's other grants as they are. */
function newGrantHref(provider: string): string {
  return `/login/${provider}?connect=1`;
}

export function notSignedIn(): DrawbridgeError {
  return Object.assign(new DrawbridgeError('not_signed_in'), { retry: '/' });
}

/** The session, and the provider that `?provider=` names (else the one it was started with). */
async function sessionGrant(c: Context<AppEnv>): Promise<{ session: Session; provider: Provider }> {
  const current = await c.get('sessions').read();
  if (!current) throw notSignedIn();
  const id = c.req.query('provider') ?? current.provider;
  const provider = c.get('settings').providers.get(id);
  if (!provider) throw new DrawbridgeError('unknown_provider');
  if (!current.grants.some((grant) => grant.provider === id)) {
    throw Object.assign(new DrawbridgeError('login_required'), { retry: newGrantHref(id), provider: id });
  }
  return { session: current, provider };
}

function page(c: Context<AppEnv>, current: Session) {
  const { providers, inspect } = c.get('settings');
  c.set('formTargets', endSessionTargets(current, providers));
  const connectable = [...providers.values()].filter(
    ({ id }) => !current.grants.some((grant) => grant.provider === id),
  );
  return c.html(
    <SessionPage
      displayName={nameOf(current)}
      provider={providers.get(current.provider)?.display_name ?? current.provider}
      sub={current.sub ?? ''}
      claims={Object.entries(current.claims).map(([name, value]) => ({ name, value: textOf(value) }))}
      createdAt={current.created_at}
      expiresAt={current.expires_at}
      grants={current.grants.map((grant) => grantView(grant, providers.get(grant.provider), inspect))}
      everywhere={c.get('sessions').reach !== undefined && current.sub !== undefined}
      connect={connectable.map((provider) => providerButton(provider, undefined, true))}
      {...(inspect && { inspect: { steps: stepViews(current.steps ?? []) } })}
    />,
  );
}

/** Signing out redirects the form's answer to the provider, which the page's CSP must allow. */
export function endSessionTargets(current: Session, providers: ReadonlyMap<string, Provider>): string[] {
  const provider = providers.get(current.provider);
  if (!provider) return [];
  const { end_session_endpoint } = knownServer(provider);
  const place = end_session_endpoint ?? provider.issuer;
  return place === undefined ? [] : [formTarget(place)];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
