import type { Context } from 'hono';
import { base64url } from 'jose';
import { notRefreshable } from '../../grants/decide-refresh.ts';
import { isLive } from '../../grants/freshness.ts';
import type { Grant } from '../../grants/grant.ts';
import { ICONS } from '../../providers/icons.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Session } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';
import { loginHref } from '../login-href.ts';
import type { GrantView } from './grant-card.tsx';
import { nameOf, providerButton } from './home.tsx';
import type { Account, SessionPageProps } from './session-page.tsx';

/** INSPECT: a grant with its tokens. `refreshed` says what the refresh did that has just been asked for. */
export function grantView(
  grant: Grant,
  provider: Provider | undefined,
  refreshed: string | undefined,
): GrantView {
  const icon = iconOf(grant.provider, provider);
  return {
    provider: grant.provider,
    displayName: provider?.display_name ?? grant.provider,
    scope: grant.scope.split(' ').filter(Boolean),
    tokenType: grant.token_type,
    refreshable: grant.refresh_token !== undefined,
    tokens: tokensOf(grant),
    tokenResponse: JSON.stringify(responseOf(grant), null, 2),
    ...(icon && { icon }),
    ...(grant.expires_at !== undefined && { expiresAt: grant.expires_at }),
    ...(refreshed !== undefined && { refreshed }),
    // An encrypted one has five parts and can't be decoded here.
    ...(grant.id_token?.split('.').length === 3 && { idToken: idTokenView(grant.id_token, provider) }),
    ...(provider &&
      grant.refresh_token === undefined && { refreshHint: notRefreshable(grant, provider).hint }),
  };
}

/** The mark of a provider, as the path of an SVG on a square of 24. */
function iconOf(id: string, provider: Provider | undefined): string | undefined {
  return ICONS[provider?.preset ?? id];
}

/** What the pages of a signed-in user have in common. */
export function sessionProps(c: Context<AppEnv>, current: Session): SessionPageProps {
  const { providers } = c.get('settings');
  const founder = providers.get(current.provider);
  const icon = iconOf(current.provider, founder);
  const now = Date.now() / 1000;
  return {
    name: nameOf(current),
    ...(typeof current.claims.email === 'string' && { email: current.claims.email }),
    provider: { displayName: founder?.display_name ?? current.provider, ...(icon && { icon }) },
    accounts: current.grants.map((grant) => accountView(c, grant, now)),
    connect: [...providers.values()]
      .filter(({ id }) => !current.grants.some((grant) => grant.provider === id))
      .map((provider) => providerButton(c, provider, { connect: true })),
    everywhere: c.get('sessions').reach !== undefined && current.sub !== undefined,
    programs: c.get('settings').connections?.for === 'users' && current.sub !== undefined,
  };
}

/** What a user sees of a grant: an account, and whether it needs a new sign-in. `now` in seconds. */
function accountView(c: Context<AppEnv>, grant: Grant, now: number): Account {
  const provider = c.get('settings').providers.get(grant.provider);
  const icon = iconOf(grant.provider, provider);
  const isOver = !isLive(grant, now) && grant.refresh_token === undefined;
  return {
    provider: grant.provider,
    displayName: provider?.display_name ?? grant.provider,
    connectedAt: grant.issued_at,
    ...(icon && { icon }),
    ...(isOver && { signInAgain: loginHref(c, grant.provider, { connect: true }) }),
  };
}

function tokensOf(grant: Grant) {
  return (['access_token', 'refresh_token', 'id_token'] as const).flatMap((name) =>
    grant[name] === undefined ? [] : [{ name, value: grant[name] }],
  );
}

function responseOf(grant: Grant): Record<string, unknown> {
  return {
    access_token: grant.access_token,
    token_type: grant.token_type,
    ...(grant.expires_at !== undefined && {
      expires_in: grant.expires_at - (grant.refreshed_at ?? grant.issued_at),
    }),
    ...(grant.refresh_token !== undefined && { refresh_token: grant.refresh_token }),
    ...(grant.scope && { scope: grant.scope }),
    ...(grant.id_token !== undefined && { id_token: grant.id_token }),
    ...grant.members,
  };
}

function idTokenView(idToken: string, provider: Provider | undefined) {
  const [header, claims] = idToken.split('.', 2).map(decodePart);
  return {
    header: JSON.stringify(header, null, 2),
    claims: JSON.stringify(claims, null, 2),
    checks: checksOf(header ?? {}, claims ?? {}, provider),
  };
}

function decodePart(part: string): Record<string, unknown> {
  const bytes = base64url.decode(part);
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
}

/** What was checked before this token was accepted (OpenID Connect Core §3.1.3.7); a token that fails one never gets here. */
function checksOf(
  header: Record<string, unknown>,
  claims: Record<string, unknown>,
  provider: Provider | undefined,
) {
  const at = (value: unknown) => (typeof value === 'number' ? { at: value } : {});
  const isOnlyOurs = [claims.aud].flat().length === 1;
  return [
    {
      name: 'Signature',
      detail: `${header.alg}, verified with the key ${header.kid ?? '(no kid)'} from jwks_uri`,
    },
    { name: 'iss', detail: `${claims.iss}, the issuer of ${provider?.display_name ?? 'this provider'}` },
    {
      name: 'aud',
      detail: isOnlyOurs ? 'names only this client' : 'names this client and trusted audiences',
    },
    { name: 'exp', detail: 'not expired on arrival; expiry:', ...at(claims.exp) },
    { name: 'iat', detail: 'issued', ...at(claims.iat) },
    ...(claims.nonce === undefined ? [] : [{ name: 'nonce', detail: 'the one sent with this sign-in' }]),
    ...(claims.auth_time === undefined
      ? []
      : [{ name: 'auth_time', detail: 'signed in', ...at(claims.auth_time) }]),
  ];
}
