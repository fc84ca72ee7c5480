import type { Grant } from '../../grants/grant.ts';
import type { Inspected } from '../../sessions/directory.ts';
import type { Session } from '../../sessions/session.ts';

/** What an operator sees of a session: no tokens, and only the names of the claims. Times in seconds. */
export function shownSession(id: string, { session, history, bytes }: Inspected) {
  const { provider, iss, sub, created_at, expires_at } = session;
  return {
    id,
    provider,
    iss,
    sub: sub ?? null,
    created_at,
    expires_at,
    bytes,
    claims: Object.keys(session.claims),
    grants: session.grants.map(shownGrant),
    timeline: [...history.toReversed(), ...signIns(session)].sort((a, b) => b.at - a.at),
  };
}

/** The logins behind a session; a grant that has ended takes its flow with it. */
function signIns({ grants, provider, created_at }: Session) {
  const event = 'signed_in' as const;
  const first = grants.some((grant) => grant.provider === provider)
    ? []
    : [{ event, provider, at: created_at }];
  return [
    ...grants.map(({ provider: id, issued_at, flow }) => ({
      event,
      provider: id,
      at: issued_at,
      ...(flow !== undefined && { flow }),
    })),
    ...first,
  ];
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
