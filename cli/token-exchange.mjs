import { CliError, EXIT } from './exit.mjs';
import { findKey, readKeys } from './keys.mjs';
import { fromEnvironment, plain, postForm, serverOf } from './server.mjs';

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/**
 * The key for a provider, and the server that it is for.
 *
 * @param {string} provider
 * @param {string | undefined} option what `--server` says
 */
export async function keyFor(provider, option) {
  const given = fromEnvironment('DRAWBRIDGE_KEY');
  const file = await keysUnless(given !== '' && (option ?? fromEnvironment('DRAWBRIDGE_URL')) !== '');
  const server = serverOf(option, file);
  const key = given || findKey(file, server, provider)?.key;
  if (!key) throw signIn(`There is no key for ${provider} at ${server}.`, provider);
  return { server, key };
}

/**
 * The file with the keys; an empty one where everything is known without it, as in a container that has none.
 *
 * @param {boolean} isNeedless
 */
export async function keysUnless(isNeedless) {
  return isNeedless ? { servers: {} } : readKeys();
}

/**
 * Exchanges the key for an access token (RFC 8693).
 *
 * @param {{ server: string, key: string, provider: string, scope?: string, minTtl?: number }} wanted `minTtl` in seconds
 * @returns {Promise<{ access_token: string, token_type: string, expires_in?: number, scope?: string }>}
 */
export async function exchange({ server, key, provider, scope, minTtl }) {
  const { status, body, retryAfter } = await postForm(`${server}/token`, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: key,
    subject_token_type: ACCESS_TOKEN,
    audience: provider,
    ...(scope !== undefined && { scope }),
    ...(minTtl !== undefined && { min_ttl: String(minTtl) }),
  });
  if (status === 200 && typeof body.access_token === 'string') {
    requirePrintable(body);
    return /** @type {{ access_token: string, token_type: string }} */ (body);
  }
  throw refusal({ status, body, retryAfter, provider });
}

/** A token goes into a header, a file of curl's and a terminal: none of them may take a part of it for something else. */
function requirePrintable({ access_token, token_type }) {
  if (/^[\x21-\x7e]+$/.test(access_token) && /^[\w-]{1,40}$/.test(token_type ?? '')) return;
  throw new CliError(EXIT.failed, 'The server sent a token that no header can carry.');
}

/** What a refusal means to a script. */
function refusal({ status, body, retryAfter, provider }) {
  const why = plain(body.error_description) || `The server answered ${status}.`;
  if (status === 429 || status >= 500) {
    return new CliError(
      EXIT.unavailable,
      `${why} Try again${/^\d+$/.test(retryAfter ?? '') ? ` in ${retryAfter} seconds` : ' later'}.`,
    );
  }
  if (body.error === 'invalid_grant' && typeof body.reauthorization_uri === 'string') {
    return new CliError(EXIT.signIn, `${why} Reconnect at ${plain(body.reauthorization_uri)}`);
  }
  if (body.error === 'unauthorized_client') return signIn(why, `${provider} --raw`);
  if (body.error === 'invalid_request' || body.error === 'invalid_grant') return signIn(why, provider);
  return new CliError(EXIT.failed, `${why} ${plain(body.hint)}`.trim());
}

function signIn(why, what) {
  return new CliError(EXIT.signIn, `${why} Run \`drawbridge login ${what}\`.`);
}
