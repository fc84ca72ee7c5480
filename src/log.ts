import { measure } from './metrics.ts';
import { redact } from './redaction.ts';

/** Every event that is logged and measured. docs/logs.md says what each one means. */
export const EVENTS = [
  'login_started',
  'login_finished',
  'login_failed',
  'userinfo_failed',
  'refresh_finished',
  'refresh_failed',
  'logout',
  'logout_everywhere',
  'backchannel_logout',
  'frontchannel_logout',
  'sessions_swept',
  'revocation_failed',
  'end_failed',
  'cookie_lost',
  'alarm_failed',
  'kv_copy_failed',
  'kv_login_failed',
  'admin_signed_in',
  'admin_signed_out',
  'admin_revealed',
  'admin_refreshed',
  'admin_revoked',
  'admin_revoked_user',
  'admin_resealed',
  'access_refused',
  'connection_created',
  'connection_reconnected',
  'connection_ended',
  'key_added',
  'key_ended',
  'device_requested',
  'device_approved',
  'device_denied',
  'token_exchanged',
  'event_failed',
  'limiter_failed',
  'request_forwarded',
  'refused',
  'error',
] as const;

export type LogEvent = (typeof EVENTS)[number];

/** What a log line may hold: plain values, no objects that could carry a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Fields whose values are always our own, so they need no redaction. */
const OWN_FIELDS = [
  'flow',
  'provider',
  'upstream',
  'error',
  'status',
  'session',
  'connection',
  'method',
  'by',
] as const;
const OWN: ReadonlySet<string> = new Set(OWN_FIELDS);

type OwnFields = Readonly<Partial<Record<(typeof OWN_FIELDS)[number], string | undefined>>>;
/** Numbers need no redaction either. */
type Counts = Readonly<Partial<Record<'provider_requests' | 'duration_ms', number>>>;

/**
 * Writes one JSON line per event, and a data point if `METRICS` is bound. Every text field that is not our own goes
 * through `redact`. `secrets` are values from this request that must not appear in the log.
 */
export function log(event: LogEvent, fields: LogFields = {}, secrets: readonly string[] = []): void {
  const line: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    line[name] = typeof value === 'string' && !OWN.has(name) ? redact(value, secrets) : value;
  }
  write(event, line);
}

/** The same for events that say nothing but what is our own: every login has two of them. */
export function logOwn(event: LogEvent, fields: OwnFields & Counts): void {
  write(event, fields);
}

function write(event: LogEvent, fields: LogFields): void {
  measure(event, fields);
  console.log(JSON.stringify({ event, ...fields }));
}
