import { errors } from 'jose';
import {
  HTTP_REQUEST_FORBIDDEN,
  JWT_CLAIM_COMPARISON,
  JWT_TIMESTAMP_CHECK,
  KEY_SELECTION,
  OperationProcessingError,
  UnsupportedOperationError,
} from 'oauth4webapi';
import type { ErrorCode } from '../error-kinds.ts';
import { DrawbridgeError } from '../errors.ts';
import { redact } from '../redaction.ts';
import { adviceFor, jwtAdvice, statusAdvice, tokenAdvice } from './advice.ts';
import { ProviderRefusal } from './provider-answer.ts';
import { providerHint } from './provider-hints.ts';

/** What was being done when the library threw. Decides which error an ambiguous exception becomes. */
export type Phase =
  | 'discovery'
  | 'authorization'
  | 'pushed'
  | 'token'
  | 'id_token'
  | 'jwks'
  | 'userinfo'
  | 'refresh'
  | 'revocation';

/** The error codes that RFC 6749, OpenID Connect Core and their extensions register: safe to show. */
const REGISTERED = new Set([
  'access_denied',
  'account_selection_required',
  'authorization_pending',
  'consent_required',
  'expired_token',
  'insufficient_user_authentication',
  'interaction_required',
  'invalid_authorization_details',
  'invalid_client',
  'invalid_dpop_proof',
  'invalid_grant',
  'invalid_request',
  'invalid_request_object',
  'invalid_request_uri',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'login_required',
  'registration_not_supported',
  'request_not_supported',
  'request_uri_not_supported',
  'server_error',
  'slow_down',
  'temporarily_unavailable',
  'unauthorized_client',
  'unmet_authentication_requirements',
  'unsupported_grant_type',
  'unsupported_response_type',
  'use_dpop_nonce',
]);

/** A provider's error code if it is a registered one. Other text from a provider is never shown. */
function registeredError(code: string | null | undefined): string | undefined {
  // LINE sends it in capitals.
  const registered = code?.toLowerCase();
  return registered !== undefined && REGISTERED.has(registered) ? registered : undefined;
}

/** Turns whatever oauth4webapi, fetch or Web Crypto threw into a `DrawbridgeError`. The only place that does. */
export function translate(error: unknown, phase: Phase): DrawbridgeError {
  if (error instanceof DrawbridgeError) return error;
  if (error instanceof ProviderRefusal) return refusal(error, phase);
  if (error instanceof OperationProcessingError) return invalidAnswer(error, phase);
  if (error instanceof errors.JOSEError) return invalidJwt(error, phase);
  if (error instanceof UnsupportedOperationError && ABOUT_JWT.test(error.message)) {
    return invalidJwt(error, phase);
  }
  if (error instanceof UnsupportedOperationError || error instanceof RangeError) {
    const advice = IN_TOKEN_RESPONSE.has(phase) ? tokenAdvice(error.message) : {};
    return new DrawbridgeError(codeOfPhase(phase), { ...advice, detail: error.message, cause: error });
  }
  return new DrawbridgeError('provider_unreachable', { detail: `${phase}: ${String(error)}`, cause: error });
}

/**
 * The error that the provider sent in the authorization response (RFC 6749 §4.1.2.1): `said` is its own code, `named`
 * the code of the RFC that the settings map it to.
 */
export function authorizationError(answer: {
  said: string;
  named: string;
  description: string | undefined;
  cause?: unknown;
}): DrawbridgeError {
  const { said, named, description, cause } = answer;
  const own = registeredError(named);
  const detail = `${redact(said)}: ${redact(description ?? '')}`;
  const options = { detail, cause, ...(own && { providerError: own }) };
  const hint = providerHint(said, description);
  if (own === 'access_denied') return new DrawbridgeError('access_denied', { ...options, ...hint });
  if (own === 'login_required') return new DrawbridgeError('login_required', { ...options, ...NOT_SILENTLY });
  if (description === 'authentication_expired') {
    return new DrawbridgeError('login_expired', { ...options, ...LEFT_OPEN });
  }
  return new DrawbridgeError('provider_error', {
    ...options,
    ...(own && adviceFor(own, { proves: false })),
    ...hint,
  });
}

/** The answer to `prompt=none` (OpenID Connect Core §3.1.2.6). No access has ended. */
const NOT_SILENTLY = {
  description: 'The provider can’t sign you in without showing a page, but was asked not to show one.',
};

/**
 * Keycloak sends `temporarily_unavailable` when its page was open for too long, or the user has signed in in another tab:
 * a new login succeeds at once (Keycloak, Securing applications, OpenID Connect errors).
 */
const LEFT_OPEN = {
  description: 'The provider’s page was open for too long, or you signed in in another tab.',
  hint: 'Start again.',
};

/** The error code for a refused request other than the token request. */
const REFUSED: Partial<Record<Phase, ErrorCode>> = {
  pushed: 'provider_error',
  userinfo: 'token_response_invalid',
};

/** Requests where the client authenticates, so its credentials may be the reason for a refusal. */
const PROVES: ReadonlySet<Phase> = new Set(['pushed', 'refresh', 'token']);

