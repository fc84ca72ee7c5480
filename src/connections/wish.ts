import type { KeyPolicy } from './policy.ts';
import type { User } from './user.ts';

/** What a login attempt is to become when it comes back: a connection, not a session. Sealed with the attempt. */
export interface ConnectionWish {
  /** Must still be the browser's session then, as its hash; undefined for an operator, whom the attempt itself names. */
  readonly session: string | undefined;
  readonly owner: User | null;
  readonly label: string;
  /** The id of a connection that gets this grant in place of its own. */
  readonly reconnect?: string;
  /** The user code that is approved by it. */
  readonly device?: string;
  /** A key that is made at once. */
  readonly key?: { readonly policy: KeyPolicy; readonly seconds: number | undefined };
  /** When the connection ends, in seconds since the epoch. */
  readonly expires_at?: number;
}
