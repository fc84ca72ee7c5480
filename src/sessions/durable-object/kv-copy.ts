import { decodeProtectedHeader } from 'jose';
import { sha256Hex } from '../../crypto/hash.ts';
import { retryDelay } from '../../grants/freshness.ts';
import type { Faults } from '../../grants/history.ts';
import { log } from '../../log.ts';
import type { Session, SessionMatch } from '../session.ts';

/** What a session looks like in KV. */
interface Copy {
  readonly session: Session;
  /** The record, sealed for this very key. */
  readonly sealed: string;
  /** The end of its absolute lifetime, in seconds since the epoch. */
  readonly endsAt: number;
  readonly faults: Faults;
}

/** How far KV is from what it should be; lives in the object's storage, so nothing is forgotten. */
interface State {
  /** Counts the changes that KV should follow. */
  readonly changes: number;
  /** How many of them it has followed. */
  readonly followed: number;
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly retryAt: number;
  /** Every key that may be in KV. */
  readonly keys: readonly string[];
  /** When the last of them is gone by itself, in seconds since the epoch. */
  readonly goneAt: number;
}

const STATE = 'copy';
const NONE: State = { changes: 0, followed: 0, failures: 0, retryAt: 0, keys: [], goneAt: 0 };
/** KV takes one write a second for a key, and no lifetime under a minute. */
const WRITE_PAUSE_MS = 1000;
const LEAST_LIFETIME_SECONDS = 60;

export function recordKey(hash: string): string {
  return `session:${hash}`;
}

/**
 * The copy of one session in KV: the sealed record with readable metadata, and the index by `sub` and `sid`.
 * It is for looking at and for finding sessions, never for deciding; so it may lag, and it may fail.
 */
export class KvCopy {
  readonly #storage: SyncKvStorage;
  readonly #hash: string;
  #running: Promise<void> | undefined;
  #wroteAt = 0;

  constructor(storage: SyncKvStorage, hash: string) {
    this.#storage = storage;
    this.#hash = hash;
  }

  /** The session has changed or ended: KV is to follow. Takes effect with whatever else is stored now. */
  markDue(): void {
    const state = this.#state();
    this.#save({ ...state, changes: state.changes + 1 });
  }

  /** When KV should be written to, in milliseconds since the epoch; undefined if it is up to date. */
  get dueAt(): number | undefined {
    const state = this.#state();
    if (state.changes === state.followed) return undefined;
    return Math.max(state.retryAt, this.#wroteAt + WRITE_PAUSE_MS);
  }

  /**
   * Brings KV up to date with what `current` returns; undefined says that the session has ended. Does nothing
   * before its time. Never throws: what fails stays due, and the caller asks again at `dueAt`.
   */
  async follow(tokens: KVNamespace, current: () => Copy | undefined): Promise<void> {
    this.#running ??= this.#rounds(tokens, current).finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async #rounds(tokens: KVNamespace, current: () => Copy | undefined): Promise<void> {
    for (;;) {
      const { changes, retryAt } = this.#state();
      const copy = current();
      // What has ended is removed without waiting: a refusal costs nothing but another try.
      const waiting = copy !== undefined && (this.dueAt ?? 0) > Date.now();
      if (this.dueAt === undefined || waiting || retryAt > Date.now()) return;
      try {
        const keys = copy ? await this.#write(tokens, copy) : await this.#remove(tokens);
        this.#save({ ...this.#state(), followed: changes, failures: 0, retryAt: 0, keys });
      } catch (error) {
        this.#failed(error);
        return;
      }
    }
  }

  async #write(tokens: KVNamespace, { session, sealed, endsAt, faults }: Copy): Promise<string[]> {
    const { keys: before, failures } = this.#state();
    const wanted = await indexKeys(session, this.#hash);
    const key = recordKey(this.#hash);
    const keys = [...new Set([...before, key, ...wanted])];
    const lifetime = (end: number) => Math.max(end, Math.floor(Date.now() / 1000) + LEAST_LIFETIME_SECONDS);
    this.#save({ ...this.#state(), keys, goneAt: lifetime(endsAt) });
    this.#wroteAt = Date.now();
    const metadata = await metadataOf(session, String(decodeProtectedHeader(sealed).kid), faults);
    const left = before.filter((old) => old !== key && !wanted.includes(old));
    const added = failures > 0 ? wanted : wanted.filter((index) => !before.includes(index));
    await Promise.all([
      tokens.put(key, sealed, { expiration: lifetime(session.expires_at), metadata }),
      ...added.map((index) => tokens.put(index, '', { expiration: lifetime(endsAt) })),
      ...left.map((index) => tokens.delete(index)),
    ]);
    return [key, ...wanted];
  }

  async #remove(tokens: KVNamespace): Promise<string[]> {
    const { keys, goneAt } = this.#state();
    if (goneAt * 1000 > Date.now()) await Promise.all(keys.map((key) => tokens.delete(key)));
    return [];
  }

  #failed(error: unknown): void {
    const state = this.#state();
    const failures = state.failures + 1;
    const retryAt = Date.now() + retryDelay(failures, Math.random()) * 1000;
    this.#save({ ...state, failures, retryAt });
    log('kv_copy_failed', { session: this.#hash.slice(0, 12), failures, detail: String(error) });
  }

  #state(): State {
    return this.#storage.get<State>(STATE) ?? NONE;
  }

  #save(state: State): void {
    this.#storage.put(STATE, state);
  }
}

