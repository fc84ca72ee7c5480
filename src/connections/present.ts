import type { ConnectionSettings } from '../settings/connection-settings.ts';
import type { Presented } from './connections.ts';
import { hashSecret, KEY_PREFIX, parseKey } from './key.ts';
import { trustedBy } from './trust.ts';

/** Which connection is presented, and by what. */
export interface Claim {
  readonly connection: string;
  readonly presented: Presented;
  /** For the log: the id of the entry of `TRUST`. */
  readonly trust?: string;
}

/** The connection that a key opens, if its secret is right; undefined if it is no key. Asks nothing. */
export async function claimOfKey(text: string): Promise<Claim | undefined> {
  const key = parseKey(text);
  return key && { connection: key.connection, presented: { hash: await hashSecret(key.secret) } };
}

/** The connections that a JWT gives access to. Throws `invalid_request`, `temporarily_unavailable`. */
export async function claimsOfJwt(settings: ConnectionSettings, jwt: string): Promise<readonly Claim[]> {
  const entries = await trustedBy(settings.trust, jwt);
  return entries.map(({ id, connection, upstreams, raw_tokens }) => ({
    connection,
    presented: { trusted: { upstreams, raw_tokens } },
    trust: id,
  }));
}

/** A key or a JWT in a form, read from a file that ends in a line break: `curl --data-urlencode token@key.txt`. */
export function withoutLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/** True for what can only be meant as a key, also in quotes or cut off. A JWT has dots, a key has none. */
export function looksLikeKey(text: string): boolean {
  return text.includes(KEY_PREFIX) && !text.includes('.');
}
