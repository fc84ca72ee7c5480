import { BLANK, type Step } from '../../oauth/steps.ts';

/** A shell command that sends the request again, with a variable wherever a secret was blanked. */
export function curlOf(request: NonNullable<Step['request']>): string {
  const parts = ['curl', '-i'];
  if (request.method !== 'GET') parts.push('-X', request.method);
  parts.push(quote(fillIn(request.url)));
  for (const [name, value] of Object.entries(request.headers)) {
    if (name === 'authorization' && value.startsWith('Basic '))
      parts.push('-u', '"$CLIENT_ID:$CLIENT_SECRET"');
    else if (name === 'authorization')
      parts.push('-H', `"Authorization: ${value.split(' ')[0]} $ACCESS_TOKEN"`);
    else if (!value.includes(BLANK)) parts.push('-H', quote(`${name}: ${value}`));
  }
  if (request.body !== undefined) parts.push('--data-raw', quote(fillIn(request.body)));
  return parts.join(' ');
}

/** Put together, not written as a literal: one sign beyond Latin-1 in the bundle, and V8 reads all of it at two bytes each. */
const BLANKED = new RegExp(`(\\w+)(=|": ")${BLANK}`, 'g');

/** `code=•••` -> `code=$CODE`, in double quotes later on, so that the shell fills it in. */
function fillIn(text: string): string {
  return text.replaceAll(
    BLANKED,
    (_, name: string, between: string) => `${name}${between}$${name.toUpperCase()}`,
  );
}

/** Single quotes unless a variable is in it; nothing else in it is read by the shell. */
function quote(text: string): string {
  if (!/\$[A-Z]/.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  return `"${text.replace(/[\\"`]/g, '\\$&').replace(/\$(?![A-Z])/g, '\\$')}"`;
}
