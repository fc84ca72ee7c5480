import type { JWK } from 'jose';
import {
  type AuthorizationServer,
  processUserInfoResponse,
  protectedResourceRequest,
  type UserInfoResponse,
  userInfoRequest,
  validateApplicationLevelSignature,
} from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import { memberAt } from '../providers/quirks.ts';
import { decryption } from './client-keys.ts';
import { proofOption, proofs, withNonce } from './dpop.ts';
import { translate } from './failure.ts';
import type { ProviderRequests } from './provider-requests.ts';
import type { TokenResult } from './token-request.ts';
import { withItsKeys } from './with-new-keys.ts';

/** What is known of a user: `sub`, and claims under their registered names. */
export type UserClaims = Readonly<Record<string, unknown>> & { readonly sub: string };

type Proof = ReturnType<typeof proofOption>;

/** What the scopes of OpenID Connect Core §5.4 are asked for: one of these claims at least. */
const CLAIMS_OF_SCOPE: Readonly<Record<string, readonly string[]>> = {
  profile: ['name', 'preferred_username', 'nickname', 'given_name', 'family_name', 'picture'],
  email: ['email'],
  phone: ['phone_number'],
  address: ['address'],
};

/**
 * Who the user is: the claims of the ID token, completed by the userinfo endpoint if they lack what the scope
 * asks for; without an ID token, what the provider's own API says. Undefined if nobody can tell.
 * Throws `id_token_invalid` if the userinfo is somebody else's, `token_response_invalid`, `provider_unreachable`.
 */
export async function userOf(
  requests: ProviderRequests,
  server: AuthorizationServer,
  result: TokenResult,
  asked: { scope: string; dpop_key: JWK | undefined },
): Promise<UserClaims | undefined> {
  const { access_token } = result.response;
  const claims = result.idToken?.claims;
  if (!server.userinfo_endpoint) return claims;
  if (claims && !lacksClaims(claims, asked.scope)) return claims;
  const proof = proofOption(asked.dpop_key && (await proofs(requests.provider, asked.dpop_key)));
  if (!claims) return profile(requests, server, access_token, proof);
  return { ...(await userInfo(requests, server, access_token, claims.sub, proof)), ...claims };
}

/** Pure: true if a scope was asked for of which no claim came. */
function lacksClaims(claims: UserClaims, scope: string): boolean {
  return scope.split(' ').some((name) => {
    const wanted = CLAIMS_OF_SCOPE[name];
    return wanted !== undefined && !wanted.some((claim) => claims[claim] !== undefined);
  });
}

/**
 * Asks the userinfo endpoint who the user is (OpenID Connect Core §5.3) and compares `sub` with the ID token's.
 * Throws `id_token_invalid` if they differ, `token_response_invalid`, `provider_unreachable`.
 */
async function userInfo(
  requests: ProviderRequests,
  server: AuthorizationServer,
  accessToken: string,
  expectedSub: string,
  proof: Proof,
): Promise<UserInfoResponse> {
  const { provider } = requests;
  const ask = async () => {
    const options = { ...requests.options('userinfo', 'Userinfo'), ...proof };
    const answer = await userInfoRequest(server, provider.client, accessToken, options);
    const isSigned = /^application\/jwt\b/i.test(answer.headers.get('content-type') ?? '');
    const claims = await processUserInfoResponse(
      server,
      provider.client,
      expectedSub,
      answer,
      decryption(provider),
    );
    if (isSigned) {
      const keys = requests.options('jwks', 'Signing keys');
      await withItsKeys(provider, server, (current) =>
        validateApplicationLevelSignature(current, answer, keys),
      );
    }
    return claims;
  };
  try {
    return await withNonce(ask);
  } catch (error) {
    throw translate(error, 'userinfo');
  }
}

/**
 * Asks a provider without ID tokens who the user is, at the place and in the form its preset names. Throws `token_response_invalid`, `provider_unreachable`.
 */
async function profile(
  requests: ProviderRequests,
  server: AuthorizationServer,
  accessToken: string,
  proof: Proof,
): Promise<UserClaims> {
  const { provider } = requests;
  const query = provider.userinfo_query;
  const ask = () =>
    protectedResourceRequest(
      accessToken,
      query === undefined ? (provider.userinfo_method ?? 'GET') : 'POST',
      new URL(server.userinfo_endpoint as string),
      new Headers({ accept: 'application/json', ...(query && { 'content-type': 'application/json' }) }),
      query === undefined ? null : JSON.stringify({ query }),
      { ...requests.options('userinfo', 'Userinfo'), ...proof },
    );
  let body: unknown;
  try {
    const answer = await withNonce(ask);
    if (!answer.ok) throw new DrawbridgeError('token_response_invalid', USERINFO_REFUSED(answer.status));
    body = await answer.json();
  } catch (error) {
    throw error instanceof SyntaxError
      ? new DrawbridgeError('token_response_invalid', { detail: 'userinfo is no JSON', cause: error })
      : translate(error, 'userinfo');
  }
  return claimsOf(body, provider.userinfo_claims ?? { sub: 'sub' });
}

const USERINFO_REFUSED = (status: number) => ({
  description: 'The provider gave a token, but would not say whose it is.',
  hint: 'Check that the `scope` setting lets this application read the user’s profile.',
  detail: `userinfo: status ${status}`,
});

/** Claims by the paths that the preset names; a numeric id becomes text. */
function claimsOf(body: unknown, paths: Readonly<Record<string, string>>): UserClaims {
  const claims: Record<string, unknown> = {};
  for (const [claim, path] of Object.entries(paths)) {
    const value = memberAt(body, path);
    if (typeof value === 'string' || typeof value === 'boolean') claims[claim] = value;
    if (typeof value === 'number') claims[claim] = String(value);
  }
  if (typeof claims.sub !== 'string' || claims.sub === '') {
    throw new DrawbridgeError('token_response_invalid', {
      description: 'The provider did not say whose token it is.',
      detail: 'userinfo holds no subject',
    });
  }
  return claims as UserClaims;
}
