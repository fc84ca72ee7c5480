import type { Grant } from '../grants/grant.ts';
import type { HistoryEvent } from '../grants/history.ts';
import type { Retry } from '../grants/retries.ts';
import { unicodePattern } from '../unicode-pattern.ts';
import type { PendingEvent } from './events.ts';
import type { KeyPolicy } from './policy.ts';
import type { User } from './user.ts';

/** What a program presents to use a connection, without the secret. Times are seconds since the epoch. */
export interface ConnectionKey {
  /** Names the key among those of its connection. */
  readonly id: string;
  readonly label: string;
  /** The SHA-256 of the secret, in hex. */
  readonly hash: string;
  readonly policy: KeyPolicy;
  readonly created_at: number;
  readonly expires_at: number | undefined;
  /** To the hour. */
  readonly last_used_at: number | undefined;
}

/** A grant that belongs to programs. Times are seconds since the epoch. */
export interface Connection {
  readonly id: string;
  /** Null: the service itself. */
  readonly owner: User | null;
  /** Where its page is: origin and base path. */
  readonly home: string;
  readonly provider: string;
  readonly label: string;
  /** The scope that was asked for at the last consent. */
  readonly scope: string;
  /** Undefined once the provider has ended it. */
  readonly grant: Grant | undefined;
  /** The subject at the provider: only the same account can reconnect it. */
  readonly account: string | undefined;
  readonly keys: readonly ConnectionKey[];
  readonly created_at: number;
  readonly expires_at: number | undefined;
  /** To the hour; of keys that are gone, and of trusted JWTs, too. */
  readonly last_used_at: number | undefined;
  readonly state: 'active' | 'reauthorization_required';
  /** Since when it has been in this state. */
  readonly since: number;
  /** Why it needs a new consent: the provider's error code or ours. */
  readonly reason: string | undefined;
  /** When a provider that failed may be asked again. */
  readonly retry: Retry | undefined;
  /** The last refreshes and errors, the oldest first. */
  readonly history: readonly HistoryEvent[];
}

/** What an object keeps: the connection, until it ends, and what has not been told yet. */
export interface ConnectionRecord {
  readonly connection: Connection | undefined;
  readonly outbox: readonly PendingEvent[];
  /** When it ended, in seconds since the epoch. */
  readonly ended_at: number | undefined;
}

export const MOST_KEYS = 20;
export const LONGEST_LABEL = 100;
const HOUR_SECONDS = 3600;

const INVISIBLE = unicodePattern(String.raw`[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]`, 'gu');

/** A name that people have typed, fit to be shown: one line, without control or direction characters. */
export function cleanLabel(text: string | undefined | null): string {
  const visible = (text ?? '').normalize('NFC').replaceAll(INVISIBLE(), ' ');
  return [...visible.replaceAll(/\s+/g, ' ').trim()].slice(0, LONGEST_LABEL).join('');
}

export function isSameUser(a: User | null, b: User | null): boolean {
  return a === null || b === null ? a === b : a.iss === b.iss && a.sub === b.sub;
}

/** The page on which its owner, or an operator, gives a new consent. */
export function reauthorizationUri({ id, owner, home }: Connection): string {
  return `${home}${owner === null ? '/admin' : ''}/connections/${id}`;
}

/** The keys that have not ended; those that have are dropped with the next change. `now` in seconds. */
export function liveKeys({ keys }: Connection, now: number): readonly ConnectionKey[] {
  // protects: expiry of keys
  return keys.filter(({ expires_at }) => expires_at === undefined || expires_at > now);
}

/** The connection used now, by a key or a trusted JWT (undefined): the same object if this hour is already stored. */
export function usedAt(connection: Connection, key: string | undefined, now: number): Connection {
  const hour = Math.floor(now / HOUR_SECONDS) * HOUR_SECONDS;
  const isNoted = (last: number | undefined) => last !== undefined && last >= hour;
  const used = connection.keys.find(({ id }) => id === key);
  if (isNoted(connection.last_used_at) && (used === undefined || isNoted(used.last_used_at)))
    return connection;
  const keys = connection.keys.map((each) => (each === used ? { ...each, last_used_at: hour } : each));
  return { ...connection, keys, last_used_at: hour };
}

/** The connection after its provider has ended the grant. */
export function withoutConsent(connection: Connection, reason: string, now: number): Connection {
  if (connection.state === 'reauthorization_required') return connection;
  return {
    ...connection,
    grant: undefined,
    retry: undefined,
    state: 'reauthorization_required',
    since: now,
    reason,
  };
}

/** The connection after a new consent of its owner. */
export function reconnected(connection: Connection, grant: Grant, scope: string, now: number): Connection {
  const since = connection.state === 'active' ? connection.since : now;
  const account = grant.sub ?? connection.account;
  return {
    ...connection,
    grant,
    scope,
    account,
    state: 'active',
    since,
    reason: undefined,
    retry: undefined,
  };
}

/** With a key added. Undefined if there are too many. */
export function withKey(connection: Connection, key: ConnectionKey, now: number): Connection | undefined {
  const keys = liveKeys(connection, now);
  return keys.length >= MOST_KEYS ? undefined : { ...connection, keys: [...keys, key] };
}

/** With a key ended, at once or at a time to come, never later than it would have. */
export function withKeyEnding(connection: Connection, id: string, at: number, now: number): Connection {
  const keys = liveKeys(connection, now).flatMap((key) => {
    if (key.id !== id) return [key];
    const expires_at = Math.min(at, key.expires_at ?? at);
    return expires_at <= now ? [] : [{ ...key, expires_at }];
  });
  return { ...connection, keys };
}

/** What was sealed as a record, if it is one. */
export function asRecord(value: unknown): ConnectionRecord | undefined {
  const record = value as Partial<ConnectionRecord> | null | undefined;
  return Array.isArray(record?.outbox) ? (record as ConnectionRecord) : undefined;
}
