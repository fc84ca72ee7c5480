import { sha256Hex } from '../../crypto/hash.ts';
import type { Faults } from '../../grants/history.ts';
import { cut, fits, SHOWN_LENGTH, shownSub } from '../../objects/metadata.ts';
import { type Identity, identitiesOf, type Session } from '../session.ts';

/**
 * What KV has of a session, to show and to find it, never to decide anything: a copy of the sealed record with
 * readable metadata, and empty entries that lead from a user, or a session at a provider, to the session's object.
 */
export function recordKey(hash: string): string {
  return `session:${hash}`;
}

/** The names under which a session is found; see docs/storage.md. */
export async function indexKeys(session: Session, hash: string): Promise<string[]> {
  const prefixes = await Promise.all(identitiesOf(session).flatMap(prefixesOf));
  return [...new Set(prefixes)].map((prefix) => prefix + hash);
}

function prefixesOf({ provider, iss, sub, sid }: Identity): Promise<string>[] {
  return [
    ...(sub === undefined
      ? []
      : [iss === undefined ? oldPrefix('subject', provider, sub) : userPrefix(iss, sub)]),
    ...(sid === undefined ? [] : [iss === undefined ? oldPrefix('sid', provider, sid) : sidPrefix(iss, sid)]),
  ];
}

/** What the keys of every session of a user begin with; without `iss`, of everyone with that `sub`. */
export async function userPrefix(iss: string | undefined, sub: string): Promise<string> {
  return prefixOf('by-user', iss, sub);
}

/** What the keys of every session begin with that belongs to one at a provider. */
export async function sidPrefix(iss: string | undefined, sid: string): Promise<string> {
  return prefixOf('by-sid', iss, sid);
}

async function prefixOf(index: string, iss: string | undefined, name: string): Promise<string> {
  const prefix = `${index}:${await sha256Hex(name)}:`;
  return iss === undefined ? prefix : `${prefix}${await sha256Hex(iss)}:`;
}

/** Sessions of version 0.1, which know no issuer, are found by the provider's id. */
export async function oldPrefix(index: 'subject' | 'sid', provider: string, name: string): Promise<string> {
  return `${index}:${provider}:${await sha256Hex(name)}:`;
}

/** Shorter and shorter, until all of it fits. */
const SCOPE_LENGTHS = [1000, 200, 80, 30, 0];

/** What `wrangler kv key list` shows of a session: no token, no claim but `sub`, in 1,024 bytes at most. */
export async function metadataOf(
  session: Session,
  { kid, goneAt, faults }: { kid: string; goneAt: number; faults: Faults },
) {
  const failed = Object.keys(faults).length > 0 ? { faults: shownFaults(faults) } : {};
  const head = {
    provider: session.provider,
    iss: cut(session.iss, SHOWN_LENGTH),
    sub: await shownSub(session.sub),
    created_at: session.created_at,
    /** The end of the absolute lifetime: the sliding one moves too often. */
    expires_at: goneAt,
    kid,
    ...failed,
  };
  for (const length of SCOPE_LENGTHS) {
    const metadata = { ...head, grants: session.grants.map((grant) => shownGrant(grant, length)) };
    if (fits(metadata)) return metadata;
  }
  const grants = session.grants.map((grant) => shownGrant(grant, 0));
  const leftOut = () => ({ grants, grants_left_out: session.grants.length - grants.length });
  while (grants.length > 0 && !fits({ ...head, ...leftOut() })) grants.pop();
  const metadata = { ...head, ...leftOut() };
  return fits(metadata) ? metadata : { ...metadata, iss: '…', sub: null, faults: {} };
}

/** A few say enough: who looks at the session sees all of them. */
function shownFaults(faults: Faults): Faults {
  return Object.fromEntries(Object.entries(faults).slice(0, 5));
}

function shownGrant(grant: Session['grants'][number], scopeLength: number) {
  return {
    provider: grant.provider,
    scope: cut(grant.scope, scopeLength),
    flow: grant.flow ?? null,
    issued_at: grant.issued_at,
    expires_at: grant.expires_at ?? null,
    refreshable: grant.refresh_token !== undefined,
    refreshed_at: grant.refreshed_at ?? null,
    refresh_count: grant.refresh_count,
  };
}
