import { decodeJwt, type JWTPayload } from 'jose';
import {
  AuthorizationResponseError,
  type AuthorizationServer,
  validateAuthResponse,
  validateJwtAuthResponse,
} from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { isAlias } from '../providers/quirks/issuer.ts';
import { errorName } from '../providers/quirks/refusal.ts';
import { decryption, signedToken } from './client-keys.ts';
import type { ExpectedAnswer } from './expected-answer.ts';
import { authorizationError, translate } from './failure.ts';
import { foreignRefusal } from './foreign-refusal.ts';
import { withNewKeys } from './new-keys.ts';
import type { ProviderRequests } from './provider-requests.ts';

/** Longer than any code or state that a provider sends. Longer values are refused unread. */
const MAX_VALUE_LENGTH = 8192;
/** Parameters that we read: each may appear only once (RFC 6749 §3.1). */
const SINGLE = new Set(['code', 'state', 'iss', 'error', 'error_description', 'error_uri', 'response']);
/** Tokens of the implicit and hybrid flows. We never ask for them, so they are ignored. */
const IGNORED = new Set(['access_token', 'id_token', 'token', 'token_type', 'expires_in']);

/**
 * The parameters of a callback in a form that is safe to read. Throws `invalid_request` for repeated or oversized
 * ones. These checks need no login; `authorizationResponse` does the others.
 */
export function callbackParameters(received: URLSearchParams): URLSearchParams {
  const seen = new Set<string>();
  for (const [name, value] of received) {
    const isAgain = seen.has(name);
    seen.add(name);
    if (!SINGLE.has(name)) continue;
    // protects: repeated parameters
    if (isAgain) throw new DrawbridgeError('invalid_request', { detail: `${name} appears twice` });
    if (value.length > MAX_VALUE_LENGTH) {
      throw new DrawbridgeError('invalid_request', { detail: `${name} is too long` });
    }
  }
  if (seen.isDisjointFrom(IGNORED)) return received;
  return new URLSearchParams([...received].filter(([name]) => !IGNORED.has(name)));
}

/**
 * The `state` that tells which login a response belongs to. In a signed response (JARM), which may be encrypted to
 * `provider`'s client keys, it is read before the signature is checked. That is safe: it only finds the login, whose
 * cookie must be present, and it is compared again afterwards.
 */
export function stateOf(
  parameters: URLSearchParams,
  provider: Provider | undefined,
): string | undefined | Promise<string | undefined> {
  const response = parameters.get('response');
  if (response === null) return parameters.get('state') ?? undefined;
  return provider && response.length <= MAX_VALUE_LENGTH ? stateIn(response, provider) : undefined;
}

async function stateIn(response: string, provider: Provider): Promise<string | undefined> {
  const state = (await unverified(provider, response))?.state;
  return typeof state === 'string' ? state : undefined;
}

/** The claims of a signed response before its signature is checked. Undefined if they can't be read. */
async function unverified(provider: Provider, response: string): Promise<JWTPayload | undefined> {
  try {
    return decodeJwt(await signedToken(provider, response));
  } catch {
    return undefined;
  }
}

/**
 * Checks the authorization response against the login it answers (RFC 6749 §4.1.2, RFC 9207 §2.4; signed ones by
 * JARM §2.4): `iss` and `state` before anything else is trusted, in errors too. Returns the parameters for the
 * token request. Throws `issuer_mismatch`, `state_mismatch`, `access_denied`, `login_required`, `provider_error`,
 * `invalid_request`, `provider_unreachable`.
 */
