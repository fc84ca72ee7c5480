/**
 * Parameters of a request in the order in which they are sent. A name may have several values. This is a plain map,
 * not `URLSearchParams`, because every call on that leaves JavaScript, about thirty times per login.
 */
export type FormParameters = ReadonlyMap<string, string | readonly string[]>;

/** A character that must be escaped in a form. */
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

/** The parameters in the form that libraries expect. */
export function searchParams(parameters: FormParameters): URLSearchParams {
  return new URLSearchParams(formText(parameters));
}

function pair(name: string, value: string): string {
  if (!ENCODED.test(name + value)) return `&${name}=${value}`;
  return `&${encoded(name)}=${encoded(value)}`;
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%20', '+');
}
