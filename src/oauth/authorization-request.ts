import { base64url, calculateJwkThumbprint, type JWK } from 'jose';
import type { AuthorizationServer } from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { clientIdParameter, scopeParameter, takesNonce } from '../providers/quirks/authorization.ts';
import { newProofKey } from './dpop.ts';
import { type FormParameters, formText } from './form-parameters.ts';

const encoder = new TextEncoder();
/** Length in base64url characters of 6 bits each: the minimum for a code verifier (RFC 7636 §4.1). */
const VALUE_LENGTH = 43;
/** Enough for three values. */
const RANDOM_BYTES = 97;

/** The unguessable values of one login, new for each login: 258 bits each. */
export interface FreshValues {
  readonly state: string;
  readonly nonce: string;
  readonly code_verifier: string;
  /** The private key that the tokens will be bound to, with DPoP (RFC 9449). */
  readonly dpop_key: JWK | undefined;
}

/** The authorization parameters that a login link may carry. */
export const STANDARD_WISHES = [
  'scope',
  'prompt',
  'login_hint',
  'max_age',
  'acr_values',
  'ui_locales',
] as const;

/** What a request to `/login` may ask for (OpenID Connect Core §3.1.2.1). */
export interface LoginWishes {
  readonly scope?: string | undefined;
  readonly prompt?: string | undefined;
  readonly login_hint?: string | undefined;
  readonly max_age?: number | undefined;
  readonly acr_values?: string | undefined;
  readonly ui_locales?: string | undefined;
  /** With INSPECT: any other parameters, except those in `OWN_PARAMETERS`. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** What a link asks for that has no query. */
export const NO_WISHES: LoginWishes = {};

/** Parameters that Drawbridge sets. No setting and no request can change them. */
export const OWN_PARAMETERS: ReadonlySet<string> = new Set([
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'dpop_jkt',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'state',
]);

/** New values for one login; a promise only where a DPoP key has to be made. */
export function freshValues(provider: Provider): FreshValues | Promise<FreshValues> {
  const random = base64url.encode(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
  const values = {
    state: random.slice(0, VALUE_LENGTH),
    nonce: random.slice(VALUE_LENGTH, 2 * VALUE_LENGTH),
    code_verifier: random.slice(2 * VALUE_LENGTH, 3 * VALUE_LENGTH),
    dpop_key: undefined,
  };
  return provider.dpop ? newProofKey().then((dpop_key) => ({ ...values, dpop_key })) : values;
}

/** What is the same for all logins at a provider that ask for the same. */
interface Lasting {
  readonly provider: Provider;
  readonly redirectUri: string;
  /** What comes before the new values of a login, and what comes after them. */
  readonly parameters: readonly [FormParameters, FormParameters];
  /** The same as they are sent. */
  readonly texts: readonly [string, string];
  /** True if the login has a nonce. */
  readonly nonce: boolean;
}

/** The parameters of an authorization request. */
export interface AuthorizationParameters {
  readonly lasting: Lasting;
  /** The values that are new for each login, as they are sent: all of them are base64url. */
  readonly fresh: string;
}

/**
 * The parameters of the authorization request (RFC 6749 §4.1.1) with PKCE S256 (RFC 7636 §4.3) and, when the
 * scope holds `openid`, a nonce. What lasts is prepared once for the same `wishes` object.
 */
export async function authorizationParameters(
  provider: Provider,
  redirectUri: string,
  values: FreshValues,
  wishes: LoginWishes,
): Promise<AuthorizationParameters> {
  const lasting = lastingOf(provider, redirectUri, wishes);
  let fresh = `state=${values.state}`;
  if (lasting.nonce) fresh += `&nonce=${values.nonce}`;
  // protects: PKCE
  if (provider.pkce) {
    // RFC 7636 §4.2
    const digest = await crypto.subtle.digest('SHA-256', encoder.encode(values.code_verifier));
    fresh += `&code_challenge=${base64url.encode(new Uint8Array(digest))}`;
  }
  if (values.dpop_key) fresh += `&dpop_jkt=${await calculateJwkThumbprint(values.dpop_key)}`;
  return { lasting, fresh };
}

/** All of them, in the order in which they are sent. */
export function allParameters({ lasting, fresh }: AuthorizationParameters): FormParameters {
  const [before, after] = lasting.parameters;
  return new Map([...before, ...new URLSearchParams(fresh), ...after]);
}

const prepared = new WeakMap<LoginWishes, Lasting>();

function lastingOf(provider: Provider, redirectUri: string, wishes: LoginWishes): Lasting {
  const known = prepared.get(wishes);
  if (known?.provider === provider && known.redirectUri === redirectUri) return known;
  const scope = wishes.scope ?? provider.scope;
  const parameters = lastingParameters(provider, redirectUri, scope, wishes);
  const texts = [formText(parameters[0]), formText(parameters[1])] as const;
  const lasting = { provider, redirectUri, parameters, texts, nonce: takesNonce(provider, scope) };
  prepared.set(wishes, lasting);
  return lasting;
}

function lastingParameters(
  provider: Provider,
  redirectUri: string,
  scope: string,
  wishes: LoginWishes,
): readonly [FormParameters, FormParameters] {
  const before = new Map<string, string>([
    ['response_type', 'code'],
    clientIdParameter(provider),
    ['redirect_uri', redirectUri],
  ]);
  if (scope) before.set(...scopeParameter(provider, scope));
  // protects: S256
  if (provider.pkce) before.set('code_challenge_method', 'S256');
  if (provider.response_mode) before.set('response_mode', provider.response_mode);
  const after = new Map<string, string | readonly string[]>();
  if (provider.resource.length > 0) after.set('resource', provider.resource);
  for (const [name, value] of Object.entries(optionalParameters(provider, wishes))) {
    const place = before.has(name) ? before : after;
    // protects: parameters of our own
    if (value !== undefined && value !== '' && !OWN_PARAMETERS.has(name)) place.set(name, value);
  }
  return [before, after];
}

/** What the settings and this request to `/login` add. */
function optionalParameters(provider: Provider, wishes: LoginWishes): Record<string, string | undefined> {
  return {
    prompt: wishes.prompt ?? provider.authorization_params?.prompt,
    login_hint: wishes.login_hint,
    max_age: provider.max_age?.toString(),
    claims: provider.claims,
    authorization_details: provider.authorization_details,
    ...without(provider.authorization_params, 'prompt'),
    ...wishes.extra,
    ...(wishes.max_age !== undefined && { max_age: String(wishes.max_age) }),
    ...(wishes.acr_values !== undefined && { acr_values: wishes.acr_values }),
    ...(wishes.ui_locales !== undefined && { ui_locales: wishes.ui_locales }),
  };
}

function without(parameters: Readonly<Record<string, string>> | undefined, name: string) {
  const { [name]: _, ...others } = parameters ?? {};
  return others;
}

/** The URL to send the browser to. Throws `provider_unreachable` if the metadata has no such endpoint. */
export function authorizationUrl(
  server: AuthorizationServer,
  { lasting, fresh }: AuthorizationParameters,
): string {
  const [before, after] = lasting.texts;
  const query = `${before}&${fresh}`;
  return urlWith(server, after === '' ? query : `${query}&${after}`);
}

/** The same with these parameters, as `formText` writes them. */
export function urlWith(server: AuthorizationServer, query: string): string {
  if (!server.authorization_endpoint) {
    throw new DrawbridgeError('provider_unreachable', {
      description: 'The provider’s metadata has no `authorization_endpoint`.',
      hint: 'Set `authorization_endpoint` for this provider.',
    });
  }
  const endpoint = server.authorization_endpoint;
  if (!/[?#]/.test(endpoint)) return `${endpoint}?${query}`;
  const url = new URL(endpoint);
  const parameters = new URLSearchParams(query);
  // The query that the endpoint already has is retained (RFC 6749 §3.1).
  for (const name of new Set(parameters.keys())) url.searchParams.delete(name);
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  return url.href;
}
