import type { Grant } from '../grants/grant.ts';
import type { Session } from './session.ts';

/** What a program may know about a grant: everything except its tokens. Times are in seconds since the epoch. */
export interface PublicGrant {
  readonly provider: string;
  /** As granted; space-separated. */
  readonly scope: string;
  readonly token_type: string;
  /** When the user signed in. */
  readonly issued_at: number;
  /** When the access token expires; null if the provider does not say. */
  readonly expires_at: number | null;
  /** True if the access token can be refreshed without the user. */
  readonly refreshable: boolean;
}

/** The value of a claim: anything in JSON. */
export type ClaimValue = string | number | boolean | object | null;

/** What a provider says about a user, if the app gives no type for it. */
export interface UserClaims {
  readonly [claim: string]: ClaimValue;
}

/** What a program may know about a session: no id, no tokens. Times are in seconds since the epoch. */
export interface PublicSession<Claims = UserClaims> {
  /** The id of the provider that the user signed in with. */
  readonly provider: string;
  /** The issuer, or `provider:<id>` if there is none. Together with `sub` it identifies the user. */
  readonly iss: string;
  /** The user's id at that issuer; null if the provider sends none. */
  readonly sub: string | null;
  /** How the user signed in at the provider, if it says so (OpenID Connect Core §2). */
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** When the user signed in at the provider, if it says so. */
  readonly auth_time?: number;
  /** What the provider says about the user. */
  readonly claims: Claims;
  /** One per provider. */
  readonly grants: readonly PublicGrant[];
  readonly created_at: number;
  /** When it ends unless it is used before then. */
  readonly expires_at: number;
}

/** The session as `/session`, the bindings and the middleware return it. */
export function publicSession(session: Session): PublicSession {
  return {
    provider: session.provider,
    iss: session.iss,
    sub: session.sub ?? null,
    // They came as JSON.
    claims: session.claims as UserClaims,
    grants: session.grants.map(publicGrant),
    created_at: session.created_at,
    expires_at: session.expires_at,
    // Last, since V8 is slow with what follows a spread.
    ...(session.acr !== undefined && { acr: session.acr }),
    ...(session.amr !== undefined && { amr: session.amr }),
    ...(session.auth_time !== undefined && { auth_time: session.auth_time }),
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
