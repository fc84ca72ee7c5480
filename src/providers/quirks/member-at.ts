import { base64url } from 'jose';
import { jsonObject } from '../../exact-json.ts';

/** The member at a dotted path; a step into a list is its index. Undefined if there is none. */
export function memberAt(value: unknown, path: string): unknown {
  let found: unknown = value;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/**
 * The member at a dotted path of a token answer. A step into a text goes into the claims of the JWT that it is, so that
 * `access_token.sub` is a path too: the token endpoint itself has sent it, which is why no signature is asked for.
 */
export function tokenMemberAt(answer: unknown, path: string): unknown {
  const [name, ...rest] = path.split('.');
  const found = memberAt(answer, name as string);
  if (rest.length === 0) return found;
  return tokenMemberAt(typeof found === 'string' ? claimsOf(found) : found, rest.join('.'));
}

/** The claims of a JWT (RFC 7519 §3), unverified; undefined for any other text. */
function claimsOf(text: string): Record<string, unknown> | undefined {
  const parts = text.split('.');
  if (parts.length !== 3) return undefined;
  try {
    return jsonObject(new TextDecoder().decode(base64url.decode(parts[1] ?? '')));
  } catch {
    return undefined;
  }
}
