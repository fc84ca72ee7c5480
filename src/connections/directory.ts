import { DrawbridgeError } from '../errors.ts';
import { COPY_PREFIX, type ConnectionMetadata, ownerPrefix } from './kv-copy.ts';
import type { User } from './user.ts';

/** What is readable of a connection without asking its object. */
export interface FoundConnection extends ConnectionMetadata {
  readonly id: string;
}

export interface ConnectionsFound {
  readonly connections: readonly FoundConnection[];
  /** Where the next page begins; undefined on the last one. */
  readonly cursor: string | undefined;
}

const PAGE = 100;
/** Each costs a read of its own, and a request may make fifty. */
const OWNER_PAGE = 40;

/**
 * Lists connections by their copies in KV, which may lag by a minute: those of one owner, or all of them (`undefined`).
 * Throws `invalid_request` for a cursor that KV does not take.
 */
export async function listConnections(
  tokens: KVNamespace,
  owner: User | null | undefined,
  cursor: string | undefined,
  limit = PAGE,
): Promise<ConnectionsFound> {
  if (owner) return ofOwner(tokens, owner, cursor);
  const page = await pageOf<ConnectionMetadata>(tokens, COPY_PREFIX, cursor, limit);
  const connections = page.keys.flatMap(({ name, metadata }) =>
    metadata ? [{ ...metadata, id: name.slice(COPY_PREFIX.length) }] : [],
  );
  return { connections, cursor: page.list_complete ? undefined : page.cursor };
}

/** The ids of every connection of a user. */
export async function* connectionsOf(tokens: KVNamespace, owner: User): AsyncGenerator<string> {
  const prefix = await ownerPrefix(owner);
  let cursor: string | undefined;
  do {
    const page: KVNamespaceListResult<unknown> = await pageOf(tokens, prefix, cursor);
    for (const { name } of page.keys) yield name.slice(prefix.length);
    cursor = page.list_complete ? undefined : page.cursor;
  } while (cursor !== undefined);
}

async function ofOwner(
  tokens: KVNamespace,
  owner: User,
  cursor: string | undefined,
): Promise<ConnectionsFound> {
  const prefix = await ownerPrefix(owner);
  const page = await pageOf(tokens, prefix, cursor, OWNER_PAGE);
  const found = await Promise.all(
    page.keys.map(async ({ name }) => {
      const id = name.slice(prefix.length);
      const { metadata } = await tokens.getWithMetadata<ConnectionMetadata>(COPY_PREFIX + id);
      return metadata ? [{ ...metadata, id }] : [];
    }),
  );
  return { connections: found.flat(), cursor: page.list_complete ? undefined : page.cursor };
}

async function pageOf<T>(
  tokens: KVNamespace,
  prefix: string,
  cursor: string | undefined,
  limit = PAGE,
): Promise<KVNamespaceListResult<T>> {
  try {
    return await tokens.list<T>({ prefix, limit, ...(cursor && { cursor }) });
  } catch (cause) {
    if (!cursor) throw cause;
    throw new DrawbridgeError('invalid_request', {
      description: 'KV does not accept this cursor.',
      hint: 'Begin at the first page.',
      detail: String(cause),
      cause,
    });
  }
}
