import { DurableObject } from 'cloudflare:workers';
import { nowSeconds } from '../clock.ts';
import { DrawbridgeError, errorData } from '../errors.ts';
import type { Grant } from '../grants/grant.ts';
import { log } from '../log.ts';
import type { Resealing } from '../objects/resealing.ts';
import { readRow } from '../objects/row.ts';
import { SealedRow } from '../objects/sealed-row.ts';
import type { Env } from '../settings/env.ts';
import { loadSettings } from '../settings/load-settings.ts';
import type { Settings } from '../settings/settings.ts';
import { type Connection, type ConnectionKey, reconnected, withKey, withKeyEnding } from './connection.ts';
import { freshTimes } from './connection-kind.ts';
import type {
  Changed,
  ConnectionObject,
  EndReason,
  NewConnection,
  Presented,
  ShownConnection,
  Use,
  Used,
  UsedConnection,
} from './connections.ts';
import {
  DEVICE_PREFIX,
  type DeviceDecision,
  type DeviceRequest,
  type PolledDevice,
  type ShownDevice,
} from './device.ts';
import { type GuessCounts, withGuess, withoutGuess } from './guesses.ts';
import { KeptConnection } from './kept-connection.ts';
import { KeptDevice } from './kept-device.ts';
import { KeptRecord } from './kept-record.ts';
import { gone, otherAccount, tooManyKeys } from './refusals.ts';
import { sendEvents } from './send-events.ts';
import { acceptedKey } from './use.ts';

const GUESSES = 'guesses';
const MEMBER = 'member:';

/**
 * The Durable Object of one connection, its source of truth, which alone refreshes its grant. Export it from your Worker for
 * the binding `CONNECTION_KEEPER`. Objects with other names store a device code (`device:…`), count guesses (`guesses`),
 * or list the connections of one account (`account:…`).
 */
export class ConnectionKeeper extends DurableObject<Env> implements ConnectionObject {
  readonly #store: SyncKvStorage;
  readonly #name: string;
  readonly #record: KeptRecord;
  readonly #connection: KeptConnection;
  readonly #device: KeptDevice;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = ctx.storage.kv;
    const name = ctx.id.name ?? readRow(this.#store)?.name ?? SealedRow.nameIn(this.#store) ?? '';
    this.#name = name;
    const settings = () => this.#settings;
    this.#record = new KeptRecord(ctx, name, settings);
    this.#connection = new KeptConnection(this.#record, settings);
    this.#device = new KeptDevice(ctx.storage, name, settings);
  }

  async create(made: NewConnection): Promise<Changed> {
    const now = nowSeconds();
    const connection: Connection = {
      ...made,
      account: made.grant.sub,
      last_used_at: undefined,
      state: 'active',
      since: now,
      reason: undefined,
      retry: undefined,
      history: [],
    };
    if (!(await this.#record.create(connection))) return { error: errorData(gone()) };
    return { connection: shown(connection) };
  }

  use(presented: Presented, use: Use): Promise<Used> {
    return this.#connection.use(presented, use);
  }

  isAlive(presented: Presented): Promise<boolean> {
    return this.#connection.isAlive(presented);
  }

  async inspect(): Promise<ShownConnection | undefined> {
    const connection = await this.#record.live();
    return connection && shown(connection);
  }

  async reconnect(grant: Grant, scope: string): Promise<Changed> {
    const before = await this.#record.live();
    // protects: the account of a connection
    if (before?.account !== undefined && grant.sub !== undefined && grant.sub !== before.account) {
      await this.#record.revoke(grant);
      return { error: errorData(otherAccount()) };
    }
    return this.#change((latest) => reconnected(latest, grant, scope, nowSeconds()));
  }

  addKey(key: ConnectionKey): Promise<Changed> {
    return this.#change((latest) => withKey(latest, key, nowSeconds()) ?? tooManyKeys());
  }

  rotateKey(id: string, next: Pick<ConnectionKey, 'id' | 'hash'>, overlap: number): Promise<Changed> {
    return this.#change((latest) => {
      const now = nowSeconds();
      const old = latest.keys.find((key) => key.id === id);
      if (!old) return gone();
      const life = old.expires_at === undefined ? undefined : old.expires_at - old.created_at;
      const expires_at = life === undefined ? undefined : now + life;
      const key = { ...old, ...next, created_at: now, expires_at, last_used_at: undefined };
      return withKey(withKeyEnding(latest, id, now + overlap, now), key, now) ?? tooManyKeys();
    });
  }

