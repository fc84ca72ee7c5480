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
/** Longer than any nonce that a server needs: it goes into every proof. */
const MAX_NONCE_LENGTH = 1024;

/** A new private key for the tokens of one grant (RFC 9449 §4). It lives sealed, beside the tokens. */
export async function newProofKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  return exportJWK(privateKey);
}

/** The last nonce of each endpoint of a provider: it serves every proof until the next (RFC 9449 §8.2). */
const nonces = new WeakMap<Provider, Map<string, string>>();

/** Keeps the nonce that an answer brings, so that the next request to that endpoint need not be sent twice. */
export function keepNonce(provider: Provider, url: string, answer: Response): void {
  const nonce = answer.headers.get('dpop-nonce');
  if (nonce === null || nonce.length > MAX_NONCE_LENGTH) return;
  const known = nonces.get(provider) ?? new Map<string, string>();
  known.set(targetOf(url), nonce);
  nonces.set(provider, known);
}

/** A URL as `htu` names it: without query and fragment (RFC 9449 §4.2). */
function targetOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** What makes the proofs of a grant's key. */
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

/** The option of a request that carries a proof; none without a key. */
export function proofOption(handle: DPoPHandle | undefined): { DPoP?: DPoPHandle } {
  return handle ? { DPoP: handle } : {};
}

/** Sends and reads again, once, if the server asks for a nonce in the proof (RFC 9449 §8). */
export async function withNonce<Result>(attempt: () => Promise<Result>): Promise<Result> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof ProviderRefusal && error.error === 'use_dpop_nonce')) throw error;
    return attempt();
  }
}

/** A token that was to be bound to a key must be: a plain one could be used by whoever steals it (RFC 9449 §5). */
export function checkTokenType({ token_type }: TokenEndpointResponse, isBound: boolean): void {
  // protects: token type
  if ((token_type === 'dpop') === isBound) return;
  throw new DrawbridgeError('token_response_invalid', {
    description: isBound
      ? 'The provider gave a token that is not bound to a key, though that was asked for.'
      : 'The provider gave a token that is bound to a key, though nobody asked for that.',
    hint: isBound
      ? 'Turn DPoP on for this client at the provider, or leave `dpop_bound_access_tokens` out.'
      : 'Set `dpop_bound_access_tokens = true`, or turn DPoP off for this client at the provider.',
    detail: `token_type ${token_type}`,
  });
}

/**
 * A proof for a request to a resource server (RFC 9449 §7): bound to method, URL and access token, and to the nonce
 * that the server wants, if it has said so.
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
