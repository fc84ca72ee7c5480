import { identifier } from '../../exact-json.ts';
import type { Provider } from '../provider.ts';
import { memberAt } from './member-at.ts';

/** How to ask the provider's API who the user is. */
export interface UserRequest {
  readonly method: 'GET' | 'POST';
  readonly contentType: string | undefined;
  readonly body: string | null;
}

/**
 * `userinfo_method`, `userinfo_query`: Dropbox expects a POST; AniList and Linear use GraphQL, so the query is posted as
 * JSON.
 */
export function userRequest({ userinfo_method, userinfo_query: query }: Provider): UserRequest {
  if (query === undefined) return { method: userinfo_method ?? 'GET', contentType: undefined, body: null };
  return { method: 'POST', contentType: 'application/json', body: JSON.stringify({ query }) };
}

/**
 * `userinfo_claims`: claims by their paths in the provider's API, which nearly every plain OAuth provider needs. `sub` is
 * an identifier, so a number becomes text; `email_verified` stays a boolean. Members other than texts, numbers and
 * booleans are ignored.
 */
export function claimsByPath(
  { userinfo_claims: paths = { sub: 'sub' } }: Provider,
  body: unknown,
): Record<string, string | boolean> {
  const claims: Record<string, string | boolean> = {};
  for (const [claim, path] of Object.entries(paths)) {
    const value = memberAt(body, path);
    const read = typeof value === 'boolean' || typeof value === 'string' ? value : identifier(value);
    if (read !== undefined && read !== '') claims[claim] = read;
  }
  if (identifier(claims.sub) === undefined) delete claims.sub;
  return claims;
}

/** A user's address that the provider has verified. */
export interface VerifiedEmail {
  readonly email: string;
  readonly email_verified: true;
}

/**
 * `userinfo_emails_endpoint`: the verified address from a list like GitHub's, `[{ email, primary, verified }]`: the one
 * in the profile if it is verified, otherwise the primary one.
 */
export function verifiedEmail(list: unknown, shown: unknown): VerifiedEmail | undefined {
  if (!Array.isArray(list)) return undefined;
  const verified = list.filter(
    (each): each is { email: string; primary: unknown } =>
      memberAt(each, 'verified') === true && typeof memberAt(each, 'email') === 'string',
  );
  const found =
    verified.find(({ email }) => email === shown) ?? verified.find(({ primary }) => primary === true);
  return found && { email: found.email, email_verified: true };
}
