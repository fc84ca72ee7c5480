import { base64url, errors } from 'jose';

/**
 * How Web Crypto checks a signature, by `alg` (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2). There is no `none`, and no
 * HMAC: its key is shared, so it is none of the provider's published keys.
 */
const ALGORITHMS: ReadonlyMap<string, SubtleCryptoSignAlgorithm> = new Map([
  ['RS256', { name: 'RSASSA-PKCS1-v1_5' }],
  ['RS384', { name: 'RSASSA-PKCS1-v1_5' }],
  ['RS512', { name: 'RSASSA-PKCS1-v1_5' }],
  ['PS256', { name: 'RSA-PSS', saltLength: 32 }],
  ['PS384', { name: 'RSA-PSS', saltLength: 48 }],
  ['PS512', { name: 'RSA-PSS', saltLength: 64 }],
  ['ES256', { name: 'ECDSA', hash: 'SHA-256' }],
  ['ES384', { name: 'ECDSA', hash: 'SHA-384' }],
  ['ES512', { name: 'ECDSA', hash: 'SHA-512' }],
  ['EdDSA', { name: 'Ed25519' }],
  ['Ed25519', { name: 'Ed25519' }],
]);
const encoder = new TextEncoder();

/** What decides how a signature is checked. */
interface JwsHeader {
  readonly alg?: string | undefined;
  readonly crit?: unknown;
}

/**
 * Checks the signature of a compact JWS (RFC 7515 §5.2) whose header has been parsed and whose claims the caller has: a
 * complete library would decode both again. `key` was imported for `alg`, so Web Crypto refuses it for another kind of
 * key or another hash. Throws `JWSInvalid`, `JOSENotSupported`, `JWSSignatureVerificationFailed`.
 */
export async function verifySignature(jws: string, header: JwsHeader, key: CryptoKey): Promise<void> {
  const { 2: signature, length } = jws.split('.');
  if (signature === undefined || length !== 3) throw new errors.JWSInvalid('the JWT has not three parts');
  // An unknown extension must not be ignored (RFC 7515 §4.1.11), and we know none.
  // protects: critical extensions
  if (header.crit !== undefined) throw new errors.JOSENotSupported('the JWT has an extension: crit');
  const algorithm = ALGORITHMS.get(header.alg ?? '');
  if (!algorithm)
    throw new errors.JOSENotSupported(`the algorithm of the JWT is not supported: ${header.alg}`);
  const signed = encoder.encode(jws.slice(0, -signature.length - 1));
  const isValid = await crypto.subtle.verify(algorithm, key, decoded(signature), signed).catch(failed);
  if (!isValid) throw new errors.JWSSignatureVerificationFailed();
}

function failed(cause: unknown): never {
  throw new errors.JWSSignatureVerificationFailed(undefined, { cause });
}

function decoded(signature: string): BufferSource {
  try {
    return base64url.decode(signature);
  } catch (cause) {
    throw new errors.JWSInvalid('the signature of the JWT can’t be read', { cause });
  }
}
