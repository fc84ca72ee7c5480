import {
  decryptJwe,
  type EncodedHeader,
  encodedHeader,
  encryptJwe,
  headerText,
  jweHeader,
} from './compact-jwe.ts';
import { packJson, unpackJson } from './packed-json.ts';

/** What a sealed value is for. Each purpose has its own key, so one value can't be used as another. */
export type Purpose =
  | 'login'
  | 'prepared'
  | 'pending'
  | 'logout'
  | 'session'
  | 'record'
  | 'admin'
  | 'connection'
  | 'device'
  | 'new-key';

interface SealingKey {
  readonly kid: string;
  readonly key: CryptoKey;
  /** The header of values that are not bound to a place. */
  readonly header: EncodedHeader;
}

interface Opened {
  readonly sealed: string;
  readonly value: unknown;
  readonly kid: string;
}

/** How many sealed or opened sessions an isolate caches, and how long their sealed text may be: at most 14 MB in total. */
const REMEMBERED = 1000;
const REMEMBERED_LENGTH = 8192;

/** The characters of an authentication tag of 16 bytes. */
const TAG_LENGTH = 22;
const KEY_BYTES = 32;
const KID_BYTES = 6;
const encoder = new TextEncoder();

/** The end of a sealed value, which no two have in common. V8 takes long to find a text of kilobytes in a map. */
const tagOf = (sealed: string): string => sealed.slice(-TAG_LENGTH);

/** One key and its id from a session secret (HKDF-SHA-256, RFC 5869). The salt is empty: the secret is random. */
async function deriveKey(secret: string, purpose: Purpose): Promise<SealingKey> {
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, [
    'deriveBits',
  ]);
  // protects: purpose key separation
  const info = encoder.encode(`drawbridge ${purpose}`);
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
  const bits = await crypto.subtle.deriveBits(parameters, material, (KEY_BYTES + KID_BYTES) * 8);
  const key = await crypto.subtle.importKey('raw', bits.slice(0, KEY_BYTES), 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ]);
  const kid = new Uint8Array(bits, KEY_BYTES).toBase64({ alphabet: 'base64url', omitPadding: true });
  return { kid, key, header: encodedHeader({ kid }) };
}

/**
 * Seals JSON values as compact JWE (`dir`, `A256GCM`, `kid`; RFC 7516) under keys derived from the session
 * secrets, one per purpose. The first secret seals, all of them open. Keys are derived once per instance.
 */
export class Sealer {
  readonly #secrets: readonly string[];
  readonly #keys = new Map<string, Promise<SealingKey>>();
  readonly #current = new Map<Purpose, Promise<SealingKey>>();
  /** Recently sealed or opened values by their tags: a browser sends the same cookie with every request. */
  readonly #opened = new Map<string, Opened>();

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /**
   * Returns the value sealed for `purpose`. With `boundTo` (a storage key, for example), it only opens if the same name
   * is given again, so a record is useless under another key: the name is in the authenticated header. A `session` must
   * not be changed afterwards: the browser that gets it sends it with its next request, and `open` then returns this value.
   */
  async seal(purpose: Purpose, value: unknown, boundTo?: string): Promise<string> {
    const { kid, key, header } = await this.#sealingKey(purpose);
    const used = boundTo === undefined ? header : encodedHeader({ kid, bound_to: boundTo });
    // Cookies are sent with every request. Elsewhere, size is not worth the work.
    if (purpose !== 'session') return encryptJwe(key, used, encoder.encode(JSON.stringify(value)));
    const sealed = await encryptJwe(key, used, packJson(value));
    if (boundTo === undefined) this.#remember({ sealed, value, kid });
    return sealed;
  }

  /**
   * Returns what was sealed, or undefined for anything that can't be opened: altered, truncated, for another purpose or
   * place, sealed with a secret that is no longer listed. Never throws for bad input. For `session`, it may return the
   * same object as an earlier call, or the one that was sealed, so callers must not change it.
   */
  async open(purpose: Purpose, sealed: string, boundTo?: string): Promise<unknown> {
    const isCookie = purpose === 'session' && boundTo === undefined;
    const known = isCookie ? this.#remembered(sealed) : undefined;
    if (known) return known.value;
    try {
      const current = await this.#sealingKey(purpose);
      const isCurrent = boundTo === undefined && headerText(sealed) === current.header.text;
      const { kid, key } = isCurrent ? current : await this.#keyOf(purpose, sealed, boundTo);
      const value = unpackJson(await decryptJwe(key, sealed));
      if (isCookie) this.#remember({ sealed, value, kid });
      return value;
    } catch {
      // All invalid input is treated the same: it was not sealed here.
      return undefined;
    }
  }

  /** The key with the id in the header, from any listed secret. Throws if there is none, or if the place is another. */
  async #keyOf(purpose: Purpose, sealed: string, boundTo: string | undefined): Promise<SealingKey> {
    const header = jweHeader(sealed);
    // protects: record bound to its place
    if (header?.bound_to !== boundTo) throw new Error('bound to another place');
    for (const secret of this.#secrets) {
      const candidate = await this.#key(secret, purpose);
      if (candidate.kid === header?.kid) return candidate;
    }
    throw new Error('sealed under another secret');
  }

  #remember(opened: Opened): void {
    if (opened.sealed.length > REMEMBERED_LENGTH) return;
    if (this.#opened.size >= REMEMBERED) this.#opened.delete(this.#opened.keys().next().value as string);
    this.#opened.set(tagOf(opened.sealed), opened);
  }

  #remembered(sealed: string): Opened | undefined {
    const known = this.#opened.get(tagOf(sealed));
    return known?.sealed === sealed ? known : undefined;
  }

  /** True if a value is sealed with the current key. Otherwise it should be re-encrypted. */
  async isCurrent(purpose: Purpose, sealed: string): Promise<boolean> {
    const kid = this.#remembered(sealed)?.kid ?? jweHeader(sealed)?.kid;
    return kid === (await this.#sealingKey(purpose)).kid;
  }

  /** The id of the current key. */
  async currentKid(purpose: Purpose): Promise<string> {
    return (await this.#sealingKey(purpose)).kid;
  }

  /** The current key. */
  #sealingKey(purpose: Purpose): Promise<SealingKey> {
    const known = this.#current.get(purpose);
    if (known) return known;
    const key = this.#key(this.#secrets[0] as string, purpose);
    this.#current.set(purpose, key);
    return key;
  }

  #key(secret: string, purpose: Purpose): Promise<SealingKey> {
    const name = `${purpose} ${secret}`;
    let key = this.#keys.get(name);
    if (!key) {
      key = deriveKey(secret, purpose);
      this.#keys.set(name, key);
    }
    return key;
  }
}
