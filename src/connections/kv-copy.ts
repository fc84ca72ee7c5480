import { sha256Hex } from '../crypto/hash.ts';
import { retryDelay } from '../grants/retries.ts';
import { log } from '../log.ts';
import { shownSub } from '../sessions/durable-object/kv-copy.ts';
import type { Connection, User } from './connection.ts';

/** How far KV is from what it should be; in the object's storage. */
interface State {
  /** What KV shows, as text; empty: nothing. */
  readonly shown: string;
  /** Every key that may be in KV. */
  readonly keys: readonly string[];
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly retryAt: number;
}

const STATE = 'copy';
const NONE: State = { shown: '', keys: [], failures: 0, retryAt: 0 };
/** KV takes one write a second per key. */
const WRITE_PAUSE_MS = 1000;
const LEAST_LIFETIME_SECONDS = 60;
const METADATA_BYTES = 1024;
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

/**
 * The copy of one connection in KV: readable metadata without a value, and the index by owner. It is for looking at and
 * for finding connections, never for deciding; so it may lag, and it may fail.
 */
export class ConnectionCopy {
  readonly #storage: SyncKvStorage;
  readonly #id: string;
  #running: Promise<void> | undefined;
  #wroteAt = 0;

  constructor(storage: SyncKvStorage, id: string) {
    this.#storage = storage;
    this.#id = id;
  }

  /** True if KV does not show what it should. */
  isDue(connection: Connection | undefined): boolean {
    return this.#state().shown !== wantedText(connection);
  }

  /** When KV may be written to, in milliseconds since the epoch. */
  get dueAt(): number {
    return Math.max(this.#state().retryAt, this.#wroteAt + WRITE_PAUSE_MS);
  }

  /** Brings KV up to date, if its time has come. Never throws: what fails stays due. */
  async follow(tokens: KVNamespace, current: () => Connection | undefined): Promise<void> {
    this.#running ??= this.#rounds(tokens, current).finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Until KV shows what it should, or has to wait. */
  async #rounds(tokens: KVNamespace, current: () => Connection | undefined): Promise<void> {
    for (;;) {
      const connection = current();
      // What has ended is removed without waiting: a refusal costs nothing but another try.
      const mayWrite = connection ? this.dueAt <= Date.now() : this.#state().retryAt <= Date.now();
      if (!this.isDue(connection) || !mayWrite) return;
      await this.#once(tokens, connection);
    }
  }

  async #once(tokens: KVNamespace, connection: Connection | undefined): Promise<void> {
    const shown = wantedText(connection);
    try {
      const keys = connection ? await this.#write(tokens, connection) : await this.#remove(tokens);
      this.#storage.put<State>(STATE, { shown, keys, failures: 0, retryAt: 0 });
    } catch (error) {
      const state = this.#state();
      const failures = state.failures + 1;
      const retryAt = Date.now() + retryDelay(failures, Math.random()) * 1000;
      this.#storage.put<State>(STATE, { ...state, failures, retryAt });
      log('kv_copy_failed', { connection: this.#id.slice(0, 12), failures, detail: String(error) });
    }
  }

  async #write(tokens: KVNamespace, connection: Connection): Promise<readonly string[]> {
    const { owner, expires_at } = connection;
    const index = owner ? [(await ownerPrefix(owner)) + this.#id] : [];
    const keys = [COPY_PREFIX + this.#id, ...index];
    const known = this.#state().keys;
    // First, so that whatever happens they can be taken away.
    if (known.length === 0) this.#storage.put<State>(STATE, { ...this.#state(), keys });
    this.#wroteAt = Date.now();
    const least = Math.floor(Date.now() / 1000) + LEAST_LIFETIME_SECONDS;
    const ends = expires_at === undefined ? {} : { expiration: Math.max(expires_at, least) };
    const metadata = await metadataOf(connection);
    await Promise.all([
      tokens.put(COPY_PREFIX + this.#id, '', { ...ends, metadata }),
      ...(known.length === 0 || this.#state().failures > 0
        ? index.map((key) => tokens.put(key, '', ends))
        : []),
    ]);
    return keys;
  }

  async #remove(tokens: KVNamespace): Promise<readonly string[]> {
    this.#wroteAt = Date.now();
    await Promise.all(this.#state().keys.map((key) => tokens.delete(key)));
    return [];
  }

  #state(): State {
    return this.#storage.get<State>(STATE) ?? NONE;
  }
}

/** What KV should show of it. Nobody compares more than this, so it holds nothing that is not for every reader. */
function wantedText(connection: Connection | undefined): string {
  if (!connection) return '';
  const { label, grant, scope, state, since, last_used_at, keys } = connection;
  return JSON.stringify([
    state,
    since,
    last_used_at ?? 0,
    keys.length,
    hashCode(label + (grant?.scope ?? scope)),
  ]);
}

/** Tells texts apart without showing them. */
function hashCode(text: string): number {
  let code = 0;
  for (let index = 0; index < text.length; index++) code = (code * 31 + text.charCodeAt(index)) | 0;
  return code;
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
      iss: cut(owner.iss, Math.max(length, 100)),
      sub: sub && cut(sub, Math.max(length, 100)),
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

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

function fits(metadata: unknown): boolean {
  return new TextEncoder().encode(JSON.stringify(metadata)).byteLength <= METADATA_BYTES;
}
