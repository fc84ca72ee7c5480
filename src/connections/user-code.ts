import { unicodePattern } from '../unicode-pattern.ts';

/** RFC 8628 §6.1: no vowel, so no word; nothing that looks like a digit. 20⁸ codes, 34 bits. */
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;
/** The largest multiple of the alphabet's size in a byte: what lies above would favour its first letters. */
const FAIR = 240;

/** A new user code, without the hyphen that it is shown with. */
export function newUserCode(): string {
  let code = '';
  while (code.length < LENGTH) {
    for (const byte of crypto.getRandomValues(new Uint8Array(LENGTH))) {
      if (byte < FAIR && code.length < LENGTH) code += ALPHABET[byte % ALPHABET.length];
    }
  }
  return code;
}

/** The code as it is shown: `WDJB-MJHT`. */
export function shownUserCode(code: string): string {
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;
}

/** Whatever is neither letter nor digit: hyphens of any kind, spaces, what was copied along unseen. */
const BETWEEN = unicodePattern(String.raw`[^\p{L}\p{N}]`, 'gu');
/** More than anyone types. */
const LONGEST = 100;

/** What the user typed, in any case and width and with anything in between; undefined if it can't be a code. */
export function readUserCode(typed: string): string | undefined {
  if (typed.length > LONGEST) return undefined;
  const code = typed.normalize('NFKC').toUpperCase().replaceAll(BETWEEN(), '');
  const isWhole = code.length === LENGTH && [...code].every((letter) => ALPHABET.includes(letter));
  return isWhole ? code : undefined;
}
