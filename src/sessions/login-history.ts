import type { ErrorCode } from '../error-kinds.ts';

/** A failed login, as it is stored. Times are in seconds since the epoch. */
export interface FailedLogin {
  readonly provider: string;
  readonly at: number;
  readonly error: ErrorCode;
  /** The code that the provider gave. */
  readonly provider_error?: string | undefined;
  /** The provider's words, or what exactly was wrong. */
  readonly detail?: string | undefined;
}

export type Login =
  | ({ readonly flow: string; readonly outcome: 'failed' } & FailedLogin)
  | {
      readonly flow: string;
      readonly outcome: 'finished';
      readonly provider: string;
      readonly at: number;
      readonly sub: string | null;
      /** The id of the session that it led to. */
      readonly session: string;
    };

/** Recent logins, for the operator. */
export interface LoginHistory {
  /** Keeps a failed login for a week, redacted, and with no word of who it was. */
  keepFailed(flow: string, failure: FailedLogin): Promise<void>;
  /** The login of that flow id, if it has finished and its session lives, or has failed within a week. */
  find(flow: string): Promise<Login | undefined>;
  /** All logins that are known, the latest first. */
  recent(): Promise<Login[]>;
}
