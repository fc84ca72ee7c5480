import { base64url, exportJWK, importJWK, type JWK, SignJWT } from 'jose';
import {
  DPoP,
  type DPoPHandle,
  generateKeyPair,
  modifyAssertion,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { ProviderRefusal } from './provider-answer.ts';

const ALGORITHM = 'ES256';
/** Longer than any nonce that a server needs. The nonce goes into every proof. */
const MAX_NONCE_LENGTH = 1024;

/** A new private key for the tokens of one grant (RFC 9449 §4). It is stored encrypted, next to the tokens. */
export async function newProofKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  return exportJWK(privateKey);
}

/** The last nonce from each endpoint of a provider, used in every proof until the next one (RFC 9449 §8.2). */
const nonces = new WeakMap<Provider, Map<string, string>>();

/** Stores the nonce from a response, so that the next request to that endpoint need not be sent twice. */
export function keepNonce(provider: Provider, url: string, answer: Response): void {
  const nonce = answer.headers.get('dpop-nonce');
  if (nonce === null || nonce.length > MAX_NONCE_LENGTH) return;
  const known = nonces.get(provider) ?? new Map<string, string>();
  known.set(targetOf(url), nonce);
  nonces.set(provider, known);
}

/** A URL for `htu`: without query and fragment (RFC 9449 §4.2). */
function targetOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Creates the DPoP proofs for a grant's key. */
export async function proofs(provider: Provider, key: JWK): Promise<DPoPHandle> {
  const { d: _, ...publicKey } = key;
  const pair = {
    privateKey: (await importJWK(key, ALGORITHM)) as CryptoKey,
    publicKey: (await importJWK(publicKey, ALGORITHM, { extractable: true })) as CryptoKey,
  };
  return DPoP(provider.client, pair, {
    [modifyAssertion]: (_, proof) => {
      proof.nonce = nonces.get(provider)?.get(String(proof.htu));
    },
  });
}

/** The request option that adds a proof. Empty without a key. */
export function proofOption(handle: DPoPHandle | undefined): { DPoP?: DPoPHandle } {
  return handle ? { DPoP: handle } : {};
}

/** Repeats the request once if the server asks for a nonce in the proof (RFC 9449 §8). */
export async function withNonce<Result>(attempt: () => Promise<Result>): Promise<Result> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof ProviderRefusal && error.error === 'use_dpop_nonce')) throw error;
    return attempt();
  }
}

/** Refuses an unbound token if a bound one was requested: anyone who steals it could use it (RFC 9449 §5). */
export function checkTokenType({ token_type }: TokenEndpointResponse, isBound: boolean): void {
  // protects: token type
  if ((token_type === 'dpop') === isBound) return;
  throw new DrawbridgeError('token_response_invalid', {
    description: isBound
      ? 'The provider issued a token that is not bound to a key, although DPoP was requested.'
      : 'The provider issued a token that is bound to a key, although DPoP was not requested.',
    hint: isBound
      ? 'Enable DPoP for this client at the provider, or remove `dpop_bound_access_tokens`.'
      : 'Set `dpop_bound_access_tokens = true`, or disable DPoP for this client at the provider.',
    detail: `token_type ${token_type}`,
  });
}

/**
 * A proof for a request to a resource server (RFC 9449 §7): bound to the method, URL and access token, and to the
 * server's nonce if it has sent one.
 */
export async function resourceProof(
  key: JWK,
  { method, url, accessToken, nonce }: ProvenRequest,
): Promise<string> {
  const { d: _, ...publicKey } = key;
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken));
  return new SignJWT({
    jti: crypto.randomUUID(),
    htm: method,
    htu: targetOf(url),
    ath: base64url.encode(new Uint8Array(digest)),
    ...(nonce !== undefined && { nonce }),
  })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'dpop+jwt', jwk: publicKey })
    .setIssuedAt()
    .sign(await importJWK(key, ALGORITHM));
}

interface ProvenRequest {
  readonly method: string;
  readonly url: string;
  readonly accessToken: string;
  readonly nonce: string | undefined;
}
