import { nowSeconds } from '../clock.ts';
import { randomBase32 } from '../crypto/base32.ts';
import { type ConnectionKey, cleanLabel } from './connection.ts';
import { formatKey, hashSecret, newSecret } from './key.ts';
import type { KeyPolicy } from './policy.ts';

const KEY_ID_LENGTH = 8;

/** A key to be added, and its text: the only time that the text is known. */
export interface NewKey {
  readonly key: ConnectionKey;
  readonly text: string;
}

/** Makes a key of a connection. `seconds` is how long it lives; undefined: as long as the connection. */
export async function newKey(
  connection: string,
  wanted: { label: string; policy: KeyPolicy; seconds: number | undefined },
): Promise<NewKey> {
  const secret = newSecret();
  const now = nowSeconds();
  const key: ConnectionKey = {
    id: randomBase32(KEY_ID_LENGTH),
    label: cleanLabel(wanted.label),
    hash: await hashSecret(secret),
    policy: wanted.policy,
    created_at: now,
    expires_at: wanted.seconds === undefined ? undefined : now + wanted.seconds,
    last_used_at: undefined,
  };
  return { key, text: formatKey({ connection, secret }) };
}
