import { calculateJwkThumbprint, type JWK } from 'jose';
import {
  type AuthorizationServer,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
} from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import { type Provider, takesNonce } from '../providers/provider.ts';
import { newProofKey } from './dpop.ts';

/** The values of one login that nobody may guess, fresh for each: 256 bits each. */
export interface FreshValues {
  readonly state: string;
  readonly nonce: string;
  readonly code_verifier: string;
  /** The private key that the tokens will be bound to, if they are to be (RFC 9449). */
  readonly dpop_key: JWK | undefined;
}

/** What a request to `/login` may ask for (OpenID Connect Core §3.1.2.1). */
export interface LoginWishes {
  readonly scope?: string | undefined;
  readonly prompt?: string | undefined;
  readonly login_hint?: string | undefined;
  readonly max_age?: number | undefined;
  readonly acr_values?: string | undefined;
  readonly ui_locales?: string | undefined;
  /** In INSPECT: any further parameters, never one of `OWN_PARAMETERS`. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** Parameters that Drawbridge sets; no setting and no request changes them. */
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

export async function freshValues(provider: Provider): Promise<FreshValues> {
  return {
    state: generateRandomState(),
    nonce: generateRandomNonce(),
    code_verifier: generateRandomCodeVerifier(),
    dpop_key: provider.dpop ? await newProofKey() : undefined,
  };
}

/**
 * The parameters of the authorization request (RFC 6749 §4.1.1) with PKCE S256 (RFC 7636 §4.3) and, when the
 * scope holds `openid`, a nonce, in the order in which they are shown.
 */
export async function authorizationParameters(
  provider: Provider,
  redirectUri: string,
  values: FreshValues,
  wishes: LoginWishes,
): Promise<URLSearchParams> {
  const scope = wishes.scope ?? provider.scope;
  const maxAge = wishes.max_age ?? provider.max_age;
  const parameters = new URLSearchParams({
    response_type: 'code',
    [provider.client_id_parameter ?? 'client_id']: provider.client.client_id,
    redirect_uri: redirectUri,
    ...(scope && { [provider.scope_parameter ?? 'scope']: scope.replaceAll(' ', provider.scope_separator) }),
    state: values.state,
    ...(takesNonce(provider, scope) && { nonce: values.nonce }),
    // protects: PKCE
    ...(provider.pkce && (await codeChallenge(values.code_verifier))),
    ...(provider.response_mode && { response_mode: provider.response_mode }),
    ...(values.dpop_key && { dpop_jkt: await calculateJwkThumbprint(values.dpop_key) }),
  });
  for (const resource of provider.resource) parameters.append('resource', resource);
  const optional = {
    prompt: wishes.prompt ?? provider.authorization_params?.prompt,
    login_hint: wishes.login_hint,
    max_age: maxAge?.toString(),
    claims: provider.claims,
    authorization_details: provider.authorization_details,
    ...without(provider.authorization_params, 'prompt'),
    ...wishes.extra,
    ...(wishes.acr_values !== undefined && { acr_values: wishes.acr_values }),
    ...(wishes.ui_locales !== undefined && { ui_locales: wishes.ui_locales }),
  };
  for (const [name, value] of Object.entries(optional)) {
    // protects: parameters of our own
    if (value !== undefined && value !== '' && !OWN_PARAMETERS.has(name)) parameters.set(name, value);
  }
  return parameters;
}

/** RFC 7636 §4.2 */
async function codeChallenge(codeVerifier: string) {
  // protects: S256
  return { code_challenge: await calculatePKCECodeChallenge(codeVerifier), code_challenge_method: 'S256' };
}

function without(parameters: Readonly<Record<string, string>> | undefined, name: string) {
  const { [name]: _, ...others } = parameters ?? {};
  return others;
}

/** The URL that the browser is sent to. Throws `provider_unreachable` if the metadata has no such endpoint. */
export function authorizationUrl(server: AuthorizationServer, parameters: URLSearchParams): string {
  if (!server.authorization_endpoint) {
    throw new DrawbridgeError('provider_unreachable', {
      description: 'The provider’s metadata names no `authorization_endpoint`.',
      hint: 'Set `authorization_endpoint` for this provider.',
    });
  }
  const endpoint = server.authorization_endpoint;
  if (!/[?#]/.test(endpoint)) return `${endpoint}?${parameters}`;
  const url = new URL(endpoint);
  // What the endpoint's own query holds stays (RFC 6749 §3.1).
  for (const name of new Set(parameters.keys())) url.searchParams.delete(name);
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  return url.href;
}
