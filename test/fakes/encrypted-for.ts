import { CompactEncrypt, exportJWK, generateKeyPair } from 'jose';

const ALG = 'RSA-OAEP-256';

/** A client's key for what a provider encrypts: its private half for the settings, and what a provider does with the public one. */
export async function encryptedFor() {
  const { privateKey, publicKey } = await generateKeyPair(ALG, { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), alg: ALG, use: 'enc', kid: 'enc-1' };
  /** A JWT encrypted like an ID token (OpenID Connect Core §10.2): signed, then encrypted. */
  const encrypt = (jwt: string) =>
    new CompactEncrypt(new TextEncoder().encode(jwt))
      .setProtectedHeader({ alg: ALG, enc: 'A256GCM', cty: 'JWT', kid: 'enc-1' })
      .encrypt(publicKey);
  return { settings: { OP_PRIVATE_KEY: JSON.stringify(jwk) }, encrypt };
}
