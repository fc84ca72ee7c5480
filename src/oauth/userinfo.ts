import type { JWK } from 'jose';
import {
  type AuthorizationServer,
  processUserInfoResponse,
  skipSubjectCheck,
  userInfoRequest,
} from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import { identifier, jsonObject } from '../exact-json.ts';
import { log } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import { claimsByPath } from '../providers/quirks/userinfo.ts';
import { boundedClaims, exactClaims } from './claims.ts';
import { signedToken } from './client-keys.ts';
import { proofOption, proofs, withNonce } from './dpop.ts';
import { translate } from './failure.ts';
import { type IdToken, serverOf, verifyJws } from './id-token.ts';
import type { ProviderRequests } from './provider-requests.ts';
import { readableIdToken } from './readable-id-token.ts';
import { userinfoClaims } from './requested-claims.ts';
import type { TokenResult } from './token-request.ts';
import { userByApi } from './user-by-api.ts';
import { missingUnless, type Proof, type UserClaims, UserinfoMissing } from './user-claims.ts';

/** The parts of the login request that affect how we find out who the user is. */
interface Asked {
  readonly scope: string;
  readonly dpop_key: JWK | undefined;
  /** For the log. */
  readonly flow?: string;
}

/** The claims of each scope (OpenID Connect Core §5.4): at least one of them is expected. */
const CLAIMS_OF_SCOPE: Readonly<Record<string, readonly string[]>> = {
  profile: ['name', 'preferred_username', 'nickname', 'given_name', 'family_name', 'picture'],
  email: ['email'],
  phone: ['phone_number'],
  address: ['address'],
};

/**
 * Who the user is: the claims of the ID token, completed by the userinfo endpoint if claims are missing that the scope or
 * the settings request from it. Without an ID token: what the provider's own API or the token response says. Undefined if
 * the provider doesn't say. Throws `token_response_invalid` if the userinfo is invalid or belongs to another user, or if it
 * is missing although it is `required` or nothing else identifies the user; `provider_unreachable`.
 */
export function userOf(
  requests: ProviderRequests,
  server: AuthorizationServer,
  result: TokenResult,
  asked: Asked,
): UserClaims | undefined | Promise<UserClaims | undefined> {
  const claims = claimsOf(result.idToken);
  const isEnough =
    claims &&
    requests.provider.userinfo !== 'required' &&
    !lacksClaims(requests.provider, claims, asked.scope);
  return isEnough ? claims : completed(requests, server, { result, claims }, asked);
}

/** The claims of the ID token, completed as `userOf` says. */
async function completed(
  requests: ProviderRequests,
  server: AuthorizationServer,
  { result, claims }: { result: TokenResult; claims: UserClaims | undefined },
  asked: Asked,
): Promise<UserClaims | undefined> {
  const { provider } = requests;
  const { subject } = result;
  const known = claims ?? (subject === undefined ? undefined : { sub: subject });
  if (provider.userinfo === 'off') return known;
  if (!server.userinfo_endpoint) {
    if (provider.userinfo !== 'required') return known;
    throw new DrawbridgeError('token_response_invalid', NO_ENDPOINT);
  }
  const proof = proofOption(asked.dpop_key && (await proofs(provider, asked.dpop_key)));
  try {
    const { access_token } = result.response;
    const told = claims
      ? await userInfo(requests, server, access_token, claims.sub, proof)
      : await userByApi(requests, server.userinfo_endpoint, access_token, subject, proof);
    return joined(boundedClaims<UserClaims>(told), known);
  } catch (error) {
    const failure = translate(error, 'userinfo');
    if (!known || provider.userinfo === 'required' || !(failure instanceof UserinfoMissing)) throw failure;
    log('userinfo_failed', {
      flow: asked.flow,
      provider: provider.id,
      error: failure.code,
      detail: failure.detail,
    });
    return known;
  }
}

function claimsOf(idToken: IdToken | undefined): UserClaims | undefined {
  return idToken === undefined || idToken.isBounded
    ? idToken?.claims
    : boundedClaims<UserClaims>(idToken.claims);
}

/** The claims that say whether another claim is verified. */
const VERIFIED_BY = { email: 'email_verified', phone_number: 'phone_number_verified' } as const;

/**
 * Pure: the claims of userinfo merged with those of the ID token, which take precedence. Whether an address is verified
 * comes from the same source as the address, or from the other source if it has the same address.
 */
