import type { JWK } from 'jose';
import type { TokenEndpointResponse } from 'oauth4webapi';
import type { TokenResult } from '../oauth/token-request.ts';
import type { Provider } from '../providers/provider.ts';

/** What one provider granted. Times are seconds since the epoch. */
export interface Grant {
  readonly provider: string;
  /** The issuer that the provider had in the settings: a refresh token is sent to no other. */
  readonly issuer: string | undefined;
  readonly sub: string | undefined;
  /** The provider's own session (OpenID Connect Back-Channel Logout), from the ID token. */
  readonly sid: string | undefined;
  readonly access_token: string;
  readonly token_type: string;
  /** As granted, which may be less or more than was asked for; space-separated. */
  readonly scope: string;
  readonly issued_at: number;
  readonly expires_at: number | undefined;
  readonly refresh_token: string | undefined;
  readonly id_token: string | undefined;
  /** The private key that the tokens are bound to (RFC 9449). */
  readonly dpop_key: JWK | undefined;
  readonly refreshed_at: number | undefined;
  readonly refresh_count: number;
  /** Further members of the token response that are kept (`kept_fields`; all of them in INSPECT). */
  readonly members: Readonly<Record<string, unknown>>;
  /** The `state` of the login that brought it: a reload of that callback is known as finished. */
  readonly state: string;
  /** The flow id of that login, which its log lines carry; grants of an earlier version have none. */
  readonly flow?: string;
}

const TOKEN_MEMBERS = new Set([
  'access_token',
  'expires_in',
  'id_token',
  'refresh_token',
  'scope',
  'token_type',
]);

/** The grant that a token response brings. `now` in seconds. */
export function newGrant(
  provider: Provider,
  result: TokenResult,
  options: {
    now: number;
    scope: string;
    sub: string | undefined;
    state: string;
    flow: string;
    keepMembers: boolean;
    keepIdToken: boolean;
    dpop_key: JWK | undefined;
  },
): Grant {
  const { response } = result;
  return {
    provider: provider.id,
    issuer: provider.issuer,
    sub: options.sub,
    sid: typeof result.idToken?.claims.sid === 'string' ? result.idToken.claims.sid : undefined,
    access_token: response.access_token,
    token_type: response.token_type,
    // RFC 6749 §5.1: left out when it is what was asked for.
    scope: response.scope ?? options.scope,
    issued_at: options.now,
    expires_at: expiry(response, options.now),
    refresh_token: response.refresh_token,
    id_token: options.keepIdToken ? response.id_token : undefined,
    dpop_key: options.dpop_key,
    refreshed_at: undefined,
    refresh_count: 0,
    members: keptMembers(provider, response, options.keepMembers),
    state: options.state,
    flow: options.flow,
  };
}

/** The grant after a refresh: what the answer leaves out stays as it was (RFC 6749 §6). `now` in seconds. */
export function refreshedGrant(grant: Grant, response: TokenEndpointResponse, now: number): Grant {
  return {
    ...grant,
    access_token: response.access_token,
    token_type: response.token_type,
    scope: response.scope ?? grant.scope,
    expires_at: expiry(response, now),
    refresh_token: response.refresh_token ?? grant.refresh_token,
    id_token: grant.id_token === undefined ? undefined : (response.id_token ?? grant.id_token),
    refreshed_at: now,
    refresh_count: grant.refresh_count + 1,
  };
}

/** No access token is taken to live longer: past that, a number is a mistake, and no date. In seconds: ten years. */
const LONGEST_TOKEN_SECONDS = 315_360_000;

function expiry(response: TokenEndpointResponse, now: number): number | undefined {
  const { expires_in } = response;
  return expires_in === undefined ? undefined : now + Math.min(Math.floor(expires_in), LONGEST_TOKEN_SECONDS);
}

function keptMembers(
  provider: Provider,
  response: TokenEndpointResponse,
  all: boolean,
): Record<string, unknown> {
  const kept = provider.kept_fields ?? [];
  return Object.fromEntries(
    Object.entries(response).filter(([name]) => !TOKEN_MEMBERS.has(name) && (all || kept.includes(name))),
  );
}
