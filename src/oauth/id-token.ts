import { base64url, decodeProtectedHeader } from 'jose';
import {
  type AuthorizationServer,
  getValidatedIdTokenClaims,
  type IDToken,
  type TokenEndpointResponse,
  validateApplicationLevelSignature,
} from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { jwtAdvice } from './advice.ts';
import { signedToken } from './client-keys.ts';
import { translate } from './failure.ts';
import type { ProviderRequests } from './provider-requests.ts';
import { withItsKeys } from './with-new-keys.ts';

/** A validated ID token. */
export interface IdToken {
  readonly claims: IDToken;
}

/** OpenID Connect Core §2: `sub` must not exceed 255 ASCII characters. */
const MAX_SUB_LENGTH = 255;
const CLOCK_SKEW_SECONDS = 60;

/**
 * Finishes what `process…Response` of oauth4webapi began: the signature, and the rules of OpenID Connect Core
 * §3.1.3.7 that it leaves to the client. `answer` is the response that `response` was made from.
 * Throws `id_token_invalid`, `provider_unreachable`.
 */
export async function checkIdToken(
  requests: ProviderRequests,
  server: AuthorizationServer,
  answer: Response,
  response: TokenEndpointResponse,
  asked: { acr_values?: string | undefined } = {},
): Promise<IdToken | undefined> {
  const claims = getValidatedIdTokenClaims(response);
  if (!claims) return undefined;
  checkClaims(requests.provider, claims, Date.now() / 1000);
  checkAcr(claims, asked.acr_values);
  await checkAccessTokenHash(requests.provider, response, claims);
  // protects: signature
  await verifySignature(requests, server, answer);
  return { claims };
}

/** Pure: rules on claims beyond those of the library. `now` in seconds. */
function checkClaims(provider: Provider, claims: IDToken, now: number): void {
  // protects: sub length
  if (claims.sub === '' || claims.sub.length > MAX_SUB_LENGTH) throw refuse('sub is empty or too long');
  const audiences = [claims.aud].flat();
  // protects: aud
  if (audiences.some((audience) => audience !== provider.client.client_id)) {
    throw refuse('aud names an audience that is not trusted');
  }
  if (claims.azp !== undefined && claims.azp !== provider.client.client_id)
    throw refuse('azp is another client');
  // protects: iat
  if (claims.iat > now + CLOCK_SKEW_SECONDS) throw refuse('iat lies in the future');
}

/** Pure: the sign-in was done in one of the ways that were asked for (OpenID Connect Core §3.1.3.7, 12). */
function checkAcr(claims: IDToken, acrValues: string | undefined): void {
  // protects: acr
  if (acrValues === undefined || acrValues.split(' ').includes(String(claims.acr))) return;
  throw refuse('acr is none of those asked for');
}

function refuse(detail: string): DrawbridgeError {
  return new DrawbridgeError('id_token_invalid', { ...jwtAdvice('id_token', detail), detail });
}

/** `at_hash`, where present, ties the ID token to the access token (OpenID Connect Core §3.1.3.6). */
async function checkAccessTokenHash(
  provider: Provider,
  response: TokenEndpointResponse,
  claims: IDToken,
): Promise<void> {
  if (claims.at_hash === undefined) return;
  const { alg } = decodeProtectedHeader(await signedToken(provider, response.id_token ?? ''));
  const digest = await crypto.subtle.digest(
    hashOf(alg ?? ''),
    new TextEncoder().encode(response.access_token),
  );
  const expected = base64url.encode(new Uint8Array(digest, 0, digest.byteLength / 2));
  // protects: at_hash
  if (claims.at_hash !== expected) {
    throw new DrawbridgeError('id_token_invalid', { detail: 'at_hash is of another access token' });
  }
}

function hashOf(alg: string): string {
  if (alg.endsWith('384')) return 'SHA-384';
  return alg.endsWith('512') || alg.startsWith('Ed') ? 'SHA-512' : 'SHA-256';
}

async function verifySignature(requests: ProviderRequests, server: AuthorizationServer, answer: Response) {
  const options = requests.options('jwks', 'Signing keys');
  try {
    await withItsKeys(requests.provider, server, (current) =>
      validateApplicationLevelSignature(current, answer, options),
    );
  } catch (error) {
    throw translate(error, 'id_token');
  }
}

/**
 * The server as the ID token may name it: its issuer, or another spelling that the provider is known to use.
 * Only names that the settings list are accepted, so nothing an attacker writes there is believed.
 */
export async function serverFor(
  provider: Provider,
  server: AuthorizationServer,
  answer: Response,
): Promise<AuthorizationServer> {
  const { issuer_aliases: aliases = [], issuer_template: template } = provider;
  if (aliases.length === 0 && template === undefined) return server;
  const { iss, tid } = await unverifiedPayload(answer);
  if (typeof iss !== 'string') return server;
  const known = aliases.includes(iss) || iss === tenantIssuer(server.issuer, template, tid);
  return known ? { ...server, issuer: iss } : server;
}

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/**
 * The issuer of the tenant `tid` by the provider's template. Undefined if there is none, if `tid` is no GUID
 * (it could hold a path), or if `issuer`, as set, names another tenant: then only that one may sign in.
 */
function tenantIssuer(issuer: string, template: string | undefined, tid: unknown): string | undefined {
  if (template === undefined || typeof tid !== 'string' || GUID.exec(tid)?.[0] !== tid) return undefined;
  const only = GUID.exec(issuer)?.[0];
  if (only !== undefined && only.toLowerCase() !== tid.toLowerCase()) return undefined;
  return template.replace('{tid}', tid);
}

/** True if `iss` is the provider's issuer, or another spelling of it that the settings list. */
export function isIssuerOf(provider: Provider, iss: string): boolean {
  const { issuer, issuer_aliases: aliases = [], issuer_template: template } = provider;
  if (issuer === undefined) return false;
  return (
    iss === issuer || aliases.includes(iss) || iss === tenantIssuer(issuer, template, GUID.exec(iss)?.[0])
  );
}

/** Claims of the ID token before anything is checked: only ever compared with what the settings say. */
async function unverifiedPayload(answer: Response): Promise<{ iss?: unknown; tid?: unknown }> {
  try {
    const body = (await answer.clone().json()) as { id_token?: string };
    const payload = body.id_token?.split('.')[1] ?? '';
    return Object(JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))));
  } catch {
    return {};
  }
}
