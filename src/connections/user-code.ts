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

const BETWEEN = unicodePattern(String.raw`[\s\p{Pd}]`, 'gu');

/** What the user typed, in any case and with any hyphens and spaces; undefined if it can't be a code. */
export function readUserCode(typed: string): string | undefined {
  const code = typed.toUpperCase().replaceAll(BETWEEN(), '');
  const isWhole = code.length === LENGTH && [...code].every((letter) => ALPHABET.includes(letter));
  return isWhole ? code : undefined;
}
