import { identifier } from '../../exact-json.ts';
import type { Provider } from '../provider.ts';
import { memberAt } from './member-at.ts';

/** How the provider's API is asked who the user is. */
export interface UserRequest {
  readonly method: 'GET' | 'POST';
  readonly contentType: string | undefined;
  readonly body: string | null;
}

/**
 * `userinfo_method`, `userinfo_query`: Dropbox wants a POST; AniList and Linear speak GraphQL, so the query is posted as
 * JSON.
 */
export function userRequest({ userinfo_method, userinfo_query: query }: Provider): UserRequest {
  if (query === undefined) return { method: userinfo_method ?? 'GET', contentType: undefined, body: null };
  return { method: 'POST', contentType: 'application/json', body: JSON.stringify({ query }) };
}

/**
 * `userinfo_claims`: claims by the paths where the provider's API has them, as nearly every plain OAuth provider needs.
 * `sub` is an identifier, so a number becomes the text of its digits; `email_verified` stays a boolean. Other members
 * than texts, numbers and booleans are none.
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

/** An address of a user, and that the provider has verified it. */
export interface VerifiedEmail {
  readonly email: string;
  readonly email_verified: true;
}

/**
 * `userinfo_emails_endpoint`: the verified address of a list like GitHub's, `[{ email, primary, verified }]`: the one
 * that the profile shows if it is verified, else the primary one.
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
