import type { Grant } from '../grants/grant.ts';
import type { Session } from './session.ts';

/** What a program may know of a grant: everything but its tokens. Times are seconds since the epoch. */
export interface PublicGrant {
  readonly provider: string;
  /** As granted; space-separated. */
  readonly scope: string;
  readonly token_type: string;
  /** When the sign-in brought it. */
  readonly issued_at: number;
  /** When the access token ends; null if the provider does not say. */
  readonly expires_at: number | null;
  /** True if it can be renewed without the user. */
  readonly refreshable: boolean;
}

/** The value of a claim: what JSON can say. */
export type ClaimValue = string | number | boolean | object | null;

/** What a provider says about a user, where nothing more is known of it. */
export interface UserClaims {
  readonly [claim: string]: ClaimValue;
}

/** What a program may know of a session: no id, no token. Times are seconds since the epoch. */
export interface PublicSession<Claims = UserClaims> {
  /** The id of the provider that the user signed in with. */
  readonly provider: string;
  /** With `sub`, the user: the issuer, or `provider:<id>` where there is none. */
  readonly iss: string;
  /** The user at that provider; null if the provider names none. */
  readonly sub: string | null;
  /** How the user signed in at the provider (OpenID Connect Core §2), where it says so. */
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** When the user signed in at the provider, where it says so. */
  readonly auth_time?: number;
  /** What the provider says about the user. */
  readonly claims: Claims;
  /** One per provider. */
  readonly grants: readonly PublicGrant[];
  readonly created_at: number;
  /** When it ends unless it is used before. */
  readonly expires_at: number;
}

/** The session as `/session`, the bindings and the middleware tell it. */
export function publicSession(session: Session): PublicSession {
  return {
    provider: session.provider,
    iss: session.iss,
    sub: session.sub ?? null,
    ...(session.acr !== undefined && { acr: session.acr }),
    ...(session.amr !== undefined && { amr: session.amr }),
    ...(session.auth_time !== undefined && { auth_time: session.auth_time }),
    // They came as JSON.
    claims: session.claims as UserClaims,
    grants: session.grants.map(publicGrant),
    created_at: session.created_at,
    expires_at: session.expires_at,
  };
}

function publicGrant(grant: Grant): PublicGrant {
  return {
    provider: grant.provider,
    scope: grant.scope,
    token_type: grant.token_type,
    issued_at: grant.issued_at,
    expires_at: grant.expires_at ?? null,
    refreshable: grant.refresh_token !== undefined,
  };
}
