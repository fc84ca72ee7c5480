import type { JWK } from 'jose';
import type { TokenEndpointResponse } from 'oauth4webapi';
import { boundedClaims } from '../oauth/claims.ts';
import type { TokenResult } from '../oauth/token-request.ts';
import { homeOf, type Provider } from '../providers/provider.ts';
import { keptMembers } from '../providers/quirks/token-answer.ts';

/** What one provider granted. Times are seconds since the epoch. */
export interface Grant {
  readonly provider: string;
  /** The provider behind the id at that time (`homeOf`). Its tokens are never sent to another provider. */
  readonly issuer: string | undefined;
  /** With `sub`, identifies the user (see `issuerOfUser`). Grants of version 0.1 have none. */
  readonly iss?: string | undefined;
  readonly sub: string | undefined;
  /** The provider's own session (OpenID Connect Back-Channel Logout), from the ID token. */
  readonly sid: string | undefined;
  readonly access_token: string;
  readonly token_type: string;
  /** The granted scopes, which may be fewer or more than requested. Space-separated. */
  readonly scope: string;
  readonly issued_at: number;
  readonly expires_at: number | undefined;
  readonly refresh_token: string | undefined;
  /** There was a refresh token, but it was used up by a refresh whose response was not accepted. */
  readonly spent?: true;
  readonly id_token: string | undefined;
  /** The private key that the tokens are bound to (RFC 9449). */
  readonly dpop_key: JWK | undefined;
  readonly refreshed_at: number | undefined;
  readonly refresh_count: number;
  /** When the token was issued, if it came from a refresh after a resource server rejected the previous one. */
  readonly rejected_at?: number;
  /** Other members of the token response that are stored (`kept_fields`; all of them with INSPECT). */
  readonly members: Readonly<Record<string, unknown>>;
  /** The `state` of the login that created it, so that a reload of that callback is recognized as finished. */
  readonly state: string;
  /** The flow id in that login's log lines. Grants of an earlier version have none. */
  readonly flow?: string | undefined;
  /** Where that login led, in case its callback is requested again. */
  readonly return_to?: string;
}

/** The grant from a token response. `now` in seconds. */
export function newGrant(
  provider: Provider,
  result: TokenResult,
  options: {
    now: number;
    scope: string;
    iss: string;
    sub: string | undefined;
    state: string;
    flow: string;
    return_to?: string | undefined;
    keepMembers: boolean;
    keepIdToken: boolean;
    dpop_key: JWK | undefined;
  },
): Grant {
  const { response } = result;
  const kept = keptMembers(provider, response, options.keepMembers);
  return {
    provider: provider.id,
    issuer: homeOf(provider),
    iss: options.iss,
    sub: options.sub,
    sid: boundedSid(result.idToken?.claims.sid),
    access_token: response.access_token,
    token_type: response.token_type,
    // RFC 6749 §5.1: omitted if it is the requested scope.
    scope: response.scope ?? options.scope,
    issued_at: options.now,
    expires_at: expiry(response, options.now, provider.assumed_expires_in),
    refresh_token: response.refresh_token,
    id_token: options.keepIdToken ? response.id_token : undefined,
    dpop_key: options.dpop_key,
    refreshed_at: undefined,
    refresh_count: 0,
    members: kept ? boundedClaims(kept) : NO_MEMBERS,
    state: options.state,
    flow: options.flow,
    ...(options.return_to !== undefined && { return_to: options.return_to }),
  };
}

const NO_MEMBERS = {};

/** The maximum length of a provider's session id. A longer one matches no session. */
const MAX_SID_LENGTH = 255;

function boundedSid(sid: unknown): string | undefined {
  return typeof sid === 'string' && sid !== '' && sid.length <= MAX_SID_LENGTH ? sid : undefined;
}

/**
 * The grant after a refresh: members that are missing in the response stay as they were (RFC 6749 §6). Without
 * `expires_in`, the token gets the lifetime of the previous one, otherwise `assumed` seconds. `now` in seconds.
 */
export function refreshedGrant(
  grant: Grant,
  response: TokenEndpointResponse,
  { now, assumed }: { now: number; assumed: number | undefined },
): Grant {
  const { rejected_at: _, ...kept } = grant;
  return {
    ...kept,
    access_token: response.access_token,
    token_type: response.token_type,
    scope: response.scope ?? grant.scope,
    expires_at: expiry(response, now, lifeOf(grant) ?? assumed),
    refresh_token: response.refresh_token ?? grant.refresh_token,
    id_token: grant.id_token === undefined ? undefined : (response.id_token ?? grant.id_token),
    refreshed_at: now,
    refresh_count: grant.refresh_count + 1,
  };
}

/** True if both are the same version of the same grant, with no login or refresh in between. */
export function isSameVersion(a: GrantVersion, b: GrantVersion): boolean {
  return a.state === b.state && a.refresh_count === b.refresh_count;
}

/** What distinguishes the versions of a provider's grants. */
export type GrantVersion = Pick<Grant, 'state' | 'refresh_count'>;

/** True if the provider with this id is still the one that issued the grant. */
export function isGrantOf(grant: Pick<Grant, 'issuer'>, provider: Provider): boolean {
  // A grant of version 0.1 does not identify a provider without an issuer.
  if (grant.issuer === undefined) return provider.issuer === undefined;
  const bare = (url: string | undefined) => url?.replace(/\/$/, '');
  return bare(grant.issuer) === bare(homeOf(provider));
}

/** The lifetime of the access token from its arrival, in seconds. Undefined if it does not expire. */
function lifeOf({ expires_at, refreshed_at, issued_at }: Grant): number | undefined {
  return expires_at === undefined ? undefined : expires_at - (refreshed_at ?? issued_at);
}

/** The longest lifetime of an access token that is believed. A larger number is a mistake. In seconds: ten years. */
const LONGEST_TOKEN_SECONDS = 315_360_000;

function expiry(
  response: TokenEndpointResponse,
  now: number,
  assumed: number | undefined,
): number | undefined {
  const expires_in = response.expires_in ?? assumed;
  return expires_in === undefined ? undefined : now + Math.min(Math.floor(expires_in), LONGEST_TOKEN_SECONDS);
}

/** A token's type as a header needs it: RFC 6749 §5.1 leaves its case open, and programs use it as it is. */
export function schemeOf(tokenType: string): string {
  return tokenType.toLowerCase() === 'bearer' ? 'Bearer' : tokenType;
}
