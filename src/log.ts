/** What a log line may hold: flat facts, no objects that could carry a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * What never reaches the log, whoever wrote it: JWTs and JWEs, long opaque strings, e-mail addresses, and the
 * value of any `key=value` whose key is a secret's.
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
];

/** Text of somebody else made fit for the log: secrets blanked, control characters out, 300 characters at most. */
export function redact(text: string): string {
  let clean = text.slice(0, 2000).replace(/\p{Cc}/gu, ' ');
  for (const [pattern, replacement] of REDACTIONS) clean = clean.replace(pattern, replacement);
  return clean.slice(0, 300);
}

/** Fields that are ours by construction and so go unredacted. */
const OWN_FIELDS = new Set(['event', 'flow', 'provider', 'error', 'status', 'session']);

/** Writes one JSON line an event. Every text field that is not our own passes `redact`. */
export function log(event: string, fields: LogFields = {}): void {
  const line: Record<string, unknown> = { event };
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    line[name] = typeof value === 'string' && !OWN_FIELDS.has(name) ? redact(value) : value;
  }
  console.log(JSON.stringify(line));
}
