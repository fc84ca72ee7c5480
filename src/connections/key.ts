import { base32Number, randomBase32 } from '../crypto/base32.ts';
import { crc32 } from '../crypto/crc32.ts';
import { sha256Hex } from '../crypto/hash.ts';
import { sameText } from '../crypto/same-text.ts';

/** What every key begins with; secret scanners look for it. */
export const KEY_PREFIX = 'dbk_';
const ID_LENGTH = 26;
/** 260 random bits. */
const SECRET_LENGTH = 52;
const FORM = /^dbk_([a-z2-7]{26})([a-z2-7]{52})([a-z2-7]{7})$/;
const CONNECTION_ID = /^[a-z2-7]{26}$/;

/** A key taken apart. */
export interface ParsedKey {
  /** The id of the connection that the key opens. */
  readonly connection: string;
  readonly secret: string;
}

/** A new id of a connection: 130 random bits. It names the connection and opens nothing. */
export function newConnectionId(): string {
  return randomBase32(ID_LENGTH);
}

export function isConnectionId(text: string): boolean {
  return CONNECTION_ID.test(text);
}

export function newSecret(): string {
  return randomBase32(SECRET_LENGTH);
}

/** The key as a program presents it: `dbk_`, the id, the secret, and the CRC-32 of all that. */
export function formatKey({ connection, secret }: ParsedKey): string {
  const text = KEY_PREFIX + connection + secret;
  return text + base32Number(crc32(text));
}

/**
 * Takes a key apart. Undefined for anything that `formatKey` has not made: another length, alphabet or case, white
 * space, a checksum that doesn't match. So a mistyped key costs no call of an object.
 */
export function parseKey(text: string): ParsedKey | undefined {
  const [, connection, secret, checksum] = FORM.exec(text) ?? [];
  if (connection === undefined || secret === undefined) return undefined;
  // protects: checksum of keys
  return base32Number(crc32(KEY_PREFIX + connection + secret)) === checksum
    ? { connection, secret }
    : undefined;
}

/** Why a text is not a key that was ever made: what to look for where it comes from. */
export const NOT_A_KEY =
  'That is not a key, or only part of one. A key is `dbk_` followed by 85 lowercase letters and digits, without spaces or quotes.';

/** The SHA-256 of a secret in hex, as it is stored. */
export function hashSecret(secret: string): Promise<string> {
  return sha256Hex(secret);
}

/**
 * The index of the stored hash that equals the presented one, or -1. Each is compared in constant time and none is
 * skipped, so the time tells neither how much of a secret is right nor which key it is.
 */
export function findHash(presented: string, stored: readonly string[]): number {
  let found = -1;
  for (const [index, hash] of stored.entries()) {
    // protects: constant-time comparison of keys
    if (sameText(presented, hash)) found = index;
  }
  return found;
}
