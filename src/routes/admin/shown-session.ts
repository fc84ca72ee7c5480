import type { Inspected } from '../../session/keeper-store.ts';
import type { Grant } from '../../session/session.ts';

/** What an operator sees of a session: no token, and of the claims the names alone. Times in seconds. */
export function shownSession(id: string, { session, history, bytes }: Inspected) {
  const { provider, sub, created_at, expires_at } = session;
  const logins = session.grants.map((grant) => ({
    event: 'signed_in' as const,
    provider: grant.provider,
    at: grant.issued_at,
    ...(grant.flow !== undefined && { flow: grant.flow }),
  }));
  return {
    id,
    provider,
    sub: sub ?? null,
    created_at,
    expires_at,
    bytes,
    claims: Object.keys(session.claims),
    grants: session.grants.map(shownGrant),
    timeline: [...logins, ...history].sort((a, b) => b.at - a.at),
  };
}

export type ShownSession = ReturnType<typeof shownSession>;

function shownGrant(grant: Grant) {
  return {
    provider: grant.provider,
    sub: grant.sub ?? null,
    scope: grant.scope,
    token_type: grant.token_type,
    issued_at: grant.issued_at,
    expires_at: grant.expires_at ?? null,
    refreshable: grant.refresh_token !== undefined,
    refreshed_at: grant.refreshed_at ?? null,
    refresh_count: grant.refresh_count,
    characters: {
      access_token: grant.access_token.length,
      refresh_token: grant.refresh_token?.length ?? null,
      id_token: grant.id_token?.length ?? null,
    },
  };
}
