import type { Grant } from '../grants/grant.ts';
import type { LogFields } from '../log.ts';
import type { Identity } from '../providers/allow.ts';
import type { Provider } from '../providers/provider.ts';

/** What a new sign-in has to bring that the one there is lacks. */
export interface SignInWishes {
  readonly provider?: string | undefined;
  /** All scopes to ask for; space-separated. */
  readonly scope?: string | undefined;
  readonly acr_values?: string | undefined;
  /** In seconds. */
  readonly max_age?: string | undefined;
}

/** What the engine needs of a grant. */
export type UsableGrant = Pick<Grant, 'access_token' | 'scope' | 'dpop_key'>;

/** Who asks for a request to be forwarded: a browser's session, a program's key, another Worker. */
export interface Caller {
  /** Undefined: nobody is known, which only an upstream with `session = "optional"` takes. */
  readonly identity: Identity | undefined;
  /** True if cookies of the request are those of a browser on our origin. */
  readonly isBrowser: boolean;
  /** Facts for the log line, such as which kind of caller it is; nothing secret. */
  readonly facts: LogFields;
  /**
   * The grant of a provider with an access token that is fresh; undefined if there is none. Throws `login_required`,
   * `provider_unreachable` and what else a refresh throws.
   */
  grant(provider: Provider): Promise<UsableGrant | undefined>;
  /**
   * The newest grant after an upstream has answered 401 to the access token of the last one; it may still be the same.
   * Throws what `grant` throws.
   */
  rejected(provider: Provider): Promise<UsableGrant | undefined>;
  /** True while what the caller came with has not ended. Neither extends it nor keeps its object in memory. */
  isAlive(): Promise<boolean>;
  /** When it ends, in seconds since the epoch, where nothing can end it before; else undefined. */
  aliveUntil(): number | undefined;
  /** Where the sign-in that helps starts; undefined if the caller can't sign in. */
  signInUrl(wishes: SignInWishes): string | undefined;
}
