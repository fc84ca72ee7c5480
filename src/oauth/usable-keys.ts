import type { JWK } from 'jose';
import { MIN_MODULUS_LENGTH } from '../crypto/rsa.ts';

/** More keys than any provider has, and longer members than any key needs. */
const MAX_KEYS = 1000;
const MAX_MEMBER_LENGTH = 8192;

/** The keys of a JWK Set that may check signatures, each once, reduced to the members that identify the key. */
export function usableKeys(candidates: readonly unknown[]): JWK[] {
  const keys = candidates.slice(0, MAX_KEYS).filter(isUsable).map(publicMembers);
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}

/**
 * True for a key that may check signatures: not private, not symmetric (anyone may have it), not too short. Members that
 * are null or empty say nothing: some serializers list them all.
 */
function isUsable(candidate: unknown): candidate is JWK {
  const key = candidate as JWK | null;
  // protects: keys fit for use
  if (typeof key !== 'object' || key === null || key.d || key.k) return false;
  const texts = MEMBERS.map((name) => key[name]).filter((value) => value !== undefined && value !== null);
  if (texts.some((value) => typeof value !== 'string' || value.length > MAX_MEMBER_LENGTH)) return false;
  return key.kty !== 'RSA' || (key.n?.length ?? 0) >= MIN_MODULUS_LENGTH;
}

const MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'alg', 'use', 'kid'] as const;

function publicMembers(key: JWK): JWK {
  const members = MEMBERS.flatMap((name) =>
    typeof key[name] === 'string' && key[name] !== '' ? [[name, key[name]]] : [],
  );
  const given = Array.isArray(key.key_ops) && key.key_ops.length > 0 ? key.key_ops : undefined;
  const ops = given && { key_ops: given.filter((each) => each === 'verify') };
  return { ...Object.fromEntries(members), ...ops };
}

const KTY: Readonly<Record<string, string>> = { RS: 'RSA', PS: 'RSA', ES: 'EC', Ed: 'OKP' };
const CURVE: Readonly<Record<string, string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
  Ed25519: 'Ed25519',
};

/**
 * True if this key may have made a signature with `alg`. Without `kid` in the header, several keys may fit; a key without
 * `kid` may be any.
 */
export function fits(jwk: JWK, alg: string, kid: unknown): boolean {
  return (kid === undefined || jwk.kid === undefined || jwk.kid === kid) && mayHaveSigned(jwk, alg);
}

/** True if a usable key is of the kind that signs with `alg`. */
export function mayHaveSigned(jwk: JWK, alg: string): boolean {
  const kty = KTY[alg.slice(0, 2)];
  return (
    kty !== undefined &&
    jwk.kty === kty &&
    // Some providers repeat the `kty` there.
    (jwk.alg === undefined || jwk.alg === kty || isSameAlgorithm(jwk.alg, alg)) &&
    (jwk.use === undefined || jwk.use === 'sig') &&
    (jwk.key_ops === undefined || jwk.key_ops.includes('verify')) &&
    (CURVE[alg] === undefined || jwk.crv === CURVE[alg])
  );
}

/** The two names of one algorithm: RFC 8037 calls it `EdDSA`, RFC 9864 `Ed25519`. */
export const ED25519_NAMES: readonly string[] = ['EdDSA', 'Ed25519'];

function isSameAlgorithm(one: string, other: string): boolean {
  return one === other || (ED25519_NAMES.includes(one) && ED25519_NAMES.includes(other));
}
