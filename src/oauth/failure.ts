import { errors } from 'jose';
import {
  AuthorizationResponseError,
  HTTP_REQUEST_FORBIDDEN,
  JWT_CLAIM_COMPARISON,
  JWT_TIMESTAMP_CHECK,
  KEY_SELECTION,
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi';
import { DrawbridgeError, type ErrorCode } from '../errors.ts';
import { redact } from '../redaction.ts';
import { ADVICE, jwtAdvice } from './advice.ts';
import { providerHint } from './provider-hints.ts';

/** What was being done when the library threw; it decides how an ambiguous fault is told. */
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

/** A provider's error code if it is a registered one; text of its own making is not shown to anyone. */
function registeredError(code: string | null | undefined): string | undefined {
  return code && REGISTERED.has(code) ? code : undefined;
}

/** Turns whatever oauth4webapi, fetch or Web Crypto threw into this project's error. The one place for it. */
export function translate(error: unknown, phase: Phase): DrawbridgeError {
  if (error instanceof DrawbridgeError) return error;
  if (error instanceof AuthorizationResponseError) return authorizationError(error);
  if (error instanceof ResponseBodyError) {
    return refusal(error.error, error.error_description, error.status, error, phase);
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const challenge = error.cause[0]?.parameters;
    const code = challenge?.error ?? (phase === 'userinfo' ? 'invalid_token' : 'invalid_client');
    return refusal(code, challenge?.error_description, error.status, error, phase);
  }
  if (error instanceof OperationProcessingError) return invalidAnswer(error, phase);
  if (error instanceof errors.JOSEError) return invalidJwt(error, phase);
  if (error instanceof UnsupportedOperationError && ABOUT_JWT.test(error.message)) {
    return invalidJwt(error, phase);
  }
  if (error instanceof UnsupportedOperationError || error instanceof RangeError) {
    return new DrawbridgeError(codeOfPhase(phase), { detail: error.message, cause: error });
  }
  return new DrawbridgeError('provider_unreachable', { detail: `${phase}: ${String(error)}`, cause: error });
}

function authorizationError(error: AuthorizationResponseError): DrawbridgeError {
  const own = registeredError(error.error);
  const detail = `${redact(error.error)}: ${redact(error.error_description ?? '')}`;
  const options = { detail, cause: error, ...(own && { providerError: own }) };
  const hint = providerHint(error.error, error.error_description);
  if (own === 'access_denied') return new DrawbridgeError('access_denied', { ...options, ...hint });
  if (own === 'login_required') return new DrawbridgeError('login_required', options);
  return new DrawbridgeError('provider_error', { ...options, ...(own && ADVICE[own]), ...hint });
}

/** What a refusal is called where it is not the token request that was refused. */
const REFUSED: Partial<Record<Phase, ErrorCode>> = {
  pushed: 'provider_error',
  userinfo: 'token_response_invalid',
};

function refusal(
  code: string,
  description: string | undefined,
  status: number,
  cause: unknown,
  phase: Phase,
): DrawbridgeError {
  const own = registeredError(code);
  return new DrawbridgeError(REFUSED[phase] ?? 'token_request_failed', {
    detail: `${status} ${redact(code)}: ${redact(description ?? '')}`,
    cause,
    ...(own && { providerError: own }),
    ...(own && ADVICE[own]),
    ...providerHint(code, description),
  });
}

/** The library's words for a fault in a JWT itself: the ID token, a signed answer, signed userinfo. */
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
  const status = error.cause instanceof Response ? error.cause.status : 200;
  // A 5xx says nothing about our request: it is the provider that is not there.
  if (status >= 500) {
    return new DrawbridgeError('provider_unreachable', {
      detail: `${phase}: status ${status}`,
      cause: error,
    });
  }
  if (phase === 'token' && status !== 200) {
    return new DrawbridgeError('token_request_failed', { detail: `status ${status}`, cause: error });
  }
  return new DrawbridgeError(codeOfPhase(phase), { detail, cause: error });
}

/** What is wrong with a JWT, told of what it is: a signed answer (JARM), userinfo, else the ID token. */
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
