import type { ServerBindings } from '../config.ts';
import { indexPrefix, type metadataOf, recordKey } from './kv-copy.ts';

/** What is readable of a session without opening it. Times are seconds since the epoch. */
export type Listed = { readonly id: string } & Partial<Awaited<ReturnType<typeof metadataOf>>>;

/** Which sessions to list. */
export interface Search {
  readonly provider: string | undefined;
  readonly sub: string | undefined;
  readonly cursor: string | undefined;
  readonly limit: number;
}

export interface Page {
  readonly sessions: readonly Listed[];
  /** Where the next page begins; undefined on the last one. */
  readonly cursor: string | undefined;
}

/** KV gives so many keys at once. */
const KV_PAGE = 1000;
/** A search looks at so many sessions at most before it shows what it has found so far. */
const MAX_PAGES = 10;

/**
 * Lists sessions by their copies in KV, a page at a time. By provider and `sub` it goes by the index, which finds
 * every session of a user; by one of them alone it looks through what is readable of each.
 */
export async function listSessions(server: ServerBindings, search: Search): Promise<Page> {
  return search.provider !== undefined && search.sub !== undefined
    ? byIndex(server, { ...search, provider: search.provider, sub: search.sub })
    : byLooking(server, search);
}

async function byIndex(
  { tokens }: ServerBindings,
  { provider, sub, cursor, limit }: Search & { provider: string; sub: string },
): Promise<Page> {
  const prefix = await indexPrefix({ provider, sub, sid: undefined });
  const listed = await tokens.list({ prefix, limit, ...(cursor !== undefined && { cursor }) });
  const sessions = await Promise.all(
    listed.keys.map(async ({ name }) => {
      const id = name.slice(prefix.length);
      const { metadata } = await tokens.getWithMetadata(recordKey(id));
      return { ...(metadata as Omit<Listed, 'id'> | null), id };
    }),
  );
  return { sessions, cursor: listed.list_complete ? undefined : listed.cursor };
}

/** The cursor says where to go on: KV's own for its page, and how many of that page were seen. */
async function byLooking({ tokens }: ServerBindings, search: Search): Promise<Page> {
  const [kvCursor = '', seen = '0'] = (search.cursor ?? '').split('~');
  const sessions: Listed[] = [];
  let cursor: string | undefined = kvCursor;
  let skip = Number(seen) || 0;
  for (let pages = 0; cursor !== undefined && pages < MAX_PAGES; pages++) {
    const listed: KVNamespaceListResult<Omit<Listed, 'id'>> = await tokens.list({
      prefix: recordKey(''),
      limit: KV_PAGE,
      ...(cursor && { cursor }),
    });
    for (const [position, { name, metadata }] of listed.keys.entries()) {
      const found = { ...metadata, id: name.slice(recordKey('').length) };
      if (position < skip || !matches(found, search)) continue;
      if (sessions.length === search.limit) return { sessions, cursor: `${cursor}~${position}` };
      sessions.push(found);
    }
    skip = 0;
    cursor = listed.list_complete ? undefined : listed.cursor;
  }
  return { sessions, cursor: cursor && `${cursor}~0` };
}

function matches({ sub, grants }: Listed, search: Search): boolean {
  if (search.sub !== undefined && sub !== search.sub) return false;
  return (
    search.provider === undefined || (grants?.some((grant) => grant.provider === search.provider) ?? false)
  );
}
