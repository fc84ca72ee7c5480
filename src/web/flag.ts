const NO: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off']);

/**
 * True for a parameter that is set to yes, however it is spelled: whoever sends `everywhere=true` must not be signed out in
 * one place only. One without a value is as if omitted (RFC 6749 §3.1).
 */
export function isYes(value: string | undefined): boolean {
  return value !== undefined && !NO.has(value.toLowerCase());
}
