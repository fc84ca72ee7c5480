import {
  calculateJwkThumbprint,
  compactDecrypt,
  decodeProtectedHeader,
  errors,
  importJWK,
  type JWK,
} from 'jose';
import { type JweDecryptFunction, jweDecrypt, modifyAssertion } from 'oauth4webapi';
import { nowSeconds } from '../clock.ts';
import { decryptionAlgorithms, type PrivateJwk, type PrivateKeys } from '../crypto/private-keys.ts';
import { DrawbridgeError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';

/** A private key ready for use. Each key is imported once per isolate. */
export interface SigningKey {
  readonly key: CryptoKey;
  readonly kid: string;
  readonly alg: string;
  /** The thumbprints of its certificate, by which Microsoft Entra finds it (RFC 7515 §4.1.7, §4.1.8). */
  readonly thumbprints: Readonly<Record<string, string>>;
}

const imported = new WeakMap<PrivateJwk, Promise<SigningKey>>();

/**
 * The key that this client signs with: the first one, or the first one for `alg`. Throws `config_invalid` if there is
 * none or it can't be imported.
 */
export function signingKey(provider: Provider, alg?: string): Promise<SigningKey> {
  return signingKeyOf(provider.private_keys, alg);
}

/** The first of `keys`, or the first one for `alg`. Throws `config_invalid` like `signingKey`. */
export function signingKeyOf(keys: PrivateKeys, alg?: string): Promise<SigningKey> {
  const jwk = keys.signing.find((candidate) => alg === undefined || candidate.alg === alg);
  if (!jwk) throw new DrawbridgeError('config_invalid', { detail: 'there is no private key' });
  return imported.get(jwk) ?? remember(jwk);
}

function remember(jwk: PrivateJwk): Promise<SigningKey> {
  const pending = importKey(jwk);
  imported.set(jwk, pending);
  return pending;
}

async function importKey(jwk: PrivateJwk): Promise<SigningKey> {
  try {
    const key = (await importJWK(jwk, jwk.alg)) as CryptoKey;
    return { key, kid: await keyId(jwk), alg: jwk.alg, thumbprints: thumbprintsOf(jwk) };
  } catch (cause) {
    throw new DrawbridgeError('config_invalid', { detail: 'a private key can’t be imported', cause });
  }
}

/** The key's own id, or its thumbprint (RFC 7638). */
async function keyId(jwk: JWK): Promise<string> {
  return jwk.kid ?? (await calculateJwkThumbprint(jwk));
}

function thumbprintsOf(jwk: JWK): Readonly<Record<string, string>> {
  const names = ['x5t', 'x5t#S256'] as const;
  return Object.fromEntries(
    names.flatMap((name) => (typeof jwk[name] === 'string' ? [[name, jwk[name]]] : [])),
  );
}

/**
 * Completes the header of what a key signs: its certificate's thumbprints, and for Ed25519 the algorithm name in its `alg`,
 * which is the one of RFC 9864 or the older `EdDSA`.
 */
export function ownHeader({ alg, thumbprints }: SigningKey) {
  return {
    [modifyAssertion]: (header: Record<string, unknown>) => {
      if (alg === 'EdDSA') header.alg = alg;
      Object.assign(header, thumbprints);
    },
  };
}

/** How far the clock of a provider may be behind ours, in seconds: some allow for no difference at all (login.gov). */
const EARLIER_SECONDS = 5;

/** Sets when a JWT of this client was issued, and from when it counts, so that a clock behind ours does not refuse it. */
export function setIssued(payload: Record<string, unknown>): void {
  const at = nowSeconds() - EARLIER_SECONDS;
  payload.iat = at;
  payload.nbf = at;
}

/** The option that decrypts ID tokens and userinfo, if this client has a key for them. `adapt` changes the content. */
export function decryption(
  provider: Provider,
  adapt: (jwt: string) => string = (jwt) => jwt,
): { [jweDecrypt]?: JweDecryptFunction } {
  const keys = provider.private_keys.decryption;
  if (keys.length === 0) return {};
  return { [jweDecrypt]: async (jwe) => adapt(await decrypt(jwe, keys)) };
}

/** The signed JWT: the content of an encrypted one, otherwise the JWT itself. Throws what the decryption throws. */
export function signedToken(provider: Provider, token: string): string | Promise<string> {
  const isEncrypted = token.split('.').length === 5;
  return isEncrypted ? decrypt(token, provider.private_keys.decryption) : token;
}

async function decrypt(jwe: string, keys: readonly PrivateJwk[]): Promise<string> {
  const alg = algorithmOf(jwe);
  for (const jwk of keys.filter((key) => decryptionAlgorithms(key).includes(alg))) {
    try {
      const { plaintext } = await compactDecrypt(jwe, await importJWK({ ...jwk, alg }, alg), {
        keyManagementAlgorithms: [alg],
        // Compression leaks the length of the plaintext and allows decompression bombs (RFC 8725 §3.6).
        maxDecompressedLength: 0,
      });
      return new TextDecoder().decode(plaintext);
    } catch {}
  }
  throw new errors.JWEDecryptionFailed('none of our keys can decrypt it');
}

/** How the content key of a JWE is encrypted. Empty if the header can't be read. */
function algorithmOf(jwe: string): string {
  try {
    return decodeProtectedHeader(jwe).alg ?? '';
  } catch {
    return '';
  }
}

const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'alg', 'use'] as const;

/** The public halves of every private key, as `/jwks` publishes them. */
export async function publicKeys(all: Iterable<PrivateKeys>): Promise<JWK[]> {
  const published = new Map<string, JWK>();
  for (const keys of all) {
    for (const jwk of [...keys.signing, ...keys.decryption]) {
      const kid = await keyId(jwk);
      const members = PUBLIC_MEMBERS.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]]));
      published.set(kid, { use: 'sig', ...Object.fromEntries(members), kid });
    }
  }
  return [...published.values()];
}