function refusal(refused: ProviderRefusal, phase: Phase): DrawbridgeError {
  const { status, error, description } = refused;
  const own = registeredError(error);
  const options = { cause: refused, ...(refused.retryAfter && { retryAfter: refused.retryAfter }) };
  if (isDown(status, own, phase)) {
    const words = error === undefined ? '' : ` ${redact(error)}: ${redact(description ?? '')}`;
    return new DrawbridgeError('provider_unreachable', {
      ...options,
      ...(status === 429 && { description: LIMITED.description }),
      detail: `${phase}: status ${status}${words}`,
    });
  }
  if (error === undefined) {
    const code = phase === 'token' ? 'token_request_failed' : codeOfPhase(phase);
    return new DrawbridgeError(code, {
      ...options,
      ...statusAdvice(phase, status),
      ...(status === 429 && LIMITED),
      detail: `status ${status}`,
    });
  }
  return new DrawbridgeError(REFUSED[phase] ?? 'token_request_failed', {
    ...options,
    ...statusAdvice(phase, status),
    detail: `${status} ${redact(error)}: ${redact(description ?? '')}`,
    ...(own && { providerError: own }),
    ...(own && adviceFor(own, { proves: PROVES.has(phase) })),
    ...providerHint(error, description),
    ...(status === 429 && LIMITED),
  });
}

/** RFC 6585 §4: whatever else the answer says, it says nothing about our request. */
const LIMITED = {
  description: 'The provider is getting too many requests (status 429).',
  hint: 'Wait a moment, then try again.',
};

/** Error codes that mean that the provider is temporarily unavailable, not that it refuses the request. */
const BUSY = new Set(['server_error', 'temporarily_unavailable', 'slow_down']);

/**
 * True if the answer says nothing about our request: by its error code (Entra sends `temporarily_unavailable` with 400), or
 * a 5xx without one. After a 429, a refresh is repeated later; an authorization code is never sent again (RFC 6749 §4.1.2).
 */
function isDown(status: number, own: string | undefined, phase: Phase): boolean {
  if (status === 429) return phase === 'refresh';
  return own === undefined ? status >= 500 : BUSY.has(own);
}

/** The library's messages for an invalid JWT: the ID token, a signed response, signed userinfo. */
const ABOUT_JWT = /JW[STE]|ID Token|id_token/;
const JWT_CODES = new Set([JWT_TIMESTAMP_CHECK, JWT_CLAIM_COMPARISON, KEY_SELECTION]);

function invalidAnswer(error: OperationProcessingError, phase: Phase): DrawbridgeError {
  const detail = error.message;
  if (JWT_CODES.has(error.code ?? '') || ABOUT_JWT.test(error.message)) return invalidJwt(error, phase);
  if (phase === 'authorization') {
    const code = /"iss"/.test(error.message) ? 'issuer_mismatch' : 'invalid_request';
    return new DrawbridgeError(code, { ...jwtAdvice(undefined, detail), detail, cause: error });
  }
  if (error.code === HTTP_REQUEST_FORBIDDEN) {
    return new DrawbridgeError('provider_unreachable', { detail, cause: error });
  }
  // A 5xx says nothing about our request: the provider is unavailable.
  if (error.cause instanceof Response && error.cause.status >= 500) {
    return new DrawbridgeError('provider_unreachable', {
      detail: `${phase}: status ${error.cause.status}`,
      cause: error,
    });
  }
  const advice = IN_TOKEN_RESPONSE.has(phase) ? tokenAdvice(detail) : {};
  return new DrawbridgeError(codeOfPhase(phase), { ...advice, detail, cause: error });
}

/** Requests that return a token response. */
const IN_TOKEN_RESPONSE: ReadonlySet<Phase> = new Set(['refresh', 'token']);

/** The error for an invalid JWT, by its kind: a signed response (JARM), userinfo, otherwise the ID token. */
function invalidJwt(error: Error, phase: Phase): DrawbridgeError {
  const options = { detail: error.message, cause: error };
  if (phase === 'authorization') {
    const advice = jwtAdvice('authorization', error.message);
    const code = /"iss"/.test(error.message) ? 'issuer_mismatch' : 'invalid_request';
    return new DrawbridgeError(code, { ...advice, ...options });
  }
  if (phase === 'userinfo') {
    return new DrawbridgeError('token_response_invalid', {
      ...jwtAdvice('userinfo', error.message),
      ...options,
    });
  }
  return new DrawbridgeError('id_token_invalid', { ...jwtAdvice('id_token', error.message), ...options });
}

function codeOfPhase(phase: Phase): ErrorCode {
  switch (phase) {
    case 'id_token':
      return 'id_token_invalid';
    case 'token':
    case 'refresh':
    case 'userinfo':
      return 'token_response_invalid';
    case 'authorization':
      return 'invalid_request';
    case 'pushed':
      return 'provider_error';
    case 'discovery':
    case 'jwks':
    case 'revocation':
      return 'provider_unreachable';
    default:
      return phase satisfies never;
  }
}
