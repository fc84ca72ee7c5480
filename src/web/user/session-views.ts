import { base64url } from 'jose';
import type { Grant } from '../../grants/grant.ts';
import { refreshTokenHint } from '../../oauth/provider-hints.ts';
import type { Step } from '../../oauth/steps.ts';
import { ICONS } from '../../providers/icons.ts';
import type { Provider } from '../../providers/provider.ts';
import type { StepView } from '../components/steps.tsx';
import { curlOf } from './curl.ts';
import type { GrantView } from './grant-card.tsx';

/** A grant as the session page shows it; its tokens only in INSPECT. */
export function grantView(grant: Grant, provider: Provider | undefined, inspect: boolean): GrantView {
  const icon = ICONS[provider?.preset ?? grant.provider];
  return {
    provider: grant.provider,
    displayName: provider?.display_name ?? grant.provider,
    scope: grant.scope.split(' ').filter(Boolean),
    tokenType: grant.token_type,
    refreshable: grant.refresh_token !== undefined,
    ...(icon && { icon }),
    ...(grant.expires_at !== undefined && { expiresAt: grant.expires_at }),
    ...(inspect && { inspect: inspected(grant, provider) }),
    ...(inspect &&
      provider &&
      grant.refresh_token === undefined && { refreshHint: refreshTokenHint(provider) }),
  };
}

function inspected(grant: Grant, provider: Provider | undefined): NonNullable<GrantView['inspect']> {
  const tokens = (['access_token', 'refresh_token', 'id_token'] as const).flatMap((name) =>
    grant[name] === undefined ? [] : [{ name, value: grant[name] }],
  );
  const response = {
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
  return {
    tokens,
    tokenResponse: JSON.stringify(response, null, 2),
    // An encrypted one has five parts, and is not ours to show in the clear.
    ...(grant.id_token?.split('.').length === 3 && { idToken: idTokenView(grant.id_token, provider) }),
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

/** What was checked before this token was kept (OpenID Connect Core §3.1.3.7); a token that fails one never gets here. */
function checksOf(
  header: Record<string, unknown>,
  claims: Record<string, unknown>,
  provider: Provider | undefined,
) {
  const time = (value: unknown) => (typeof value === 'number' ? new Date(value * 1000).toISOString() : '');
  return [
    {
      name: 'Signature',
      detail: `${header.alg}, by the key ${header.kid ?? 'of the provider'} from its jwks_uri`,
    },
    { name: 'iss', detail: `${claims.iss} is the issuer of ${provider?.display_name ?? 'this provider'}` },
    { name: 'aud', detail: 'this client, and nobody else' },
    { name: 'exp', detail: `not over when it came: ${time(claims.exp)}` },
    { name: 'iat', detail: `issued ${time(claims.iat)}` },
    ...(claims.nonce === undefined ? [] : [{ name: 'nonce', detail: 'the one sent with this login' }]),
    ...(claims.auth_time === undefined
      ? []
      : [{ name: 'auth_time', detail: `signed in ${time(claims.auth_time)}` }]),
  ];
}

/** The steps of a login as the page shows them. */
export function stepViews(steps: readonly Step[]): StepView[] {
  return steps.map((step) => ({
    title: step.title,
    at: new Date(step.at).toISOString(),
    ...(step.duration_ms !== undefined && { durationMs: step.duration_ms }),
    ...(step.note !== undefined && { note: step.note }),
    ...(step.request && {
      request: { ...step.request, headers: headerList(step.request.headers) },
      curl: curlOf(step.request),
    }),
    ...(step.response && { response: { ...step.response, headers: headerList(step.response.headers) } }),
  }));
}

function headerList(headers: Readonly<Record<string, string>>) {
  return Object.entries(headers).map(([name, value]) => ({ name, value }));
}
