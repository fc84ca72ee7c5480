/**
 * Parameters of a request in the order in which they are sent; a name may have several values. It is a plain map and
 * not `URLSearchParams` because each use of that leaves JavaScript, which a login would do thirty times.
 */
export type FormParameters = ReadonlyMap<string, string | readonly string[]>;

/** A character that stands for something else in a form, or has more than one byte. */
const ENCODED = /[^\w.*-]/;

/** The parameters as `application/x-www-form-urlencoded` (RFC 6749 appendix B), such as the query of a URL. */
export function formText(parameters: FormParameters): string {
  let text = '';
  for (const [name, value] of parameters) {
    if (typeof value === 'string') text += pair(name, value);
    else for (const each of value) text += pair(name, each);
  }
  return text.slice(1);
}

/** The parameters in the form that libraries take. */
export function searchParams(parameters: FormParameters): URLSearchParams {
  return new URLSearchParams(formText(parameters));
}

function pair(name: string, value: string): string {
  return `&${encoded(name)}=${encoded(value)}`;
}

function encoded(text: string): string {
  if (!ENCODED.test(text)) return text;
  return encodeURIComponent(text.toWellFormed()).replaceAll('%20', '+');
}
