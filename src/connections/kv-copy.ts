import { sha256Hex } from '../crypto/hash.ts';
import { cut, fits, SHOWN_LENGTH, shownSub } from '../objects/metadata.ts';
import type { Connection } from './connection.ts';
import type { User } from './user.ts';

/** Shorter and shorter, until all of it fits. */
const LENGTHS = [400, 200, 100, 50, 20];

export const COPY_PREFIX = 'connection:';

/** What `wrangler kv key list` shows of a connection: no token, no key, in 1,024 bytes at most. */
export interface ConnectionMetadata {
  readonly label: string;
  readonly provider: string;
  readonly scope: string;
  /** Null: the service itself. A subject with an @ is shown as a hash. */
  readonly owner: { readonly iss: string; readonly sub: string | null } | null;
  readonly state: Connection['state'];
  readonly since: number;
  readonly reason: string | null;
  readonly keys: number;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
}

/** What the copies of every connection of one owner begin with, in the index; the connection's id follows. */
export async function ownerPrefix(owner: User): Promise<string> {
  return `connection-owner:${await sha256Hex(JSON.stringify([owner.iss, owner.sub]))}:`;
}

/** Where the copy of a connection is, and the entry of the index by which its owner finds it. */
export async function keysOf({ id, owner }: Connection): Promise<string[]> {
  return [COPY_PREFIX + id, ...(owner ? [(await ownerPrefix(owner)) + id] : [])];
}

export async function metadataOf(connection: Connection): Promise<ConnectionMetadata> {
  const { owner, grant, expires_at, last_used_at, reason, provider, state, since, created_at, keys } =
    connection;
  const sub = owner ? await shownSub(owner.sub) : null;
  const shown = (length: number): ConnectionMetadata => ({
    label: cut(connection.label, length),
    provider,
    scope: cut(grant?.scope ?? connection.scope, length),
    owner: owner && {
      iss: cut(owner.iss, Math.max(length, SHOWN_LENGTH)),
      sub: sub && cut(sub, Math.max(length, SHOWN_LENGTH)),
    },
    state,
    since,
    reason: reason ?? null,
    keys: keys.length,
    created_at,
    expires_at: expires_at ?? null,
    last_used_at: last_used_at ?? null,
  });
  return LENGTHS.map(shown).find(fits) ?? shown(5);
}
