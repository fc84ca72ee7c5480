import type { ContentfulStatusCode } from 'hono/utils/http-status';

interface ErrorKind {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  readonly description: string;
  readonly hint: string;
}

/** Every error a user can meet: its stable code, HTTP status, and what to do about it. */
export const ERRORS = {
  state_mismatch: {
    status: 400,
    title: 'This sign-in did not start here',
    description: 'This answer doesn’t belong to a sign-in that is open in this browser.',
    hint: 'Start again from the login page, in the same browser, with cookies enabled.',
  },
  login_expired: {
    status: 400,
    title: 'This sign-in took too long',
    description: 'You have ten minutes to finish a sign-in.',
    hint: 'Start again.',
  },
  issuer_mismatch: {
    status: 400,
    title: 'The answer came from another provider',
    description: 'The answer doesn’t name the issuer that this sign-in started with.',
    hint: 'Start again. If it keeps happening, compare the `issuer` setting with the provider’s metadata.',
  },
  provider_error: {
    status: 400,
    title: 'The provider refused the sign-in',
    description: 'The provider answered the sign-in request with an error.',
    hint: 'Start again. If it keeps happening, ask the operator: the log has the provider’s own words.',
  },
  access_denied: {
    status: 403,
    title: 'Access was not granted',
    description: 'You or the provider’s policy declined access.',
    hint: 'Start again and allow access, or choose another account or provider.',
  },
  token_request_failed: {
    status: 502,
    title: 'The provider refused to issue a token',
    description: 'The provider did not exchange the authorization code for a token.',
    hint: 'Start again. If it keeps happening, check the client id, the client secret and the redirect URI.',
  },
  token_response_invalid: {
    status: 502,
    title: 'The provider’s answer can’t be used',
    description: 'The token endpoint sent something that is not a token response.',
    hint: 'Start again. If it keeps happening, check the `token_endpoint` setting of this provider.',
  },
  id_token_invalid: {
    status: 400,
    title: 'The ID token is not valid',
    description: 'The provider’s ID token failed a check, so you’re not signed in.',
    hint: 'Start again. If it keeps happening, check `issuer`, `client_id` and the provider’s clock.',
  },
  provider_unreachable: {
    status: 502,
    title: 'The provider isn’t responding',
    description: 'The provider could not be reached or took too long.',
    hint: 'Wait a moment and try again.',
  },
  unknown_provider: {
    status: 404,
    title: 'No such provider',
    description: 'There is no provider with this name here.',
    hint: 'Choose one on the login page.',
  },
  invalid_request: {
    status: 400,
    title: 'The request can’t be understood',
    description: 'Part of the request is missing, repeated, too long or malformed.',
    hint: 'Start again from the login page.',
  },
  not_signed_in: {
    status: 401,
    title: 'You’re not signed in',
    description: 'There is no session in this browser, or it has ended.',
    hint: 'Sign in.',
  },
  login_required: {
    status: 401,
    title: 'Please sign in again',
    description: 'Your access at the provider has ended and can’t be renewed.',
    hint: 'Sign in again.',
  },
  not_allowed: {
    status: 403,
    title: 'You don’t have access',
    description: 'You’re signed in, but your account is not allowed to open this.',
    hint: 'Sign in with another account, or ask the operator for access.',
  },
  account_mismatch: {
    status: 409,
    title: 'That’s a different account',
    description: 'You signed in with a different account from the one in use here.',
    hint: 'Sign in with the account in use, or sign out first.',
  },
  insufficient_scope: {
    status: 403,
    title: 'One more permission is needed',
    description: 'This needs a permission that you have not granted yet.',
    hint: 'Sign in again and allow it.',
  },
  upstream_unreachable: {
    status: 502,
    title: 'The service isn’t responding',
    description: 'The service behind this address could not be reached, or its answer can’t be passed on.',
    hint: 'Wait a moment and try again.',
  },
  upstream_timeout: {
    status: 504,
    title: 'The service takes too long',
    description: 'The service behind this address did not answer in time.',
    hint: 'Wait a moment and try again.',
  },
  invalid_token: {
    status: 401,
    title: 'The key is not valid',
    description: 'The key is missing, malformed, expired or revoked.',
    hint: 'Create a new key and send it as `Authorization: Bearer dbk_…`.',
  },
  session_too_large: {
    status: 507,
    title: 'The session is too large for cookies',
    description: 'This session’s tokens don’t fit into 16 KiB of cookies.',
    hint: 'Bind `TOKENS` (KV) and `SESSION_KEEPER` (Durable Object) to keep sessions on the server.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed from here',
    description: 'This only works from a page on this site.',
    hint: 'Open this site and use the buttons on its pages.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    description: 'This address doesn’t support that method.',
    hint: 'Use one of the methods in the `Allow` header.',
  },
  not_found: {
    status: 404,
    title: 'Nothing here',
    description: 'There is no page at this address.',
    hint: 'Go to the login page.',
  },
  operator_required: {
    status: 401,
    title: 'Operators only',
    description: 'This needs the admin token. The one you sent is missing or wrong.',
    hint: 'Send `Authorization: Bearer <ADMIN_TOKEN>`, or sign in at /admin.',
  },
  invalid_client: {
    status: 401,
    title: 'The client is not known',
    description: 'The request does not name a client that may do this.',
    hint: 'Send `client_id=drawbridge-cli`.',
  },
  invalid_grant: {
    status: 400,
    title: 'The grant is not valid',
    description: 'The grant that you sent is not valid, or it has ended.',
    hint: 'Start again.',
  },
  invalid_target: {
    status: 400,
    title: 'No token for that target',
    description: 'No token can be issued for the requested target.',
    hint: 'Send the id of the connection’s provider as `audience`, and no `resource`.',
  },
  invalid_scope: {
    status: 400,
    title: 'No token with that scope',
    description: 'No token can be issued with the requested scope.',
    hint: 'Leave `scope` out, or ask for scopes that the connection has.',
  },
  unauthorized_client: {
    status: 400,
    title: 'Not with this key',
    description: 'The key may not be used for this.',
    hint: 'Send requests through `/relay/<upstream>/`, or create a key that allows raw tokens.',
  },
  unsupported_grant_type: {
    status: 400,
    title: 'No such grant type',
    description: 'This `grant_type` is not supported here.',
    hint: 'Use token exchange (RFC 8693) or a device code (RFC 8628).',
  },
  authorization_pending: {
    status: 400,
    title: 'Not approved yet',
    description: 'Nobody has approved or declined the request yet.',
    hint: 'Ask again after the interval.',
  },
  slow_down: {
    status: 400,
    title: 'Too soon',
    description: 'You polled before the interval was over.',
    hint: 'Wait 5 seconds longer between requests from now on.',
  },
  expired_token: {
    status: 400,
    title: 'The device code has expired',
    description: 'Nobody approved the request in time.',
    hint: 'Ask for a new device code.',
  },
  temporarily_unavailable: {
    status: 503,
    title: 'Not available right now',
    description: 'The provider doesn’t answer, and the last token has expired.',
    hint: 'Try again after the time given in `Retry-After`.',
  },
  no_offline_access: {
    status: 400,
    title: 'The provider gave no lasting access',
    description: 'The provider issued no refresh token, and its access token expires.',
    hint: 'Ask for a scope that includes a refresh token, or allow refresh tokens for the application at the provider.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    description: 'Too many requests came from this address.',
    hint: 'Wait a minute and try again.',
  },
  config_invalid: {
    status: 503,
    title: 'Drawbridge is not set up yet',
    description: 'Some settings are missing or wrong.',
    hint: 'Fix the settings listed below, then reload.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong',
    description: 'An unexpected error occurred. It has been logged.',
    hint: 'Try again. If it keeps happening, give the operator the flow id.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

/** Every code, in the order of docs/errors.md. */
export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[];
