import { DrawbridgeError, errorData } from '../errors.ts';
import { newFlow } from '../flow.ts';
import { log } from '../log.ts';

/** Why something failed. It is a value, since a thrown error loses its class on the way to another Worker. */
export interface Failure {
  readonly ok: false;
  /** A code of docs/errors.md, such as `not_signed_in`, `login_required`, `insufficient_scope` or `not_allowed`. */
  readonly code: string;
  /** The HTTP status for a response that reports it. */
  readonly status: number;
  readonly error_description: string;
  readonly hint: string;
  /** The id in its log line. */
  readonly flow: string;
  /** Where the user can sign in, if that helps. */
  readonly login_url?: string;
  /** Where the owner of a connection can reconnect it, if that helps. */
  readonly reauthorization_uri?: string;
}

/** What a method returns: its members with `ok: true`, or a `Failure`. */
export type Result<T> = (T & { readonly ok: true }) | Failure;

/** What is logged with a failure. */
interface FailureFacts {
  readonly app?: string | undefined;
  readonly flow?: string | undefined;
}

/** The failure that an error stands for, logged. An error that is not ours becomes `internal` and says no more. */
export function failureOf(error: unknown, { app, flow = newFlow() }: FailureFacts = {}): Failure {
  const { code, description, hint, detail } = errorData(withNames(error));
  const { status } = new DrawbridgeError(code);
  const { loginUrl, reauthorizationUri } = error instanceof DrawbridgeError ? error.context : {};
  log(status >= 500 ? 'error' : 'refused', { flow, app, error: code, detail });
  return {
    ok: false,
    code,
    status,
    error_description: description,
    hint,
    flow,
    ...(loginUrl !== undefined && { login_url: loginUrl }),
    ...(reauthorizationUri !== undefined && { reauthorization_uri: reauthorizationUri }),
  };
}

/**
 * An error about settings names them, since an app shows no list of them as Drawbridge's own pages do. (A `SettingsError`
 * is known by its `faults`: its class would bring all settings into `drawbridge/client`.)
 */
function withNames(error: unknown): unknown {
  if (!(error instanceof DrawbridgeError) || !('faults' in error)) return error;
  return new DrawbridgeError(error.code, {
    description: `Some settings are missing or wrong: ${error.detail}.`,
    hint: 'Fix them, then reload. The login page and `npm run doctor` say what is wrong with each.',
    ...(error.detail !== undefined && { detail: error.detail }),
  });
}
