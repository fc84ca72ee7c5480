import type { TokenEndpointResponse } from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import { identifier } from '../exact-json.ts';
import type { Provider } from '../providers/provider.ts';
import { TokenAnswer } from './provider-answer.ts';

/** The characters allowed in a token (RFC 6749 A.12, A.17): it goes into a header or a form unchanged. */
const TOKEN = /^[\x20-\x7e]+$/;
/** The maximum length of a token or a scope, in characters. Real ones are far shorter. */
const MAX_TOKEN_LENGTH = 65_536;
const MAX_SCOPE_LENGTH = 8192;

/**
 * Checks that the tokens can be sent in requests, and that nothing in the response is too large to store with a
 * session. Throws `token_response_invalid`.
 */
export function checkTokenText(response: TokenEndpointResponse): void {
  for (const name of ['access_token', 'refresh_token', 'id_token'] as const) {
    const token = response[name];
    if (token === undefined) continue;
    if (token.length > MAX_TOKEN_LENGTH)
      throw invalid(`${name} is longer than ${MAX_TOKEN_LENGTH} characters`);
    if (!TOKEN.test(token)) throw invalid(`${name} contains characters that are not allowed in a token`);
  }
  if ((response.scope?.length ?? 0) > MAX_SCOPE_LENGTH) throw invalid('scope is too long');
}

/**
 * The user that the tokens belong to, from `token_fields.sub`: a member of the response, or a claim of a JWT in it.
 * Undefined without that setting. Throws `token_response_invalid` if it is set and there is none.
 */
export function subjectOf({ token_fields: fields }: Provider, answer: Response): string | undefined {
  if (fields?.sub === undefined) return undefined;
  const sub = answer instanceof TokenAnswer ? identifier(answer.members.sub) : undefined;
  if (sub !== undefined) return sub;
  throw new DrawbridgeError('token_response_invalid', {
    description: 'The provider did not say whose token it is.',
    hint: 'Compare `token_fields.sub` with the token response: it is a dotted path, such as `user.id` or `access_token.sub`.',
    detail: 'the token response has no subject',
  });
}

function invalid(detail: string): DrawbridgeError {
  return new DrawbridgeError('token_response_invalid', { detail });
}
