import { nowSeconds } from '../clock.ts';
import type { EventsSettings } from '../settings/connection-settings.ts';
import type { User } from './user.ts';

export type ConnectionEventType =
  | 'connection.reauthorization_required'
  | 'connection.restored'
  | 'connection.ended';

/** What an event says. No token, no key. */
export interface ConnectionEvent {
  readonly type: ConnectionEventType;
  /** ISO 8601, of the change itself. */
  readonly timestamp: string;
  readonly data: {
    readonly connection: string;
    readonly label: string;
    readonly provider: string;
    /** Null: the connection is the service's own. */
    readonly owner: User | null;
    readonly state: string;
    /** Seconds since the epoch. */
    readonly since: number;
    /** An error code, or who ended it. */
    readonly reason: string | null;
    readonly reauthorization_uri: string | null;
  };
}

/** An event that has not arrived yet. */
export interface PendingEvent {
  /** The same for every delivery of this event. */
  readonly id: string;
  readonly event: ConnectionEvent;
  readonly attempts: number;
  /** When it is sent next, in milliseconds since the epoch. */
  readonly at: number;
}

/** After the n-th attempt, in seconds; half of it at random. About three days, then the event is given up. */
const PAUSES = [5, 30, 120, 600, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
const TIMEOUT_MS = 10_000;
/** More are not kept: whoever does not take twenty events takes the twenty-first neither. */
const MOST_PENDING = 20;

export function pendingEvent(event: ConnectionEvent, now: number): PendingEvent {
  return { id: `msg_${crypto.randomUUID().replaceAll('-', '')}`, event, attempts: 0, at: now };
}

/** The outbox with an event added; the oldest make room. */
export function withEvent(outbox: readonly PendingEvent[], event: PendingEvent): readonly PendingEvent[] {
  return [...outbox, event].slice(-MOST_PENDING);
}

/** The event after an attempt that failed; undefined once it is given up. `now` in milliseconds, `random` in [0, 1). */
export function afterFailure(pending: PendingEvent, now: number, random: number): PendingEvent | undefined {
  const pause = PAUSES[pending.attempts];
  if (pause === undefined) return undefined;
  return { ...pending, attempts: pending.attempts + 1, at: now + pause * 1000 * (0.5 + random / 2) };
}

/**
 * Sends an event by the Standard Webhooks scheme: `webhook-id`, `webhook-timestamp` and `webhook-signature`, which is
 * HMAC-SHA-256 over `id.timestamp.body` with each secret of `EVENTS_SECRET`. Throws unless the answer is a 2xx.
 */
export async function deliver({ url, secrets }: EventsSettings, { id, event }: PendingEvent): Promise<void> {
  const body = JSON.stringify(event);
  const timestamp = nowSeconds();
  const signatures = await Promise.all(secrets.map((secret) => sign(secret, `${id}.${timestamp}.${body}`)));
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'drawbridge',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatures.map((signature) => `v1,${signature}`).join(' '),
      },
      body,
      redirect: 'manual',
      signal: deadline.signal,
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`status ${response.status}`);
  } finally {
    clearTimeout(timer);
  }
}

async function sign(secret: Uint8Array<ArrayBuffer>, text: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text))).toBase64();
}
