import { exportJWK, importJWK, type JWK } from 'jose';
import {
  DPoP,
  type DPoPHandle,
  generateKeyPair,
  isDPoPNonceError,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';

const ALGORITHM = 'ES256';

/** A new private key for the tokens of one grant (RFC 9449 §4). It lives sealed, beside the tokens. */
export async function newProofKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  return exportJWK(privateKey);
}

/** What makes the proofs of a grant's key; it remembers the nonces of the servers it talks to. */
export async function proofs(provider: Provider, key: JWK): Promise<DPoPHandle> {
  const { d: _, ...publicKey } = key;
  return DPoP(provider.client, {
    privateKey: (await importJWK(key, ALGORITHM)) as CryptoKey,
    publicKey: (await importJWK(publicKey, ALGORITHM, { extractable: true })) as CryptoKey,
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
    if (!isDPoPNonceError(error)) throw error;
    return attempt();
  }
}

/** A token that was to be bound to a key must be: a plain one could be used by whoever steals it (RFC 9449 §5). */
export function checkTokenType({ token_type }: TokenEndpointResponse, isBound: boolean): void {
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