export function authorizationResponse(
  requests: ProviderRequests,
  server: AuthorizationServer,
  parameters: URLSearchParams,
  attempt: ExpectedAnswer,
): URLSearchParams | Promise<URLSearchParams> {
  const { provider } = requests;
  if (provider.issuer !== undefined && server.issuer !== attempt.issuer) {
    throw new DrawbridgeError('issuer_mismatch', { detail: 'the issuer changed during the login' });
  }
  if (provider.response_mode?.endsWith('jwt') && !isUnsignedError(parameters)) {
    return signed(requests, server, parameters, attempt).then(
      (checked) => withCode(provider, checked),
      (error) => refuse(provider, error),
    );
  }
  try {
    const read = unsigned(provider, server, parameters);
    // protects: iss of the response
    return withCode(provider, validateAuthResponse(server, provider.client, read, attempt.state));
  } catch (error) {
    return refuse(provider, error);
  }
}

/**
 * True for an error that is not signed, although signed answers were requested: a provider that could not read the request
 * does not know of that. It signs nobody in either way, and what the provider says is worth more than that it is unsigned.
 */
function isUnsignedError(parameters: URLSearchParams): boolean {
  return parameters.has('error') && !parameters.has('code') && !parameters.has('response');
}

function withCode(provider: Provider, checked: URLSearchParams): URLSearchParams {
  if (checked.get('code')) return checked;
  throw withoutCode(provider, checked);
}

function refuse(provider: Provider, error: unknown): never {
  if (!(error instanceof AuthorizationResponseError)) throw translate(error, 'authorization');
  const { error: said, error_description: description } = error;
  const named = errorName(provider, [said, description]) ?? said;
  throw authorizationError({ said, named, description, cause: error });
}

/** The error for a response without a code: Facebook has `error_code` for `error`, WeChat sends nothing for a refusal. */
function withoutCode(provider: Provider, parameters: URLSearchParams): DrawbridgeError {
  const told = foreignRefusal(Object.fromEntries(parameters), { succeeded: false });
  if (told) {
    const { error: said, description } = told;
    return authorizationError({ said, named: errorName(provider, [said, description]) ?? said, description });
  }
  return new DrawbridgeError('invalid_request', {
    description: 'The provider sent neither a code nor an error. Some do that when you cancel.',
    hint: 'Start again and allow access. If it keeps happening, check the application at the provider.',
    detail: 'no code',
  });
}

/** The parameters in a signed response (JARM §2.4), under the provider's issuer or a listed alias. */
function signed(
  requests: ProviderRequests,
  server: AuthorizationServer,
  parameters: URLSearchParams,
  { state }: ExpectedAnswer,
): Promise<URLSearchParams> {
  const { provider } = requests;
  return withNewKeys(provider, server, 'authorization', async (current) => {
    const iss = (await unverified(provider, parameters.get('response') ?? ''))?.iss;
    const named = takesAlias(provider, iss) ? { ...current, issuer: iss } : current;
    return validateJwtAuthResponse(named, provider.client, parameters, state, {
      ...requests.options('jwks', 'Signing keys'),
      ...decryption(provider),
    });
  });
}

/** True for a listed alias of the issuer, spelled exactly so; never under FAPI 2.0. */
function takesAlias(provider: Provider, iss: unknown): iss is string {
  return typeof iss === 'string' && provider.profile !== 'fapi2' && isAlias(provider, iss);
}

/**
 * The parameters of an unsigned response. A signed one that was not asked for is refused: the parameters beside it
 * are not its content. For a provider without an issuer, `iss` is ignored. A listed alias, if it matches exactly,
 * counts as the issuer.
 */
function unsigned(
  provider: Provider,
  server: AuthorizationServer,
  parameters: URLSearchParams,
): URLSearchParams {
  if (parameters.has('response')) {
    throw new DrawbridgeError('invalid_request', { detail: 'a signed response was not asked for' });
  }
  const iss = parameters.get('iss');
  const isItself = iss === null || iss === server.issuer;
  if (provider.issuer !== undefined && (isItself || !takesAlias(provider, iss))) return parameters;
  const read = new URLSearchParams(parameters);
  if (provider.issuer === undefined) read.delete('iss');
  else read.set('iss', server.issuer);
  return read;
}
