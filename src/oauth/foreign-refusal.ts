import { memberAt } from '../providers/quirks/member-at.ts';
import type { Refusal } from '../providers/quirks/refusal.ts';

type Body = Readonly<Record<string, unknown>>;

/** Where providers put the code of an error, if not where RFC 6749 §5.2 has it. */
const CODE_PLACES = [
  'error.code',
  'error.type',
  'error.status',
  'errors.0.errorType',
  'errors.0.code',
  'errorCode',
  'error_code',
  'errCode',
  'errcode',
  'error_reason',
  'code',
];
/** Where they put the text. */
const TEXT_PLACES = [
  'error_description',
  'error.message',
  'errors.0.message',
  'errorMessage',
  'error_message',
  'errorSummary',
  'errmsg',
  'message',
  'msg',
  'detail',
  'errors.0',
];

/**
 * Pure: the error in a body that is no token response, or in the parameters of a callback, and not in the form of RFC
 * 6749, so that it reaches the log and gets a hint: Fitbit and Graph APIs nest it, WeChat has `errcode` and `errmsg`.
 * With a `succeeded` status only what can't be anything else counts: `code` and `message` may be part of a successful
 * response. Undefined if there is none.
 */
export function foreignRefusal(body: Body, { succeeded }: { succeeded: boolean }): Refusal | undefined {
  if (succeeded && (body.access_token !== undefined || !saysFailure(body))) return undefined;
  const code = firstWord(body, CODE_PLACES);
  const text = firstWord(body, TEXT_PLACES);
  const error = code ?? text;
  return error === undefined ? undefined : { error, description: code === undefined ? undefined : text };
}

function saysFailure(body: Body): boolean {
  const { error, errors, errcode, errorCode, error_code: code, success, ok } = body;
  const isTold = [errcode, errorCode, code].some((each) => each !== undefined && firstOf(each) !== undefined);
  const isNested =
    (typeof error === 'object' && error !== null) || (Array.isArray(errors) && errors.length > 0);
  return isTold || isNested || error === true || success === false || ok === false;
}

function firstWord(body: Body, places: readonly string[]): string | undefined {
  for (const place of places) {
    const word = firstOf(memberAt(body, place));
    if (word !== undefined) return word;
  }
  return undefined;
}

/** Text, or a number as text. Zero is no error. */
function firstOf(value: unknown): string | undefined {
  if (typeof value === 'number' && value !== 0) return String(value);
  return typeof value === 'string' && value.trim() !== '' && value !== '0' ? value : undefined;
}
