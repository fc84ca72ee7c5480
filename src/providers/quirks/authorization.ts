import { jsonObject } from '../../exact-json.ts';
import { isOpenId, type Provider } from '../provider.ts';
import { memberAt } from './member-at.ts';
import { scopeText } from './token-answer.ts';

/**
 * `scope_parameter`, `scope_separator`: the name and separator of the scope in the authorization request. Slack's API
 * calls it `user_scope`; Facebook, Kakao, Linear, Pinterest, Slack, Strava, Threads, TikTok, Todoist and Zoho use commas.
 */
export function scopeParameter(provider: Provider, scope: string): [name: string, value: string] {
  return [provider.scope_parameter ?? 'scope', scope.replaceAll(' ', provider.scope_separator)];
}

/** `client_id_parameter`: TikTok calls it `client_key`. */
export function clientIdParameter(provider: Provider): [name: string, value: string] {
  return [provider.client_id_parameter ?? 'client_id', provider.client.client_id];
}

/**
 * `nonce`: true if the login sends one, which the ID token must then contain (OpenID Connect Core §3.1.2.1).
 * LinkedIn's ID tokens have none.
 */
export function takesNonce(provider: Provider, scope: string): boolean {
  return isOpenId(scope) && provider.nonce !== false;
}

/** The characters of a scope (RFC 6749 §3.3), and the maximum length that is accepted. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e ]{1,4096}$/;

/**
 * The scope in the callback. Strava and Google send the scopes that the user has selected together with the code, Strava
 * only there. Undefined if there is none, or if it can't be a scope.
 */
export function callbackScope(provider: Provider, parameters: URLSearchParams): string | undefined {
  const scope = scopeText(provider, parameters.get('scope') ?? undefined);
  return typeof scope === 'string' && SCOPE.test(scope) ? scope : undefined;
}

/**
 * `user_parameter`: Apple's `user` as claims. Apple sends name and e-mail once, together with the code. The browser
 * delivers it unsigned, so it is only used for display, never to identify the user.
 */
export function callbackClaims(
  provider: Provider,
  parameters: URLSearchParams,
): Readonly<Record<string, string>> {
  const user = provider.user_parameter ? parameters.get('user') : null;
  if (user === null) return {};
  const parsed = jsonObject(user);
  const names = ['name.firstName', 'name.lastName'].map((path) => memberAt(parsed, path));
  const name = names
    .filter((part) => typeof part === 'string')
    .join(' ')
    .slice(0, 200);
  return name === '' ? {} : { name };
}

/**
 * `callback_fragment`: Facebook sends the browser back with `#_=_` and Threads with `#_`. The browser would carry it over
 * to the next page; an empty fragment removes it.
 */
export function withoutFragment(provider: Provider, location: string): string {
  return provider.callback_fragment && !location.includes('#') ? `${location}#` : location;
}
