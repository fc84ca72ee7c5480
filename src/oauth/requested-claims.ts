import { jsonObject } from '../exact-json.ts';
import type { Provider } from '../providers/provider.ts';

type Members = Readonly<Record<string, unknown>>;

/** Pure: the claims that the `claims` setting requests from userinfo, by name (OpenID Connect Core §5.5). */
export function userinfoClaims(provider: Provider): readonly string[] {
  return Object.keys(requestedIn(provider, 'userinfo'));
}

/**
 * Pure: the values that the `claims` setting requires `acr` to have in the ID token. Undefined if it does not: a value
 * that is not essential is only a wish (OpenID Connect Core §5.5.1.1).
 */
export function essentialAcr(provider: Provider): readonly unknown[] | undefined {
  const { essential, value, values = [value] } = membersOf(requestedIn(provider, 'id_token').acr);
  return essential === true && Array.isArray(values) && values[0] !== undefined ? values : undefined;
}

function requestedIn({ claims }: Provider, place: 'id_token' | 'userinfo'): Members {
  return claims === undefined ? NONE : membersOf(jsonObject(claims)?.[place]);
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : NONE;
}

const NONE: Members = {};