export function joined(told: UserClaims, known: UserClaims | undefined): UserClaims {
  if (known === undefined) return told;
  const claims: Record<string, unknown> & { sub: string } = { ...told, ...known };
  for (const [claim, verified] of Object.entries(VERIFIED_BY)) {
    const [source, other] = known[claim] === undefined ? [told, known] : [known, told];
    const fromOther = other[claim] === source[claim] ? other[verified] : undefined;
    const said = source[verified] ?? fromOther;
    if (said === undefined) delete claims[verified];
    else claims[verified] = said;
  }
  return claims;
}

/** Pure: true if no claim was received for one of the requested scopes, or not each that `claims` requests from userinfo. */
function lacksClaims(provider: Provider, claims: UserClaims, scope: string): boolean {
  if (provider.claims !== undefined && userinfoClaims(provider).some((name) => claims[name] === undefined)) {
    return true;
  }
  return scope.split(' ').some((name) => {
    const wanted = CLAIMS_OF_SCOPE[name];
    return wanted !== undefined && !wanted.some((claim) => claims[claim] !== undefined);
  });
}

/**
 * Asks the userinfo endpoint who the user is (OpenID Connect Core §5.3) and compares `sub` with the ID token's.
 * Throws `UserinfoMissing`; `token_response_invalid` if it belongs to another user, or is signed and not valid.
 */
async function userInfo(
  requests: ProviderRequests,
  server: AuthorizationServer,
  accessToken: string,
  expectedSub: string,
  proof: Proof,
): Promise<UserClaims> {
  const { client } = requests.provider;
  const answer = await missingUnless(() =>
    withNonce(() =>
      userInfoRequest(server, client, accessToken, {
        ...requests.options('userinfo', 'Userinfo'),
        ...proof,
      }),
    ),
  );
  const isJwt = /^application\/jwt\b/i.test(answer.headers.get('content-type') ?? '');
  const told =
    isJwt || client.userinfo_signed_response_alg
      ? await protectedClaims(requests, server, answer, isJwt)
      : await plainClaims(requests.provider, answer);
  if (identifier(told.sub) !== expectedSub) throw new DrawbridgeError('token_response_invalid', OTHER_USER);
  return { ...told, sub: expectedSub };
}

/**
 * The claims of a response that is signed, encrypted, or both (OpenID Connect Core §5.3.2). Encrypted JSON says as much as
 * plain JSON does, so it is accepted unless a signature is registered. Throws what the checks throw.
 */
async function protectedClaims(
  requests: ProviderRequests,
  server: AuthorizationServer,
  answer: Response,
  isJwt: boolean,
): Promise<Readonly<Record<string, unknown>>> {
  const { provider } = requests;
  const { client } = provider;
  const refused = (response: Response) => processUserInfoResponse(server, client, skipSubjectCheck, response);
  // Not a JWT although one is registered, or not a success: the library says so.
  if (!isJwt || answer.status !== 200) return refused(answer);
  const jwt = await signedToken(provider, (await answer.text()).trim());
  if (jsonObject(jwt)) {
    const json = new Response(jwt);
    return client.userinfo_signed_response_alg ? refused(json) : plainClaims(provider, json);
  }
  const readable = new Response(readableIdToken(provider, jwt), answer);
  const issuing = serverOf(provider, server, jwt);
  const claims = await processUserInfoResponse(issuing, client, skipSubjectCheck, readable);
  await verifyJws(requests, server, jwt);
  return exactClaims(jwt, claims);
}

/**
 * The claims of a JSON response: under their own names, or where `userinfo_claims` says if it has no `sub` (Discord).
 * Without any `sub` nobody knows whom it is about, so it is not used (§5.3.2). Throws `UserinfoMissing`.
 */
async function plainClaims(provider: Provider, answer: Response): Promise<Readonly<Record<string, unknown>>> {
  const members = answer.ok ? jsonObject(await answer.text()) : undefined;
  const isStandard = (members?.sub ?? null) !== null;
  const told = isStandard || !provider.userinfo_claims ? members : claimsByPath(provider, members);
  if (told !== undefined && (told.sub ?? null) !== null) return told;
  const detail = `userinfo: status ${answer.status}, ${members ? 'no sub' : 'empty'}`;
  throw new UserinfoMissing(new DrawbridgeError('token_response_invalid', { detail }));
}

const NO_ENDPOINT = {
  description: 'The provider has no userinfo endpoint, but it is required here.',
  hint: 'Set `userinfo_endpoint`, or remove `userinfo`.',
  detail: 'no userinfo_endpoint',
};
const OTHER_USER = {
  description:
    'The provider’s userinfo is about a different user than the ID token’s, so nobody was signed in.',
  hint: 'Start again. If it keeps happening, check `userinfo_endpoint`, or set `userinfo = "off"`.',
  detail: 'unexpected "response" body "sub" property value',
};