/** The keys under which the session is found by the user (`sub`) and the session (`sid`) at its providers. */
async function indexKeys(session: Session, hash: string): Promise<string[]> {
  const matches = session.grants.flatMap(({ provider, sub, sid }) => [
    ...(sub === undefined ? [] : [{ provider, sub, sid: undefined }]),
    ...(sid === undefined ? [] : [{ provider, sub: undefined, sid }]),
  ]);
  return Promise.all(matches.map(async (match) => (await indexPrefix(match)) + hash));
}

/** What the keys of every session that matches begin with; the session's hash follows. */
export async function indexPrefix({ provider, sub, sid }: SessionMatch): Promise<string> {
  const [index, id] = sid === undefined ? ['subject', sub ?? ''] : ['sid', sid];
  return `${index}:${provider}:${await sha256Hex(id)}:`;
}

const METADATA_BYTES = 1024;
const SUB_LENGTH = 100;
/** Shorter and shorter, until all of it fits. */
const SCOPE_LENGTHS = [1000, 200, 80, 30, 0];

/** What `wrangler kv key list` shows of a session: no token, no claim but `sub`, in 1,024 bytes at most. */
export async function metadataOf(session: Session, kid: string, faults: Faults) {
  const { created_at, expires_at } = session;
  const failed = Object.keys(faults).length > 0 ? { faults: shownFaults(faults) } : {};
  const head = { sub: await shownSub(session.sub), created_at, expires_at, kid, ...failed };
  for (const length of SCOPE_LENGTHS) {
    const metadata = { ...head, grants: session.grants.map((grant) => shownGrant(grant, length)) };
    if (fits(metadata)) return metadata;
  }
  const grants = session.grants.map((grant) => shownGrant(grant, 0));
  while (grants.length > 0 && !fits({ ...head, grants, grants_left_out: session.grants.length }))
    grants.pop();
  return { ...head, grants, grants_left_out: session.grants.length - grants.length };
}

/** A few say enough: who looks at the session sees all of them. */
function shownFaults(faults: Faults): Faults {
  return Object.fromEntries(Object.entries(faults).slice(0, 5));
}

/** Some providers use the e-mail address as `sub`, which is not for every reader of KV. */
export async function shownSub(sub: string | undefined): Promise<string | null> {
  if (sub === undefined) return null;
  if (sub.includes('@')) return `sha256:${(await sha256Hex(sub)).slice(0, 16)}`;
  return cut(sub, SUB_LENGTH);
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

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

function fits(metadata: unknown): boolean {
  return new TextEncoder().encode(JSON.stringify(metadata)).byteLength <= METADATA_BYTES;
}
