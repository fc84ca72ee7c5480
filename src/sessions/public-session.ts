import type { Grant } from '../grants/grant.ts';
import type { Session } from './session.ts';

/** What a program may know of a grant: everything but its tokens. Times are seconds since the epoch. */
export interface PublicGrant {
  readonly provider: string;
  /** As granted; space-separated. */
  readonly scope: string;
  readonly token_type: string;
  /** When the access token ends; null if the provider does not say. */
  readonly expires_at: number | null;
  /** True if it can be renewed without the user. */
  readonly refreshable: boolean;
}

/** What a program may know of a session: no id, no token. Times are seconds since the epoch. */
export interface PublicSession<Claims = Readonly<Record<string, unknown>>> {
  /** The id of the provider that the user signed in with. */
  readonly provider: string;
  /** With `sub`, the user: the issuer, or `provider:<id>` where there is none. */
  readonly iss: string;
  /** The user at that provider; null if the provider names none. */
  readonly sub: string | null;
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
    claims: session.claims,
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
    expires_at: grant.expires_at ?? null,
    refreshable: grant.refresh_token !== undefined,
  };
}