  endKey(id: string): Promise<Changed> {
    return this.#change((latest) => {
      if (!latest.keys.some((key) => key.id === id)) return gone();
      return withKeyEnding(latest, id, 0, nowSeconds());
    });
  }

  async revokeKey(hash: string): Promise<UsedConnection | undefined> {
    const connection = await this.#record.live();
    const key = acceptedKey(connection, { hash }, nowSeconds());
    if (!connection || key?.id === undefined) return undefined;
    await this.endKey(key.id);
    const { id, label, provider, owner } = connection;
    return { id, label, provider, owner };
  }

  end(reason: EndReason): Promise<boolean> {
    return this.#record.end(reason);
  }

  reseal(): Promise<Resealing> {
    return this.#record.reseal();
  }

  startDevice(request: DeviceRequest): Promise<boolean> {
    return this.#device.start(request);
  }

  showDevice(): Promise<ShownDevice | undefined> {
    return this.#device.show();
  }

  decideDevice(decision: DeviceDecision): Promise<boolean> {
    return this.#device.decide(decision);
  }

  pollDevice(hash: string): Promise<PolledDevice> {
    return this.#device.poll(hash);
  }

  async takeGuess(who: string): Promise<boolean> {
    const counts = withGuess(this.#store.get<GuessCounts>(GUESSES), who, nowSeconds());
    if (counts) this.#store.put(GUESSES, counts);
    return counts !== undefined;
  }

  async giveBackGuess(who: string): Promise<void> {
    const counts = this.#store.get<GuessCounts>(GUESSES);
    if (counts) this.#store.put(GUESSES, withoutGuess(counts, who));
  }

  async join(connection: string): Promise<void> {
    this.#store.put(MEMBER + connection, true);
  }

  async leave(connection: string): Promise<void> {
    this.#store.delete(MEMBER + connection);
    if (!(await this.isUsed())) await this.ctx.storage.deleteAll();
  }

  async isUsed(): Promise<boolean> {
    return [...this.#store.list({ prefix: MEMBER, limit: 1 })].length > 0;
  }

  /** Ends what has expired, sends events, updates KV, and refreshes grants with `keep_fresh`. */
  override async alarm(invocation?: AlarmInvocationInfo): Promise<void> {
    try {
      if (this.#name.startsWith(DEVICE_PREFIX)) return await this.#device.forgetWhenOver();
      await this.#record.alarm(invocation, async () => {
        const connection = await this.#record.live();
        if (connection) await this.#keepFresh(connection);
        await sendEvents(this.#record, this.#settings.connections?.events);
      });
    } catch (error) {
      log('alarm_failed', { ...this.#record.facts, detail: String(error) });
      this.#record.retryAlarm();
    }
  }

  get #settings(): Settings {
    return loadSettings(this.env);
  }

  /** A change, or the error if it can't be made. */
  async #change(change: (latest: Connection) => Connection | DrawbridgeError): Promise<Changed> {
    if (!(await this.#record.live())) return { error: errorData(gone()) };
    let refused: DrawbridgeError | undefined;
    const connection = await this.#record.change((latest) => {
      const after = change(latest);
      refused = after instanceof DrawbridgeError ? after : undefined;
      return after instanceof DrawbridgeError ? latest : after;
    });
    if (refused || !connection) return { error: errorData(refused ?? gone()) };
    return { connection: shown(connection) };
  }

  async #keepFresh(connection: Connection): Promise<void> {
    const provider = this.#settings.providers.get(connection.provider);
    const [at] = freshTimes(connection, this.#settings);
    if (!provider || !connection.grant || at === undefined || at > Date.now()) return;
    await this.#connection.keepFresh(provider, connection.grant);
  }
}

function shown({
  grant,
  keys,
  account: _,
  retry: __,
  home: ___,
  ...connection
}: Connection): ShownConnection {
  return {
    ...connection,
    scope: grant?.scope ?? connection.scope,
    keys: keys.map(({ hash: ____, ...key }) => key),
  };
}
