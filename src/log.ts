import { measure } from './metrics.ts';

/** Everything that is logged, and measured; docs/logs.md says what each means. */
export const EVENTS = [
  'login_started',
  'login_finished',
  'login_failed',
  'refresh_finished',
  'refresh_failed',
  'logout',
  'logout_everywhere',
  'backchannel_logout',
  'frontchannel_logout',
  'revocation_failed',
  'end_failed',
  'alarm_failed',
  'kv_copy_failed',
  'kv_login_failed',
  'admin_signed_in',
  'admin_revealed',
  'admin_refreshed',
  'admin_revoked',
  'admin_revoked_user',
  'admin_resealed',
  'access_refused',
  'limiter_failed',
  'refused',
  'error',
] as const;

export type LogEvent = (typeof EVENTS)[number];

/** What a log line may hold: flat facts, no objects that could carry a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * What never reaches the log, whoever wrote it: JWTs and JWEs, long opaque strings (shorter ones if they mix letters
 * and digits), e-mail addresses, and the value of any `key=value` whose key is a secret's.
 */
const REDACTIONS: readonly [RegExp, string][] = [
  [/\beyJ[\w-]+(?:\.[\w-]*)+/g, '[jwt]'],
  [/[^\s@"'<>=&?]+@[^\s@"'<>=&?]+\.[^\s@"'<>=&?]+/g, '[email]'],
  [
    /((?:\b|_)(?:code|token|secret|password|assertion|verifier|state|nonce))(["']?\s*[=:]\s*["']?)[^\s&"',;]+/gi,
    '$1$2[redacted]',
  ],
  [/\b(Bearer|Basic|DPoP)\s+\S+/gi, '$1 [redacted]'],
  [/[A-Za-z0-9_\-+/]{24,}/g, '[redacted]'],
  [/(?=[\w\-+~]*\d)(?=[\w\-+~]*[a-z])[\w\-+~]{16,}/gi, '[redacted]'],
];

/** The secrets of this Worker, as they would stand in a text: a provider may repeat what it was sent. */
const known = new Set<string>();
/** Shorter texts stand by chance in anything. */
const SHORTEST = 6;

/** Keeps these texts out of every log line. */
export function neverLog(secrets: readonly string[]): void {
  for (const secret of secrets.filter(({ length }) => length >= SHORTEST)) {
    known.add(secret);
    known.add(encodeURIComponent(secret));
  }
}

/**
 * Text of somebody else made fit for the log: secrets blanked, control characters out, 300 characters at most.
 * `also` are texts of this request alone that stay out.
 */
export function redact(text: string, also: readonly string[] = []): string {
  let clean = text.slice(0, 2000).replace(/\p{Cc}/gu, ' ');
  for (const secret of [...known, ...also.filter(({ length }) => length >= SHORTEST)]) {
    clean = clean.replaceAll(secret, '[redacted]');
  }
  // protects: log redaction
  for (const [pattern, replacement] of REDACTIONS) clean = clean.replace(pattern, replacement);
  return clean.slice(0, 300);
}

/** Fields that are ours by construction and so go unredacted. */
const OWN_FIELDS = new Set(['event', 'flow', 'provider', 'error', 'status', 'session']);

/**
 * Writes one JSON line an event, and a data point where `METRICS` is bound. Every text field that is not our own
 * passes `redact`; `secrets` are texts of this request that stay out.
 */
export function log(event: LogEvent, fields: LogFields = {}, secrets: readonly string[] = []): void {
  measure(event, fields);
  const line: Record<string, unknown> = { event };
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    line[name] = typeof value === 'string' && !OWN_FIELDS.has(name) ? redact(value, secrets) : value;
  }
  console.log(JSON.stringify(line));
}
