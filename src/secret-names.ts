/**
 * What is a secret by its name: settings, parameters of messages, headers, and words in running text. What is shown
 * (`INSPECT`), logged or printed goes by these.
 */

const SETTING = /^(?:SESSION_SECRET|ADMIN_TOKEN|EVENTS_SECRET|\w+_(?:CLIENT_SECRET|PRIVATE_KEY))$/;

/** True for the name of a setting that is a secret. */
export function isSecretSetting(name: string): boolean {
  return SETTING.test(name);
}

/** Parameters and members whose values are secrets, or give access like one. */
const PARAMETERS = new Set([
  'access_token',
  'assertion',
  'client_assertion',
  'client_secret',
  'code',
  'code_verifier',
  'id_token',
  'id_token_hint',
  'logout_token',
  'refresh_token',
  'request',
  'response',
  'token',
  'user_code',
]);

/** True for a parameter or member whose value must not be shown. */
export function isSecretParameter(name: string): boolean {
  return PARAMETERS.has(name);
}

const HEADERS = new Set(['authorization', 'cookie', 'set-cookie', 'dpop', 'proxy-authorization']);

/** True for a header whose value must not be shown; `name` in lower case. */
export function isSecretHeader(name: string): boolean {
  return HEADERS.has(name);
}

/**
 * How names of secrets end in the text of others, where the value follows the name (`code=…`); a regular expression. It
 * covers every parameter above but those that hold JWTs, which are known by their form. `error_code` and `status_code`
 * are no authorization codes.
 */
export const SECRET_WORDS =
  '(?<!error|status)(?:\\b|_)(?:code|token|secret|password|assertion|verifier|state|nonce)';
