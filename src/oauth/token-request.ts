import {
  type AuthorizationServer,
  authorizationCodeGrantRequest,
  expectNoNonce,
  nopkce,
  processAuthorizationCodeResponse,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import { isOpenId } from '../providers/provider.ts';
import { callbackScope } from '../providers/quirks/authorization.ts';
import { clientAuthentication, withAudienceHint } from './client-authentication.ts';
import { decryption } from './client-keys.ts';
import { checkTokenType, proofOption, proofs, withNonce } from './dpop.ts';
import type { ExpectedAnswer } from './expected-answer.ts';
import { translate } from './failure.ts';
import { checkIdToken, type IdToken, serverFor } from './id-token.ts';
import type { ProviderRequests } from './provider-requests.ts';
import { asReceived, readableAnswer, readableIdToken } from './readable-id-token.ts';
import { withResources } from './resources.ts';
import { checkTokenText, subjectOf } from './token-members.ts';

/** What the token endpoint granted. */
export interface TokenResult {
  readonly response: TokenEndpointResponse;
  readonly idToken: IdToken | undefined;
  /** The user that the tokens belong to, if the settings name a member for it (`token_fields.sub`). */
  readonly subject: string | undefined;
}

/**
 * Exchanges the authorization code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5) and validates the ID token and its
 * signature (OpenID Connect Core §3.1.3.7). `parameters` are those that `authorizationResponse` returned.
 * A code is never sent twice (RFC 6749 §4.1.2).
 * Throws `token_request_failed`, `token_response_invalid`, `id_token_invalid`, `provider_unreachable`.
 */
export async function exchangeCode(
  requests: ProviderRequests,
  server: AuthorizationServer,
  parameters: URLSearchParams,
  attempt: ExpectedAnswer,
): Promise<TokenResult> {
  const { provider } = requests;
  const additional = withResources(provider, provider.token_params);
  const proof = attempt.dpop_key && proofOption(await proofs(provider, attempt.dpop_key));
  const exchange = async () => {
    const answer = await authorizationCodeGrantRequest(
      server,
      provider.client,
      clientAuthentication(provider, server),
      parameters,
      attempt.redirect_uri,
      attempt.code_verifier ?? nopkce,
      { additionalParameters: additional, ...requests.options('token', 'Token request'), ...proof },
    );
    const issuing = serverFor(provider, server, answer);
    const { answer: readable, isPlain } = readableAnswer(provider, answer, attempt.scope);
    const response = await processAuthorizationCodeResponse(issuing, provider.client, readable, {
      ...decryption(provider, (jwt) => readableIdToken(provider, jwt)),
      // protects: nonce
      expectedNonce: attempt.nonce ?? expectNoNonce,
      // protects: ID token required
      requireIdToken: isOpenId(attempt.scope),
      ...(attempt.max_age !== undefined && { maxAge: attempt.max_age }),
    });
    checkTokenType(response, attempt.dpop_key !== undefined);
    const received = asReceived(response, answer);
    const idToken = await checkIdToken(requests, server, { validated: response, received, isPlain }, attempt);
    checkTokenText(received);
    const scope = received.scope ?? callbackScope(provider, parameters);
    return {
      response: scope === undefined ? received : { ...received, scope },
      idToken,
      subject: subjectOf(provider, answer),
    };
  };
  try {
    return await (proof ? withNonce(exchange) : exchange());
  } catch (error) {
    throw withAudienceHint(translate(error, 'token'), provider, server);
  }
}
