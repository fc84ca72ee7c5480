import type { JWK } from 'jose';
import { MIN_MODULUS_LENGTH } from './rsa.ts';

/** A private key with a known algorithm. */
export type PrivateJwk = JWK & { readonly alg: string };

/** The private keys of a client: the first signing key signs, `/jwks` publishes all of them. */
export interface PrivateKeys {
  readonly signing: readonly PrivateJwk[];
  /** Keys with `use: "enc"`, for encrypted ID tokens. */
  readonly decryption: readonly PrivateJwk[];
}

/** The algorithms of a key by its curve, or its type. The first one is the default. */
const SIGNING: Readonly<Record<string, readonly string[]>> = {
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  Ed25519: ['EdDSA', 'Ed25519'],
  RSA: ['PS256', 'RS256', 'PS384', 'RS384', 'PS512', 'RS512'],
};
const DECRYPTION: Readonly<Record<string, readonly string[]>> = {
  EC: ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'],
  RSA: ['RSA-OAEP-256', 'RSA-OAEP'],
};
const CURVES: Readonly<Record<string, readonly string[]>> = {
  EC: ['P-256', 'P-384', 'P-521'],
  OKP: ['Ed25519'],
};

/** The algorithms that a key decrypts with, whichever its `alg` is: a provider may choose another one of its kind. */
export function decryptionAlgorithms({ kty }: JWK): readonly string[] {
  return DECRYPTION[kty ?? ''] ?? [];
}

function signingAlgorithms({ kty, crv }: JWK): readonly string[] {
  return SIGNING[crv ?? kty ?? ''] ?? [];
}

/** What a key needs besides `d` (RFC 7518 §6.2, RFC 8037 §2), and for RSA what `crypto.subtle` needs as well (§6.3.2). */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['x', 'y'],
  OKP: ['x'],
  RSA: ['e', 'p', 'q', 'dp', 'dq', 'qi'],
};

/** As text, or as base64 of it. */
const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----|^LS0tLS1CRUdJTi/;
const IN_PEM = 'is a key in PEM: `npm run key -- --from <its file>` prints it as the JWK that is needed here';

/**
 * Reads `<ID>_PRIVATE_KEY`: a private JWK (RFC 7517), a list of them, or a JWK Set. Returns the keys, or a fault that
 * never contains a value.
 */
export function readPrivateKeys(text: string | undefined): PrivateKeys | { fault: string } {
  if (text === undefined) return { signing: [], decryption: [] };
  if (PEM.test(text)) return { fault: IN_PEM };
  const jwks = listOf(text);
  if (!jwks) return { fault: 'is neither a private JWK, nor a list or set of them, as JSON' };
  const signing: PrivateJwk[] = [];
  const decryption: PrivateJwk[] = [];
  for (const jwk of jwks) {
    const fault = faultOf(jwk);
    if (fault) return { fault };
    const isForDecryption = jwk.use === 'enc';
    const allowed = isForDecryption ? decryptionAlgorithms(jwk) : signingAlgorithms(jwk);
    const alg = jwk.alg ?? allowed[0];
    if (alg === undefined || !allowed.includes(alg)) {
      return { fault: `contains a key whose \`alg\` is not one of ${allowed.join(', ')}` };
    }
    (isForDecryption ? decryption : signing).push({ ...jwk, alg });
  }
  return { signing, decryption };
}

function listOf(text: string): JWK[] | undefined {
  try {
    const value = JSON.parse(text) as JWK | JWK[] | { keys: JWK[] };
    const list = Array.isArray(value) ? value : 'keys' in value ? value.keys : [value];
    const isList = Array.isArray(list) && list.length > 0;
    return isList && list.every((jwk) => typeof jwk === 'object' && jwk !== null)
      ? (list as JWK[])
      : undefined;
  } catch {
    return undefined;
  }
}

/** Why a key can't be used, in words. Undefined if it can. */
function faultOf(jwk: JWK): string | undefined {
  if (!['EC', 'OKP', 'RSA'].includes(String(jwk.kty)))
    return 'contains a key that is not of type EC, OKP or RSA';
  if (typeof jwk.d !== 'string') return 'contains a public key; the private one is needed';
  const curves = CURVES[jwk.kty as string];
  if (curves && !curves.includes(String(jwk.crv))) {
    return `contains an ${jwk.kty} key that is not on ${curves.join(', ')}`;
  }
  if (jwk.kty === 'RSA' && (jwk.n?.length ?? 0) < MIN_MODULUS_LENGTH) {
    return 'contains an RSA key of less than 2048 bits';
  }
  const members: Readonly<Record<string, unknown>> = { ...jwk };
  const missing = MEMBERS[jwk.kty as string]?.find((name) => typeof members[name] !== 'string');
  return missing === undefined ? undefined : `contains a key without \`${missing}\``;
}
