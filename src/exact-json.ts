/**
 * Numbers that a double may not hold as they are written: many digits in a row, or an exponent. What precedes a number
 * counts: tokens are full of `4e7`.
 */
const MAY_LOSE = /(?:^|[\s:,[])-?(?:\d{16}|\d+\.\d{16}|\d+(?:\.\d+)?[eE])/;

/** What `JSON.parse` tells its reviver besides name and value (ECMA-262, JSON.parse source text access). */
interface Context {
  readonly source?: string;
}

type Reviver = (this: unknown, name: string, value: unknown, context?: Context) => unknown;

/**
 * The value of a JSON text. A number that a double can't hold as it is written becomes the text of its digits: two
 * users whose ids differ in the last of twenty digits must not become one. Throws a `SyntaxError`.
 */
export function parseJson(text: string): unknown {
  return MAY_LOSE.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

/** True if `JSON.parse` keeps every number of a JSON text. */
export function hasExactNumbers(text: string): boolean {
  return !MAY_LOSE.test(text);
}

const keepDigits: Reviver = (_, value, context) =>
  typeof value === 'number' && context?.source !== undefined && context.source !== String(value)
    ? context.source
    : value;

/** Deeper than any answer of a provider; what goes through it level by level would run out of stack, or of memory. */
const MAX_DEPTH = 64;
const [QUOTE, BACKSLASH] = ['"'.charCodeAt(0), '\\'.charCodeAt(0)];
const OPENING = new Set(['{'.charCodeAt(0), '['.charCodeAt(0)]);
const CLOSING = new Set(['}'.charCodeAt(0), ']'.charCodeAt(0)]);

/** True for a text with more opening braces and brackets than `count`, wherever they are. */
export function opensMoreThan(count: number, text: string): boolean {
  // One part more than there are openings. No loop, no pattern: this is asked of every token response.
  return text.split('{', count + 2).length + text.split('[', count + 2).length - 2 > count;
}

/** True for a JSON text with too many levels. Does not parse it. */
export function isTooDeep(text: string): boolean {
  // Nearly every answer opens fewer levels than that in all, and reading it character by character takes long.
  if (!opensMoreThan(MAX_DEPTH, text)) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString && code === BACKSLASH) at++;
    else if (code === QUOTE) inString = !inString;
    else if (!inString && OPENING.has(code) && ++depth > MAX_DEPTH) return true;
    else if (!inString && CLOSING.has(code)) depth--;
  }
  return false;
}

/** The JSON object that a text is; undefined if it is none, or nested too deeply. */
export function jsonObject(text: string): Record<string, unknown> | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    const value = parseJson(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Longer than any identifier that a provider has for a user or a session (OpenID Connect Core §2). */
const MAX_IDENTIFIER_LENGTH = 255;

/**
 * A value taken as an identifier: text, or a number as its digits. Undefined for anything else, and for what is empty
 * or too long.
 */
export function identifier(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text === '' || text.length > MAX_IDENTIFIER_LENGTH) return undefined;
  // Half a surrogate pair is stored as the same character as any other half.
  return text.isWellFormed() ? text : undefined;
}
