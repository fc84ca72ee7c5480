import { DrawbridgeError } from '../../errors.ts';
import { shownSub } from '../../objects/metadata.ts';
import type { Listed, NewestSessions, Page, Search } from '../directory.ts';
import { oldPrefix, recordKey, userPrefix } from './kv-copy.ts';

type Metadata = Omit<Listed, 'id'>;

/** KV gives so many keys at once. */
const KV_PAGE = 1000;
/** A search looks at so many keys of KV at most before it shows what it has found so far. */
const MAX_PAGES = 10;
/** By the index each session costs a read of its own, and a request may make so many. */
const MOST_BY_INDEX = 50;

/**
 * Lists sessions by their copies in KV, a page at a time. A user is found by the index, however many sessions there
 * are; of those that version 0.1 began, at the named provider, or at any of `providers`. Everything else is found by what
 * is readable of each session. Throws `invalid_request` for a cursor that KV does not take.
 */
export async function listSessions(
  tokens: KVNamespace,
  search: Search,
  providers: readonly string[],
): Promise<Page> {
  const ids = await idsOfUser(tokens, search, providers);
  // A provider that has left the settings is not among those asked.
  return ids.length > 0 ? byIndex(tokens, search, ids) : byLooking(tokens, search);
}

/** The ids of the sessions of the subject that is searched for; none without one. */
async function idsOfUser(
  tokens: KVNamespace,
  { iss, sub, provider }: Search,
  providers: readonly string[],
): Promise<string[]> {
  if (sub === undefined) return [];
  const asked = provider === undefined ? providers : [provider];
  return idsUnder(tokens, [
    await userPrefix(iss, sub),
    ...(await Promise.all(asked.map((id) => oldPrefix('subject', id, sub)))),
  ]);
}

/** The ids at the end of the keys that begin with any of `prefixes`, each once, in their order. */
export async function idsUnder(tokens: KVNamespace, prefixes: readonly string[]): Promise<string[]> {
  const found = await Promise.all(prefixes.map((prefix) => idsBeneath(tokens, prefix)));
  return [...new Set(found.flat())].sort();
}

async function idsBeneath(tokens: KVNamespace, prefix: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const page: KVNamespaceListResult<unknown> = await tokens.list({ prefix, ...(cursor && { cursor }) });
    ids.push(...page.keys.map(idOf));
    cursor = page.list_complete ? undefined : page.cursor;
  }
  return ids;
}

/** The same, up to `limit` of each; `more` is true if there are others. */
export async function someIdsUnder(
  tokens: KVNamespace,
  prefixes: readonly string[],
  limit: number,
): Promise<{ readonly ids: readonly string[]; readonly more: boolean }> {
  const pages = await Promise.all(prefixes.map((prefix) => tokens.list({ prefix, limit })));
  const ids = [...new Set(pages.flatMap(({ keys }) => keys.map(idOf)))];
  return {
    ids: ids.slice(0, limit),
    more: ids.length > limit || pages.some(({ list_complete }) => !list_complete),
  };
}

function idOf({ name }: { name: string }): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

/** The ids of the sessions that begin with `start`: none, one, or two if it is not unique. */
export async function idsBeginningWith(tokens: KVNamespace, start: string): Promise<string[]> {
  const { keys } = await tokens.list({ prefix: recordKey(start), limit: 2 });
  return keys.map(({ name }) => name.slice(recordKey('').length));
}

/** What a search finds, the newest first: a user by the index, everything else among the first 10,000 copies. */
export async function newestSessions(
  tokens: KVNamespace,
  search: Search,
  { offset, providers }: { offset: number; providers: readonly string[] },
): Promise<NewestSessions> {
  const ids = await idsOfUser(tokens, search, providers);
  const isIndexed = ids.length > 0 && ids.length <= MOST_BY_INDEX;
  const { found, isPartial } = isIndexed
    ? { found: await indexed(tokens, search, ids), isPartial: false }
    : await amongFirst(tokens, search);
  found.sort((a, b) => (b.created_at ?? 0) - (a.created_at ?? 0));
  return { sessions: found.slice(offset, offset + search.limit), total: found.length, isPartial };
}

async function amongFirst(tokens: KVNamespace, search: Search) {
  const sub = await shownSub(search.sub);
  const found: Listed[] = [];
  let looked = 0;
  for await (const session of everyCopy(tokens)) {
    looked++;
    if (matches(session, sub, search)) found.push(session);
  }
  return { found, isPartial: looked >= MAX_PAGES * KV_PAGE };
}

/** Every session in KV, up to 10,000, by its metadata. */
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
      description: 'This cursor is not valid, or has expired.',
      hint: 'Start at the first page.',
      detail: String(cause),
      cause,
    });
  }
}

/** The cursor is the last id that was looked at, so that sessions which end meanwhile make no gap. */
async function byIndex(tokens: KVNamespace, search: Search, ids: readonly string[]): Promise<Page> {
  const left = ids.filter((id) => search.cursor === undefined || id > search.cursor);
  const looked = left.slice(0, Math.min(search.limit, MOST_BY_INDEX));
  const sessions = await indexed(tokens, search, looked);
  return { sessions, cursor: left.length > looked.length ? looked.at(-1) : undefined };
}

/** Those sessions of a user that match the rest of the search. */
async function indexed(tokens: KVNamespace, search: Search, ids: readonly string[]): Promise<Listed[]> {
  const sessions = await Promise.all(
    ids.map(async (id) => {
      const { value, metadata } = await tokens.getWithMetadata<Metadata>(recordKey(id), 'stream');
      await value?.cancel();
      return { ...metadata, id };
    }),
  );
  return sessions.filter((session) => isOf(session, search.provider) && isPressing(session, search));
}

/** The cursor says where to go on: KV's own for its page, and how many of that page were seen. */
async function byLooking(tokens: KVNamespace, search: Search): Promise<Page> {
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
  if (search.iss !== undefined && session.iss !== search.iss) return false;
  return isOf(session, search.provider) && isPressing(session, search);
}

/** If the provider has ended a grant, only its error is left. A session whose copy is out of date passes. */
function isOf({ provider: founder, grants, faults = {} }: Listed, provider: string | undefined): boolean {
  if (provider === undefined || grants === undefined || founder === provider) return true;
  return grants.some((grant) => grant.provider === provider) || Object.hasOwn(faults, provider);
}

function isPressing({ expires_at, faults }: Listed, { endsBefore, failed }: Search): boolean {
  if (failed && faults === undefined) return false;
  return endsBefore === undefined || (expires_at !== undefined && expires_at < endsBefore);
}
