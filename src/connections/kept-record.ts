import { nowSeconds } from '../clock.ts';
import { accountName } from '../grants/account.ts';
import type { Grant } from '../grants/grant.ts';
import { revokeGrants } from '../grants/revoke-grants.ts';
import type { LogFields } from '../log.ts';
import { KeptValue } from '../objects/kept-value.ts';
import type { Resealing } from '../objects/resealing.ts';
import type { Settings } from '../settings/settings.ts';
import { type Connection, type ConnectionRecord, reauthorizationUri } from './connection.ts';
import { connectionKind } from './connection-kind.ts';
import type { EndReason } from './connections.ts';
import { type ConnectionEventType, type PendingEvent, pendingEvent, withEvent } from './events.ts';

/** The stored record of a connection, and the events that tell of its changes. See `KeptValue` for how it is stored. */
export class KeptRecord {
  readonly #kept: KeptValue<ConnectionRecord>;
  readonly #id: string;
  readonly #settings: () => Settings;

  constructor(ctx: DurableObjectState, id: string, settings: () => Settings) {
    this.#id = id;
    this.#settings = settings;
    this.#kept = new KeptValue(ctx, id, connectionKind(id, settings));
  }

  /** The connection as it is in memory. */
  get held(): Connection | undefined {
    return this.#kept.held?.connection;
  }

  get outbox(): readonly PendingEvent[] {
    return this.#kept.held?.outbox ?? [];
  }

  /** For log lines. The id opens nothing, but it need not be whole. */
  get facts(): LogFields {
    return { connection: this.#id.slice(0, 12) };
  }

  /** The connection, unless it has ended. */
  async live(): Promise<Connection | undefined> {
    const connection = (await this.#kept.open())?.connection;
    if (!connection) return undefined;
    const { expires_at } = connection;
    // protects: expiry of connections
    if (expires_at === undefined || expires_at > nowSeconds()) return connection;
    await this.end('expired');
    return undefined;
  }

  /** False if there is, or was, one already. */
  async create(connection: Connection): Promise<boolean> {
    if ((await this.#kept.open()) || this.#kept.ended) return false;
    await this.#account(connection.grant)?.join(this.#id);
    const record = { connection, outbox: [], ended_at: undefined };
    await this.#kept.create(record, await this.#kept.seal(record));
    return true;
  }

  /** Changes the connection, and stores the event about it with the change. Undefined if the connection has ended. */
  async change(change: (latest: Connection) => Connection): Promise<Connection | undefined> {
    const record = await this.#kept.change((latest) => {
      if (!latest.connection) return latest;
      const connection = change(latest.connection);
      if (connection === latest.connection) return latest;
      const type = eventOf(latest.connection, connection);
      return {
        ...latest,
        connection,
        outbox: this.#told(latest.outbox, type, connection, connection.reason),
      };
    });
    return record?.connection;
  }

  /** Ends the connection and revokes its tokens. False if it had ended. */
  async end(reason: EndReason): Promise<boolean> {
    let ended: Connection | undefined;
    await this.#kept.change((latest) => {
      ended = latest.connection;
      if (!ended) return latest;
      const outbox = this.#told(latest.outbox, 'connection.ended', ended, reason);
      return leftOver({ connection: undefined, outbox, ended_at: nowSeconds() });
    });
    if (!ended) return false;
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

  reseal(): Promise<Resealing> {
    return this.#kept.reseal();
  }

  /** An event has arrived, or is given up (`next` undefined), or will be tried again. */
  async delivered(id: string, next: PendingEvent | undefined): Promise<void> {
    await this.#kept.change((latest) => {
      const outbox = latest.outbox.flatMap((each) => (each.id === id ? (next ?? []) : each));
      return leftOver({ ...latest, outbox });
    });
  }

  /** For the object's alarm: does `work`, updates KV, and sets the alarm for the next task. */
  alarm(invocation: AlarmInvocationInfo | undefined, work: () => Promise<void>): Promise<void> {
    return this.#kept.alarm(invocation, work);
  }

  /** For an alarm that could not do its work: it goes off again later. */
  retryAlarm(): void {
    this.#kept.retryAlarm();
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

/** Nothing is left to keep once a connection has ended and all has been told. */
function leftOver(record: ConnectionRecord): ConnectionRecord | undefined {
  return record.connection || record.outbox.length > 0 ? record : undefined;
}

function eventOf(before: Connection, after: Connection): ConnectionEventType | undefined {
  if (before.state === after.state) return undefined;
  return after.state === 'active' ? 'connection.restored' : 'connection.reauthorization_required';
}
