import { accountName } from '../grants/account.ts';
import type { Grant } from '../grants/grant.ts';
import { revokeGrants } from '../grants/revoke-grants.ts';
import type { LogFields } from '../log.ts';
import { SealedRow } from '../objects/sealed-row.ts';
import type { Settings } from '../settings/settings.ts';
import { asRecord, type Connection, type ConnectionRecord, reauthorizationUri } from './connection.ts';
import type { EndReason } from './connections.ts';
import { type ConnectionEventType, type PendingEvent, pendingEvent, withEvent } from './events.ts';
import { ConnectionCopy } from './kv-copy.ts';

/** The stored record of a connection, with what follows each change of it: the copy in KV, and the events. */
export class KeptRecord {
  readonly #row: SealedRow<ConnectionRecord>;
  readonly #copy: ConnectionCopy;
  readonly #id: string;
  readonly #settings: () => Settings;
  /** Called after every change: there may be something to do at another time. */
  readonly #changed: () => void;

  constructor(store: SyncKvStorage, id: string, settings: () => Settings, changed: () => void) {
    this.#id = id;
    this.#settings = settings;
    this.#changed = changed;
    this.#copy = new ConnectionCopy(store, id);
    this.#row = new SealedRow(store, {
      name: id,
      purpose: 'connection',
      sealer: () => settings().sealer,
      check: asRecord,
    });
  }

  /** The connection as it is held now. */
  get held(): Connection | undefined {
    return this.#row.held?.connection;
  }

  get outbox(): readonly PendingEvent[] {
    return this.#row.held?.outbox ?? [];
  }

  /** For log lines. The id opens nothing, but it need not be whole. */
  get facts(): LogFields {
    return { connection: this.#id.slice(0, 12) };
  }

  /** True once nothing is left to keep. */
  get isOver(): boolean {
    const record = this.#row.held;
    return (
      record !== undefined && !record.connection && record.outbox.length === 0 && !this.#copy.isDue(undefined)
    );
  }

  /** The connection, unless it has ended. */
  async live(): Promise<Connection | undefined> {
    const connection = (await this.#row.open())?.connection;
    if (!connection) return undefined;
    const { expires_at } = connection;
    // protects: expiry of connections
    if (expires_at === undefined || expires_at > nowSeconds()) return connection;
    await this.end('expired');
    return undefined;
  }

  /** False if there is, or was, one already. */
  async create(connection: Connection): Promise<boolean> {
    if (await this.#row.open()) return false;
    await this.#account(connection.grant)?.join(this.#id);
    await this.#row.change(() => ({ connection, outbox: [], ended_at: undefined }));
    this.#changed();
    return true;
  }

  /** Changes the connection; undefined if it has ended. With the change goes the event that tells of it. */
  async change(change: (latest: Connection) => Connection): Promise<Connection | undefined> {
    const before = this.held;
    const record = await this.#row.change((latest) => {
      if (!latest?.connection) return undefined;
      const connection = change(latest.connection);
      if (connection === latest.connection) return latest;
      const type = eventOf(latest.connection, connection);
      return {
        ...latest,
        connection,
        outbox: this.#told(latest.outbox, type, connection, connection.reason),
      };
    });
    if (record?.connection !== before) this.#changed();
    return record?.connection;
  }

  /** Ends the connection and revokes its tokens. False if it had ended. */
  async end(reason: EndReason): Promise<boolean> {
    let ended: Connection | undefined;
    await this.#row.change((latest) => {
      ended = latest?.connection;
      if (!latest || !ended) return undefined;
      const outbox = this.#told(latest.outbox, 'connection.ended', ended, reason);
      return { connection: undefined, outbox, ended_at: nowSeconds() };
    });
    if (!ended) return false;
    this.#changed();
    const { grant } = ended;
    const account = this.#account(grant);
    await account?.leave(this.#id);
    if (grant) await this.revoke(grant);
    return true;
  }

  /** Revokes tokens, unless that would end other connections of the same account too. */
  revoke(grant: Grant): Promise<void> {
    return revokeGrants(this.#settings(), [grant], this.facts);
  }

  async reseal(): Promise<boolean> {
    await this.#row.open();
    const wasOld = this.#row.isSealedWithOldKey;
    await this.#row.change((latest) => latest);
    return wasOld;
  }

  /** An event has arrived, or is given up (`next` undefined), or will be tried again. */
  async delivered(id: string, next: PendingEvent | undefined): Promise<void> {
    await this.#row.change((latest) => {
      if (!latest) return undefined;
      const outbox = latest.outbox.flatMap((each) => (each.id === id ? (next ?? []) : each));
      return { ...latest, outbox };
    });
  }

  /** When KV should be written to next, in milliseconds since the epoch; undefined if it is up to date. */
  get copyDueAt(): number | undefined {
    return this.#row.held && this.#copy.isDue(this.held) ? this.#copy.dueAt : undefined;
  }

  /** Brings KV up to date. Never throws. */
  async follow(): Promise<void> {
    const tokens = this.#settings().connections?.tokens;
    if (tokens && (await this.#row.open())) await this.#copy.follow(tokens, () => this.held);
  }

  #told(
    outbox: readonly PendingEvent[],
    type: ConnectionEventType | undefined,
    connection: Connection,
    reason: string | undefined,
  ): readonly PendingEvent[] {
    if (type === undefined || !this.#settings().connections?.events) return outbox;
    const now = Date.now();
    const hasEnded = type === 'connection.ended';
    const data = {
      connection: connection.id,
      label: connection.label,
      provider: connection.provider,
      owner: connection.owner,
      state: hasEnded ? 'ended' : connection.state,
      since: hasEnded ? Math.floor(now / 1000) : connection.since,
      reason: reason ?? null,
      reauthorization_uri: connection.state === 'active' || hasEnded ? null : reauthorizationUri(connection),
    };
    return withEvent(outbox, pendingEvent({ type, timestamp: new Date(now).toISOString(), data }, now));
  }

  /** The object that knows every connection of the account at the provider. */
  #account(grant: Grant | undefined) {
    const name = grant && accountName(grant);
    return name === undefined ? undefined : this.#settings().connections?.keepers.getByName(name);
  }
}

function eventOf(before: Connection, after: Connection): ConnectionEventType | undefined {
  if (before.state === after.state) return undefined;
  return after.state === 'active' ? 'connection.restored' : 'connection.reauthorization_required';
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
