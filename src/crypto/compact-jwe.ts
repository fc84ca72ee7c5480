/**
 * Compact JWE (RFC 7516 §7.1), only with `dir` and `A256GCM` (RFC 7518 §4.5, §5.3). A complete library would take a
 * sixteenth of a login's time for what is three Web Crypto calls and some base64url.
 */

const IV_BYTES = 12;
const TAG_BYTES = 16;
const BASE64URL = { alphabet: 'base64url' } as const;
const WITHOUT_PADDING = { alphabet: 'base64url', omitPadding: true } as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The protected header: the key id and, if the content is bound to a place, that place. */
export interface JweHeader {
  readonly kid: string;
  readonly bound_to?: string;
}

/** A protected header as encoded in the JWE, and the bytes that are authenticated with the content. */
export interface EncodedHeader {
  readonly text: string;
  readonly bytes: BufferSource;
}

export function encodedHeader({ kid, bound_to }: JweHeader): EncodedHeader {
  const members = { alg: 'dir', enc: 'A256GCM', kid, ...(bound_to !== undefined && { bound_to }) };
  const text = encoder.encode(JSON.stringify(members)).toBase64(WITHOUT_PADDING);
  return { text, bytes: encoder.encode(text) };
}

/** Returns `content` as JWE, with a new initialization vector. */
export async function encryptJwe(
  key: CryptoKey,
  header: EncodedHeader,
  content: BufferSource,
): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const parameters = { name: 'AES-GCM', iv, additionalData: header.bytes };
  const encrypted = new Uint8Array(await crypto.subtle.encrypt(parameters, key, content));
  const end = encrypted.byteLength - TAG_BYTES;
  const vector = iv.toBase64(WITHOUT_PADDING);
  const ciphertext = encrypted.subarray(0, end).toBase64(WITHOUT_PADDING);
  const tag = encrypted.subarray(end).toBase64(WITHOUT_PADDING);
  return `${header.text}..${vector}.${ciphertext}.${tag}`;
}

/** The header of a JWE, not yet authenticated. Undefined if the JWE is not ours. */
export function jweHeader(jwe: string): JweHeader | undefined {
  try {
    const json = decoder.decode(Uint8Array.fromBase64(headerText(jwe), BASE64URL));
    const { alg, enc, kid, bound_to, ...others } = JSON.parse(json) as Record<string, unknown>;
    // An unknown extension must not be ignored (RFC 7515 §4.1.11).
    if (alg !== 'dir' || enc !== 'A256GCM' || Object.keys(others).length > 0) return undefined;
    if (typeof kid !== 'string' || (bound_to !== undefined && typeof bound_to !== 'string')) return undefined;
    return { kid, ...(bound_to !== undefined && { bound_to }) };
  } catch {
    return undefined;
  }
}

/** The protected header as encoded in a JWE. */
export function headerText(jwe: string): string {
  return jwe.slice(0, jwe.indexOf('.'));
}

/** Returns the content. Throws if the JWE has another form, was altered, or is encrypted with another key. */
export async function decryptJwe(key: CryptoKey, jwe: string): Promise<Uint8Array> {
  const [header, encryptedKey, vector, ciphertext, tag, ...others] = jwe.split('.');
  if (header === undefined || encryptedKey !== '' || others.length > 0) throw new TypeError('no such JWE');
  if (vector === undefined || ciphertext === undefined || tag === undefined) throw new TypeError('no JWE');
  const iv = Uint8Array.fromBase64(vector, BASE64URL);
  const encrypted = new Uint8Array(Math.floor((ciphertext.length * 3) / 4) + TAG_BYTES);
  const { written: length } = encrypted.setFromBase64(ciphertext, BASE64URL);
  const { written } = encrypted.subarray(length).setFromBase64(tag, BASE64URL);
  // A shorter tag could be guessed, and another vector length would weaken GCM (RFC 7518 §5.3).
  if (iv.byteLength !== IV_BYTES || written !== TAG_BYTES) throw new TypeError('wrong length');
  if (length + written !== encrypted.byteLength) throw new TypeError('not base64url');
  const parameters = { name: 'AES-GCM', iv, additionalData: encoder.encode(header) };
  return new Uint8Array(await crypto.subtle.decrypt(parameters, key, encrypted));
}
