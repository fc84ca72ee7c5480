import { SECRET_WORDS } from './secret-names.ts';
import { unicodePattern } from './unicode-pattern.ts';

/**
 * What never reaches the log, whoever wrote it: secrets of this Worker and of the request, JWTs and JWEs, opaque texts,
 * e-mail addresses, and the value of any `name=value` whose name is a secret's. Words stay, so that a provider's
 * message can be read: `token: missing`, `DPoP proof required`, `temporarily_unavailable`, `/oauth2/v2.0/token`.
 */

/** The secrets of this Worker, as they would look in a text: a provider may repeat what it was sent. */
const known = new Set<string>();
/** More than any Worker has; past it the oldest go, so that the set can't grow without end. */
const KNOWN_LIMIT = 1000;
/** Shorter texts occur by chance in anything. */
const SHORTEST = 6;
const MAX_INPUT = 2000;
const MAX_LENGTH = 300;

/** Keeps these texts out of every log line. */
export function neverLog(secrets: readonly string[]): void {
  for (const secret of secrets.filter(({ length }) => length >= SHORTEST)) {
    for (const form of [secret, encodeURIComponent(secret)]) {
      known.delete(form);
      known.add(form);
    }
  }
  for (const oldest of known) {
    if (known.size <= KNOWN_LIMIT) break;
    known.delete(oldest);
  }
}

type Replacement = (match: string, ...groups: string[]) => string;

/** After a name that may be a secret's, these say that it is spoken of, not given. */
const WORD = /^[a-z]+(?:[_-][a-z]+)*[.!]?$/i;
/** For names whose value may itself be a word: only these. */
const STATE_OF_A_SECRET =
  /^(?:absent|bad|does|empty|expired|incorrect|invalid|is|malformed|mismatch(?:ed)?|missing|must|none|not|null|required|revoked|undefined|unknown|unsupported|was|wrong)[.!]?$/i;
const WORDS_AFTER_SCHEME =
  /^(?:access|and|auth(?:entication|orization)?|challenge|credentials?|error|header|is|key|must|nonce|not|or|proofs?|(?:algs|error|error_description|realm|scope)=.*|required|scheme|tokens?|was)[.,;:!]?$/i;

const value: Replacement = (whole, name = '', between = '', given = '') => {
  const prose = /^:\s+$/.test(between);
  const spoken = /secret|password/i.test(name) ? STATE_OF_A_SECRET : WORD;
  return prose && spoken.test(given) ? whole : `${name}${between}[redacted]`;
};
const credentials: Replacement = (whole, scheme = '', given = '') =>
  WORDS_AFTER_SCHEME.test(given) ? whole : `${scheme} [redacted]`;
const opaque: Replacement = (run) => (isReadable(run) ? run : '[redacted]');

const REDACTIONS: readonly (readonly [RegExp, Replacement])[] = [
  [/\beyJ[\w-]+(?:\.[\w-]*)+/g, () => '[jwt]'],
  [/[^\s@"'<>=&?]+@[^\s@"'<>=&?]+\.[^\s@"'<>=&?]+/g, () => '[email]'],
  [new RegExp(`(${SECRET_WORDS})(["']?\\s*[=:]\\s*["']?)([^\\s&"',;]+)`, 'gi'), value],
  [/\b(Bearer|Basic|DPoP)\s+(\S+)/gi, credentials],
  [/[\w\-+/~=]{16,}/g, opaque],
];

/** Pure: a run of words and small numbers, joined by `_`, `-` or `/`, as names, paths and error codes are. */
function isReadable(run: string): boolean {
  const parts = run.split(/[_\-/+~=]+/).filter((part) => part !== '');
  const numbered = parts.filter((part) => !isWord(part) && !/^(?:\d{1,8}|v\d{1,2})$/i.test(part));
  return numbered.length <= 2 && numbered.every((part) => isWord(NUMBERED_WORD.exec(part)?.[1] ?? ''));
}

/** `unavailable`, `AccessTokenExpired`, `TOKEN`: letters in the order that words have them, which random ones lack. */
function isWord(part: string): boolean {
  if (/^(?:[A-Z]{1,20}|[a-z]{1,20})$/.test(part)) return part.length < 5 || VOWEL.test(part);
  // An abbreviation stands before a word or at the end: letters of base32 are not a row of abbreviations.
  const words = part.match(/[A-Z]{2,5}(?=$|[A-Z][a-z])|[A-Z]?[a-z]{2,}/g) ?? [];
  if (words.join('') !== part || words.length > 6) return false;
  const arePronounceable = words.every((word) => word.length <= 20 && (word.length < 4 || VOWEL.test(word)));
  return arePronounceable && part.length / words.length >= 3.5;
}

const VOWEL = /[aeiouy]/i;
/** `AADSTS7000215` */
const NUMBERED_WORD = /^([a-z]{3,12})\d{1,8}$/i;
const INVISIBLE = unicodePattern(String.raw`[\p{Cc}\p{Cf}\u2028\u2029]`, 'gu');

/**
 * Text of somebody else made fit for the log: secrets blanked, control characters out, 300 characters at most.
 * `also` are texts of this request alone that stay out.
 */
export function redact(text: string, also: readonly string[] = []): string {
  let clean = text.slice(0, MAX_INPUT).replace(INVISIBLE(), ' ');
  for (const secret of [...known, ...also.filter(({ length }) => length >= SHORTEST)]) {
    clean = clean.replaceAll(secret, '[redacted]');
  }
  // protects: log redaction
  for (const [pattern, replacement] of REDACTIONS) clean = clean.replace(pattern, replacement);
  return clean.slice(0, MAX_LENGTH);
}
