import { DrawbridgeError } from '../errors.ts';
import type { ServerBindings } from '../settings/settings.ts';
import { indexPrefix, type metadataOf, recordKey, shownSub } from './durable-object/kv-copy.ts';

type Metadata = Awaited<ReturnType<typeof metadataOf>>;

/** What is readable of a session without opening it. Times are seconds since the epoch. */
export type Listed = { readonly id: string } & Partial<Metadata>;

/** Which sessions to list; a filter that is undefined lets all pass. */
export interface Search {
  /** With a grant of this provider. */
  readonly provider?: string | undefined;
  /** Of this subject, exactly. */
  readonly sub?: string | undefined;
  /** That end before this moment if nobody uses them, in seconds since the epoch. */
  readonly endsBefore?: number | undefined;
  /** With a grant whose last refresh failed. */
  readonly failed?: boolean | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface Page {
  readonly sessions: readonly Listed[];
  /** Where the next page begins; undefined on the last one. */
  readonly cursor: string | undefined;
}

/** KV gives so many keys at once. */
const KV_PAGE = 1000;
/** A search looks at so many keys of KV at most before it shows what it has found so far. */
const MAX_PAGES = 10;
/** By the index each session costs a read of its own, and a request may make so many. */
const MOST_BY_INDEX = 50;

/**
 * Lists sessions by their copies in KV, a page at a time. A user is found by the index, however many sessions there
 * are: at the named provider, or at any of `providers`. Everything else is found by what is readable of each session.
 * Throws `invalid_request` for a cursor that KV does not take.
 */
export async function listSessions(
  server: ServerBindings,
  search: Search,
  providers: readonly string[],
): Promise<Page> {
  if (search.sub === undefined) return byLooking(server, search);
  const ids = await idsOf(server, search.sub, search.provider === undefined ? providers : [search.provider]);
  // A provider that has left the settings is not among those asked.
  return ids.length > 0 ? byIndex(server, search, ids) : byLooking(server, search);
}

/** The ids of the sessions that begin with `start`: none, one, or two if it is not unique. */
export async function idsBeginningWith({ tokens }: ServerBindings, start: string): Promise<string[]> {
  const { keys } = await tokens.list({ prefix: recordKey(start), limit: 2 });
  return keys.map(({ name }) => name.slice(recordKey('').length));
}

/** Every session that KV knows of, up to 10,000, by what is readable of it. */
export async function* everyCopy(tokens: KVNamespace): AsyncGenerator<Listed> {
  let cursor: string | undefined = '';
  for (let pages = 0; cursor !== undefined && pages < MAX_PAGES; pages++) {
    const page: KVNamespaceListResult<Metadata> = await listCopies(tokens, cursor);
    for (const { name, metadata } of page.keys) yield { ...metadata, id: name.slice(recordKey('').length) };
    cursor = page.list_complete ? undefined : page.cursor;
  }
}

async function listCopies(tokens: KVNamespace, cursor: string): Promise<KVNamespaceListResult<Metadata>> {
  try {
    return await tokens.list({ prefix: recordKey(''), limit: KV_PAGE, ...(cursor && { cursor }) });
  } catch (cause) {
    if (cursor === '') throw cause;
    throw new DrawbridgeError('invalid_request', {
      description: 'KV does not go on from this cursor: it is none of its own, or too old.',
      hint: 'Begin at the first page.',
      detail: String(cause),
      cause,
    });
  }
}

async function idsOf(
  { tokens }: ServerBindings,
  sub: string,
  providers: readonly string[],
): Promise<string[]> {
  const found = await Promise.all(
    providers.map(async (provider) => {
      const prefix = await indexPrefix({ provider, sub, sid: undefined });
      const { keys } = await tokens.list({ prefix, limit: KV_PAGE });
      return keys.map(({ name }) => name.slice(prefix.length));
    }),
  );
  return [...new Set(found.flat())].sort();
}

/** The cursor is the last id that was looked at, so that sessions which end meanwhile make no gap. */
async function byIndex({ tokens }: ServerBindings, search: Search, ids: readonly string[]): Promise<Page> {
  const left = ids.filter((id) => search.cursor === undefined || id > search.cursor);
  const looked = left.slice(0, Math.min(search.limit, MOST_BY_INDEX));
  const sessions = await Promise.all(
    looked.map(async (id) => {
      const { value, metadata } = await tokens.getWithMetadata<Metadata>(recordKey(id), 'stream');
      await value?.cancel();
      return { ...metadata, id };
    }),
  );
  const matching = sessions.filter((session) => isPressing(session, search));
  return { sessions: matching, cursor: left.length > looked.length ? looked.at(-1) : undefined };
}

/** The cursor says where to go on: KV's own for its page, and how many of that page were seen. */
async function byLooking({ tokens }: ServerBindings, search: Search): Promise<Page> {
  const [kvCursor = '', seen = '0'] = (search.cursor ?? '').split('~');
  const sub = await shownSub(search.sub);
  const sessions: Listed[] = [];
  let cursor: string | undefined = kvCursor;
  let skip = Number(seen) || 0;
  for (let pages = 0; cursor !== undefined && pages < MAX_PAGES; pages++) {
    const listed: KVNamespaceListResult<Metadata> = await listCopies(tokens, cursor);
    for (const [position, { name, metadata }] of listed.keys.entries()) {
      const found = { ...metadata, id: name.slice(recordKey('').length) };
      if (position < skip || !matches(found, sub, search)) continue;
      if (sessions.length === search.limit) return { sessions, cursor: `${cursor}~${position}` };
      sessions.push(found);
    }
    skip = 0;
    cursor = listed.list_complete ? undefined : listed.cursor;
  }
  return { sessions, cursor: cursor && `${cursor}~0` };
}

function matches(session: Listed, sub: string | null, search: Search): boolean {
  if (sub !== null && session.sub !== sub) return false;
  return isOf(session, search.provider) && isPressing(session, search);
}

/** A grant that its provider has ended is gone, and only the fault tells of it. */
function isOf({ grants = [], faults = {} }: Listed, provider: string | undefined): boolean {
  if (provider === undefined) return true;
  return grants.some((grant) => grant.provider === provider) || Object.hasOwn(faults, provider);
}

function isPressing({ expires_at, faults }: Listed, { endsBefore, failed }: Search): boolean {
  if (failed && faults === undefined) return false;
  return endsBefore === undefined || (expires_at !== undefined && expires_at < endsBefore);
}
