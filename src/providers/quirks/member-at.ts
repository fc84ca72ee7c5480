import { base64url } from 'jose';
import { jsonObject } from '../../exact-json.ts';

/** The member at a dotted path. A step into a list is an index. Undefined if there is none. */
export function memberAt(value: unknown, path: string): unknown {
  let found: unknown = value;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/**
 * The member at a dotted path in a token response. A step into a JWT goes into its claims, so `access_token.sub` is a
 * path too. No signature is checked, because the response came directly from the token endpoint.
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
