import type { ErrorCode } from '../../error-kinds.ts';
import { DrawbridgeError } from '../../errors.ts';

/** What a page says about an error. */
export interface Words {
  readonly title: string;
  readonly description: string;
  readonly hint: string;
}

const TELL_OPERATOR = 'Start again. If it keeps happening, give the operator the flow id below.';

const SIGN_IN_FAILED: Words = {
  title: 'The sign-in did not work',
  description: 'The provider’s answer can’t be accepted, so you’re not signed in.',
  hint: TELL_OPERATOR,
};

/** Errors whose default text is about settings and the protocol. */
const FOR_PEOPLE: Partial<Record<ErrorCode, Words>> = {
  issuer_mismatch: SIGN_IN_FAILED,
  provider_error: SIGN_IN_FAILED,
  token_request_failed: SIGN_IN_FAILED,
  token_response_invalid: SIGN_IN_FAILED,
  id_token_invalid: SIGN_IN_FAILED,
  provider_unreachable: {
    title: 'The provider isn’t responding',
    description: 'The provider could not be reached or took too long.',
    hint: 'Wait a moment and try again.',
  },
  session_too_large: {
    title: 'You can’t be signed in',
    description: 'Your accounts come with more data than this browser can store.',
    hint: 'Give the operator the flow id below.',
  },
  no_offline_access: {
    title: 'The provider gave no lasting access',
    description: 'Programs could use this account for a short time only, so nothing was connected.',
    hint: TELL_OPERATOR,
  },
};

/**
 * Pure: the words for somebody who can't change a setting. A text that names settings or parameters, in backticks, is
 * for the operator. The very error if its own words are for everyone.
 */
export function wordsForPeople(error: DrawbridgeError): Words {
  const { code, title, description, hint } = error;
  const words = FOR_PEOPLE[code];
  if (words) return words.description === description && words.hint === hint ? error : words;
  if (!isTechnical(description) && !isTechnical(hint)) return error;
  const usual = new DrawbridgeError(code);
  return {
    title,
    description: [description, usual.description].find((text) => !isTechnical(text)) ?? title,
    hint: [hint, usual.hint].find((text) => !isTechnical(text)) ?? TELL_OPERATOR,
  };
}

function isTechnical(text: string): boolean {
  return text.includes('`');
}
