import type { ProviderRefusal } from './provider-answer.ts';

/**
 * Codes that end a grant at refresh, or require the user to act (Entra requires a second factor:
 * `interaction_required`). UAA and Spring call a refresh token that has ended an `invalid_token`; Auth0 answers
 * `access_denied` for a user who is blocked.
 */
const ENDED = new Set([
  'access_denied',
  'consent_required',
  'expired_token',
  'interaction_required',
  'invalid_grant',
  'invalid_token',
  'login_required',
]);

/** Codes whose descriptions may speak of the refresh token, but that mean something else. */
const ABOUT_SOMETHING_ELSE = new Set([
  'invalid_client',
  'invalid_dpop_proof',
  'invalid_scope',
  'invalid_target',
  'server_error',
  'slow_down',
  'temporarily_unavailable',
  'unsupported_grant_type',
  'use_dpop_nonce',
]);

const DEAD = 'invalid|not valid|expired|revoked|not found|unknown|inactive|not active|already used|no longer';
/**
 * A dead refresh token in words, where the code says less: `invalid_request` (league/oauth2-server, LinkedIn, Naver),
 * `unauthorized_client` (Atlassian), a code of the provider's own, or none. And a user who may no longer sign in
 * (Salesforce).
 */
const IN_WORDS = [
  new RegExp(`refresh[ _-]?token\\b.{0,80}\\b(?:${DEAD})\\b`, 'i'),
  /\b(?:invalid|expired|revoked|unknown|inactive|bad)[ _-](?:[a-z]+[ _-]){0,2}refresh[ _-]?token/i,
  /\b(?:token_inactive|session_expired|session_not_found|inactive_user|user_(?:disabled|deactivated|inactive|not_found))\b/i,
];

/**
 * The code that ends the grant, if a refused refresh says that it has ended: the refresh token is dead, or the user has
 * to sign in again (RFC 6749 §5.2). Undefined if the refusal means something else, or the provider is down.
 */
export function endedBy({ status, error, description }: ProviderRefusal): string | undefined {
  const code = error?.toLowerCase();
  if (code === undefined) return undefined;
  if (ENDED.has(code)) return code;
  if (status >= 500 || status === 429 || ABOUT_SOMETHING_ELSE.has(code)) return undefined;
  const said = `${error}: ${description ?? ''}`;
  return IN_WORDS.some((pattern) => pattern.test(said)) ? 'invalid_grant' : undefined;
}
