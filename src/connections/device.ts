import type { User } from './user.ts';

/** What the name of an object begins with that keeps a device code; the user code follows. */
export const DEVICE_PREFIX = 'device:';

/** How long a device code lives, in seconds. */
export const DEVICE_SECONDS = 600;
/** How long to wait between polls, in seconds; longer by as much after each `slow_down` (RFC 8628 §3.5). */
export const POLL_SECONDS = 5;

/** What a program asks for, by device authorization. Times are seconds since the epoch. */
export interface DeviceRequest {
  /** The SHA-256 of the device code, in hex. */
  readonly hash: string;
  readonly provider: string;
  /** The scopes to ask the provider for; undefined: those of its settings. */
  readonly scope: string | undefined;
  /** What the program calls itself; nobody has verified it. */
  readonly label: string;
  readonly raw_tokens: boolean;
  readonly upstreams: readonly string[] | undefined;
  /** How long the key lives, in seconds. */
  readonly key_seconds: number | undefined;
  readonly created_at: number;
  readonly expires_at: number;
}

/** What the person who approves is shown. */
export type ShownDevice = Omit<DeviceRequest, 'hash'>;

export type DeviceDecision =
  | { readonly kind: 'approved'; readonly connection: string; readonly by: User | null }
  | { readonly kind: 'denied'; readonly reason: string | undefined };

/** A device authorization, as it is stored. */
export interface DeviceRecord extends DeviceRequest {
  readonly decision: DeviceDecision | undefined;
  /** The key has been handed out. */
  readonly used: boolean;
}

/** The result of a poll: an error code of RFC 8628 §3.5, or what key to create. */
export type PolledDevice =
  | { readonly error: 'authorization_pending' | 'slow_down' | 'expired_token' | 'invalid_grant' }
  | { readonly error: 'access_denied'; readonly reason: string | undefined }
  | { readonly error?: undefined; readonly request: ShownDevice; readonly connection: string };

/**
 * Pure: the result of a poll with the right device code. `now` in seconds. Once approved, each poll gets the connection;
 * the caller makes sure that only one does.
 */
export function pollAnswer(record: DeviceRecord, now: number): PolledDevice {
  const { decision, used, hash: _, ...request } = record;
  // protects: device codes work once
  if (used) return { error: 'invalid_grant' };
  if (record.expires_at <= now) return { error: 'expired_token' };
  if (decision === undefined) return { error: 'authorization_pending' };
  if (decision.kind === 'denied') return { error: 'access_denied', reason: decision.reason };
  return { request, connection: decision.connection };
}

/** When the next poll may come, and whether the one that comes now is too soon. */
export interface PollPace {
  /** Seconds between polls. */
  readonly interval: number;
  /** The last poll that was not too soon, in milliseconds since the epoch. */
  readonly last: number | undefined;
}

/** A little early is on time: networks are not even. In milliseconds. */
const EARLY_MS = 500;

/**
 * A program that ignores `slow_down` still gets an answer this often, in seconds: an approved code must not be lost
 * because a poll came early.
 */
const LONGEST_INTERVAL = 30;

/** Pure: a poll at `now` (milliseconds), and the pace from then on. */
export function pace(before: PollPace | undefined, now: number): { tooSoon: boolean; pace: PollPace } {
  const { interval, last } = before ?? { interval: POLL_SECONDS, last: undefined };
  // protects: pace of polls
  const tooSoon = last !== undefined && now - last < interval * 1000 - EARLY_MS;
  if (!tooSoon) return { tooSoon, pace: { interval, last: now } };
  return { tooSoon, pace: { interval: Math.min(interval + POLL_SECONDS, LONGEST_INTERVAL), last } };
}

export function asDeviceRecord(value: unknown): DeviceRecord | undefined {
  const record = value as Partial<DeviceRecord> | null | undefined;
  return typeof record?.hash === 'string' && typeof record.expires_at === 'number'
    ? (record as DeviceRecord)
    : undefined;
}
