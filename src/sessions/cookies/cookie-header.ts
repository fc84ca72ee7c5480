/**
 * The cookies in a `Cookie` header by name (RFC 6265 §4.2.1), values without the quotes that some clients and proxies add
 * (§4.1.1), and percent-decoded where they can be. Of several cookies with the same name the first one counts: browsers
 * send the one with the longest path first (§5.4).
 */
export function readCookies(header: string | null): Map<string, string> {
  const found = new Map<string, string>();
  if (header === null) return found;
  const hasBlanks = header.includes(' ') || header.includes('\t');
  for (let start = 0; ; ) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon < 0 ? header.length : semicolon;
    const equals = header.indexOf('=', start);
    if (equals < 0) return found;
    if (equals < end) {
      const name = hasBlanks ? trimmed(header, start, equals) : header.slice(start, equals);
      const value = hasBlanks ? trimmed(header, equals + 1, end) : header.slice(equals + 1, end);
      if (name !== '' && !found.has(name)) found.set(name, valueIn(value));
    }
    if (semicolon < 0) return found;
    start = semicolon + 1;
  }
}

/** `text.slice(start, end)` without spaces and tabs at its ends. */
function trimmed(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && (text[from] === ' ' || text[from] === '\t')) from++;
  while (to > from && (text[to - 1] === ' ' || text[to - 1] === '\t')) to--;
  return text.slice(from, to);
}

/** A value without quotes and escapes; a broken escape stays as it is. */
function valueIn(text: string): string {
  const isQuoted = text.length > 1 && text.startsWith('"') && text.endsWith('"');
  const value = isQuoted ? text.slice(1, -1) : text;
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
