import { base64url, decodeJwt } from 'jose';
import {
  type AuthorizationServer,
  getValidatedIdTokenClaims,
  type IDToken,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import { CLOCK_SKEW_SECONDS } from '../clock.ts';
import { DrawbridgeError } from '../errors.ts';
import { identifier } from '../exact-json.ts';
import type { Provider } from '../providers/provider.ts';
import { tokenMemberAt } from '../providers/quirks/member-at.ts';
import { jwtAdvice } from './advice.ts';
import { exactClaims, isShallow } from './claims.ts';
import { signedToken } from './client-keys.ts';
import { translate } from './failure.ts';
import { namesIssuer } from './issuer.ts';
import { verifySignature } from './jws.ts';
import { withNewKeys } from './new-keys.ts';
import { TokenAnswer } from './provider-answer.ts';
import { headerOf, withFittingKey } from './provider-keys.ts';
import type { ProviderRequests } from './provider-requests.ts';
import { sentClaims } from './readable-id-token.ts';
import { essentialAcr } from './requested-claims.ts';

/** A validated ID token. */
export interface IdToken {
  readonly claims: IDToken;
  /** True if the claims are known to be within the limits of `boundedClaims`. */
  readonly isBounded: boolean;
}

/** A token response that the library has validated in a readable form, and as it came (`asReceived`). */
interface Processed {
  readonly validated: TokenEndpointResponse;
  readonly received: TokenEndpointResponse;
  /** See `Readable`. */
  readonly isPlain: boolean;
}

/**
 * Completes the checks of oauth4webapi's `process…Response`: the signature, and the rules of OpenID Connect Core
 * §3.1.3.7 that it leaves to the client. Throws `id_token_invalid`, `provider_unreachable`.
 */
export async function checkIdToken(
  requests: ProviderRequests,
  server: AuthorizationServer,
  { validated, received: response, isPlain }: Processed,
  asked?: { readonly acr_values: string | undefined },
): Promise<IdToken | undefined> {
  const readable = getValidatedIdTokenClaims(validated);
  if (!readable) return undefined;
  const jwt = await signedToken(requests.provider, response.id_token ?? '');
  const claims = isPlain ? readable : sentClaims(exactClaims(jwt, readable));
  if (!isPlain && !isShallow(claims))
    throw refuse('there are too many claims, or they are nested too deeply');
  checkClaims(requests.provider, claims, Date.now() / 1000);
  if (asked) checkAcr(requests.provider, claims, asked.acr_values);
  if (claims.at_hash !== undefined) await checkAccessTokenHash(response.access_token, jwt, claims);
  // protects: signature
  await verifyJws(requests, server, jwt).catch(refuseSignature);
  return { claims, isBounded: isPlain };
}

/** Pure: rules on claims that the library does not check. `now` in seconds. */
function checkClaims(provider: Provider, claims: IDToken, now: number): void {
  // protects: sub length
  if (identifier(claims.sub) === undefined) throw refuse('sub is empty or too long');
  // An empty one says nothing.
  if (typeof claims.sid === 'string' && claims.sid !== '' && identifier(claims.sid) === undefined) {
    throw refuse('sid is too long');
  }
  checkAudience(provider, claims);
  // protects: iat
  if (claims.iat > now + CLOCK_SKEW_SECONDS) throw refuse('iat is in the future');
}

/**
 * Checks that the token is for this client and otherwise only for trusted audiences (§3.1.3.7, 3 to 5). `*` trusts
 * every other audience. Then `azp`, which the library has checked, proves that the token was issued to this client.
 */
function checkAudience({ client, trusted_audiences: trusted }: Provider, { aud, azp }: IDToken): void {
  const isTrusted = (audience: unknown) =>
    audience === client.client_id || trusted.some((each) => each === '*' || each === audience);
  // protects: aud
  if (aud !== client.client_id && ![aud].flat().every(isTrusted))
    throw refuse('aud names an audience that is not trusted');
  if (azp !== undefined && azp !== client.client_id) throw refuse('azp is another client');
}

/**
 * Pure: checks that the user signed in with one of the requested methods (OpenID Connect Core §3.1.3.7, 12), and one of
 * those that the `claims` setting makes essential (§5.5.1.1).
 */
function checkAcr(provider: Provider, { acr }: IDToken, acrValues: string | undefined): void {
  const essential = provider.claims === undefined ? undefined : essentialAcr(provider);
  // protects: essential acr
  if (essential && !essential.includes(acr)) throw refuse('acr is not one of those requested');
  // protects: acr
  if (acrValues === undefined || acrValues.split(' ').includes(String(acr))) return;
  throw refuse('acr is not one of those requested');
}

function refuse(detail: string): DrawbridgeError {
  return new DrawbridgeError('id_token_invalid', { ...jwtAdvice('id_token', detail), detail });
}

/** `at_hash`, where present, ties the ID token to the access token (OpenID Connect Core §3.1.3.6). */
async function checkAccessTokenHash(accessToken: string, jwt: string, claims: IDToken): Promise<void> {
  const { alg } = headerOf(jwt);
  const digest = await crypto.subtle.digest(hashOf(alg ?? ''), new TextEncoder().encode(accessToken));
  const expected = base64url.encode(new Uint8Array(digest, 0, digest.byteLength / 2));
  // protects: at_hash
  if (claims.at_hash !== expected) {
    throw new DrawbridgeError('id_token_invalid', { detail: 'at_hash belongs to another access token' });
  }
}

function hashOf(alg: string): string {
  if (alg.endsWith('384')) return 'SHA-384';
  return alg.endsWith('512') || alg.startsWith('Ed') ? 'SHA-512' : 'SHA-256';
}

function refuseSignature(error: unknown): never {
  throw translate(error, 'id_token');
}

/**
 * Checks the signature of a JWT from the token or userinfo endpoint. Its algorithm has been checked already. Throws
 * what jose throws, `provider_unreachable`.
 */
export async function verifyJws(
  requests: ProviderRequests,
  server: AuthorizationServer,
  jws: string,
): Promise<void> {
  const header = headerOf(jws);
  await withNewKeys(requests.provider, server, 'token_endpoint', (current) =>
    withFittingKey(requests.keys(current), header, (key) => verifySignature(jws, header, key)),
  );
}

/**
 * The server under the name that the ID token uses: its issuer, or another spelling that the provider is known to
 * use. Only names listed in the settings are accepted, so an attacker can't introduce one.
 */
export function serverFor(
  provider: Provider,
  server: AuthorizationServer,
  answer: Response,
): AuthorizationServer {
  if (!(answer instanceof TokenAnswer) || !hasOtherNames(provider)) return server;
  const { members } = answer;
  const named = { iss: tokenMemberAt(members, 'id_token.iss'), tid: tokenMemberAt(members, 'id_token.tid') };
  return serverNamed(provider, server, named);
}

/** The same for the claims of another JWT of the provider. */
export function serverOf(provider: Provider, server: AuthorizationServer, jwt: string): AuthorizationServer {
  return hasOtherNames(provider) ? serverNamed(provider, server, decodeJwt(jwt)) : server;
}

function hasOtherNames({ issuer_aliases: aliases = [], issuer_template: template }: Provider): boolean {
  return aliases.length > 0 || template !== undefined;
}

function serverNamed(
  provider: Provider,
  server: AuthorizationServer,
  { iss, tid = null }: { readonly iss?: unknown; readonly tid?: unknown },
): AuthorizationServer {
  if (typeof iss !== 'string') return server;
  return namesIssuer(provider, server, iss, tid) ? { ...server, issuer: iss } : server;
}
