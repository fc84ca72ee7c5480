import { protectedResourceRequest } from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import { parseJson } from '../exact-json.ts';
import { claimsByPath, type UserRequest, userRequest, verifiedEmail } from '../providers/quirks/userinfo.ts';
import { withNonce } from './dpop.ts';
import type { ProviderRequests } from './provider-requests.ts';
import { missingUnless, type Proof, type UserClaims } from './user-claims.ts';

/**
 * Asks a provider without ID tokens who the user is, using the endpoint and format from its preset. `subject` is the
 * user from the token response; a different one is refused. Throws `UserinfoMissing`, `token_response_invalid`.
 */
export async function userByApi(
  requests: ProviderRequests,
  endpoint: string,
  accessToken: string,
  subject: string | undefined,
  proof: Proof,
): Promise<UserClaims> {
  const { provider } = requests;
  const body = await missingUnless(() =>
    askApi(requests, endpoint, accessToken, proof, userRequest(provider)),
  );
  const { sub = subject, ...claims } = claimsByPath(provider, body);
  if (typeof sub !== 'string') {
    throw new DrawbridgeError('token_response_invalid', {
      description: 'The provider did not say whose token it is.',
      hint: 'Check `userinfo_claims.sub`: it is the dotted path of the user’s id in the userinfo response.',
      detail: 'userinfo has no subject',
    });
  }
  if (subject !== undefined && sub !== subject) {
    throw new DrawbridgeError('token_response_invalid', {
      description:
        'The provider’s userinfo is about a different user than its tokens, so nobody was signed in.',
      detail: 'userinfo has another subject',
    });
  }
  return { sub, ...claims, ...(await emailOf(requests, accessToken, claims.email, proof)) };
}

const GET: UserRequest = { method: 'GET', contentType: undefined, body: null };

/** The user's verified address if the provider lists them (GitHub). None if the scope does not let us see it. */
async function emailOf(requests: ProviderRequests, accessToken: string, shown: unknown, proof: Proof) {
  const endpoint = requests.provider.userinfo_emails_endpoint;
  if (endpoint === undefined) return undefined;
  try {
    return verifiedEmail(await askApi(requests, endpoint, accessToken, proof, GET), shown);
  } catch {
    return undefined;
  }
}

/** The JSON from the provider's API. Throws what the request throws, or `token_response_invalid`. */
async function askApi(
  requests: ProviderRequests,
  endpoint: string,
  accessToken: string,
  proof: Proof,
  { method, contentType, body }: UserRequest,
): Promise<unknown> {
  const answer = await withNonce(() =>
    protectedResourceRequest(
      accessToken,
      method,
      new URL(endpoint),
      new Headers({ accept: 'application/json', ...(contentType && { 'content-type': contentType }) }),
      body,
      { ...requests.options('userinfo', 'Userinfo'), ...proof },
    ),
  );
  if (!answer.ok) throw new DrawbridgeError('token_response_invalid', refusedWith(answer.status));
  try {
    return parseJson(await answer.text());
  } catch (cause) {
    throw new DrawbridgeError('token_response_invalid', { ...NOT_JSON, cause });
  }
}

const refusedWith = (status: number) => ({
  description: 'The provider issued a token, but would not say whose it is.',
  hint: 'Check that the `scope` setting lets this application read the user’s profile.',
  detail: `userinfo: status ${status}`,
});

const NOT_JSON = {
  description:
    'The provider’s userinfo endpoint did not answer with JSON, so nobody knows whose token it is.',
  hint: 'Compare `userinfo_endpoint` with the provider’s documents.',
  detail: 'userinfo is not JSON',
};
