import { BLANK, type Step } from '../../oauth/steps.ts';
import { isSecretParameter } from '../../secret-names.ts';
import { unicodePattern } from '../../unicode-pattern.ts';

/** A shell command that sends the request again, with a variable wherever a secret was blanked. */
export function curlOf(request: NonNullable<Step['request']>): string {
  const parts = ['curl', '-i'];
  if (request.method !== 'GET') parts.push('-X', quoted(request.method));
  parts.push(quoted(request.url));
  for (const [name, value] of Object.entries(request.headers)) {
    if (name === 'authorization' && value.startsWith('Basic '))
      parts.push('-u', '"$CLIENT_ID:$CLIENT_SECRET"');
    else if (name === 'authorization')
      parts.push('-H', `"Authorization: ${/^[A-Za-z]+/.exec(value)?.[0] ?? 'Bearer'} $ACCESS_TOKEN"`);
    else if (!value.includes(BLANK)) parts.push('-H', quoted(`${name}: ${value}`));
  }
  if (request.body !== undefined) parts.push('--data-raw', quoted(request.body));
  return parts.join(' ');
}

const CONTROL = unicodePattern(String.raw`(?![\n\t])\p{Cc}`, 'gu');
/** Put together, not written as a literal: one sign beyond Latin-1 in the bundle, and V8 reads all of it at two bytes each. */
const BLANKED = new RegExp(`(?<=\\b(\\w+)(?:=|": "))${BLANK}`, 'g');

/**
 * The text as one word of a shell. All of it is literal, whatever a provider has written into it, but for what was
 * blanked: `code=•••` becomes `'code='"$CODE"`, for the shell to fill in. Control characters go: a terminal obeys them.
 */
function quoted(text: string): string {
  const clean = text.replace(CONTROL(), '');
  let word = '';
  let from = 0;
  for (const { index, 0: blank, 1: name = '' } of clean.matchAll(BLANKED)) {
    if (!isSecretParameter(name)) continue;
    word += `${literal(clean.slice(from, index))}"$${name.toUpperCase()}"`;
    from = index + blank.length;
  }
  return word + (from < clean.length || word === '' ? literal(clean.slice(from)) : '');
}

function literal(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
