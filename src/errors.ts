import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ERRORS, type ErrorCode } from './error-kinds.ts';

interface ErrorOptions {
  /** Replaces the default description. Always Drawbridge's own text, never a provider's. */
  description?: string;
  hint?: string;
  title?: string;
  /** The provider's error code; shown only if registered, see `REGISTERED_PROVIDER_ERRORS`. */
  providerError?: string;
  /** What exactly was wrong. Only for the log. */
  detail?: string;
  /** How long the provider asks to wait (RFC 9110 §10.2.3), in seconds from now, within bounds. */
  retryAfter?: number;
  /** Replaces the code's own status, where an RFC requires a different one for the same code. */
  status?: ContentfulStatusCode;
  /** The methods that the address supports: the `Allow` header. */
  allow?: readonly string[];
  cause?: unknown;
}

/** Where an error happened, as far as the code that caught it knows. */
interface ErrorContext {
  /** The id that the log lines of this login carry. */
  readonly flow?: string | undefined;
  /** True if it ended a login. */
  readonly login?: boolean | undefined;
  /** Where to start again, with the same `return_to`. */
  readonly retry?: string | undefined;
  /** The URL of a sign-in that solves the problem. Programs get it as `login_url`. */
  readonly loginUrl?: string | undefined;
  /** Where the user signs out at the provider, to come back as somebody else. */
  readonly leaveUrl?: string | undefined;
  /** The provider this is about. */
  readonly provider?: string | undefined;
  /** The upstream that the request was for. */
  readonly upstream?: string | undefined;
  /** Where the owner of a connection gives a new consent. */
  readonly reauthorizationUri?: string | undefined;
}

/** Limits count requests per minute. */
const RATE_LIMIT_SECONDS = 60;

/**
 * The one error class of this project. `code` is stable and `status` is its HTTP status. `detail` only goes to the
 * log. Code that knows more about where the error happened adds it with `with`.
 */
export class DrawbridgeError extends Error {
  override readonly name = 'DrawbridgeError';
  readonly code: ErrorCode;
  readonly status: ContentfulStatusCode;
  readonly title: string;
  readonly description: string;
  readonly hint: string;
  readonly providerError: string | undefined;
  readonly detail: string | undefined;
  /** Seconds until another try makes sense: the `Retry-After` header. */
  readonly retryAfter: number | undefined;
  readonly allow: readonly string[] | undefined;
  #context: ErrorContext = {};

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    super(code, { cause: options.cause });
    const kind = ERRORS[code];
    this.code = code;
    this.status = options.status ?? kind.status;
    this.title = options.title ?? kind.title;
    this.description = options.description ?? kind.description;
    this.hint = options.hint ?? kind.hint;
    this.providerError = options.providerError;
    this.detail = options.detail;
    this.retryAfter = options.retryAfter ?? (code === 'rate_limited' ? RATE_LIMIT_SECONDS : undefined);
    this.allow = options.allow;
  }

  get context(): ErrorContext {
    return this.#context;
  }

  /** Adds to the context and returns this same error. Undefined members change nothing. */
  with(context: ErrorContext): this {
    const known = Object.entries(context).filter(([, value]) => value !== undefined);
    this.#context = { ...this.#context, ...Object.fromEntries(known) };
    return this;
  }

  /** What an operator sees in the log. */
  get facts() {
    return { error: this.code, provider_error: this.providerError, detail: this.detail };
  }
}

/** An error as plain data, to return from a Durable Object: an error thrown there would lose its class. */
export type ErrorData = Pick<
  DrawbridgeError,
  'code' | 'title' | 'description' | 'hint' | 'providerError' | 'detail' | 'retryAfter'
>;

/** The data from which `errorFrom` rebuilds an equal error. Any error that is not ours becomes `internal`. */
export function errorData(error: unknown): ErrorData {
  const known =
    error instanceof DrawbridgeError ? error : new DrawbridgeError('internal', { detail: String(error) });
  const { code, title, description, hint, providerError, detail, retryAfter } = known;
  return { code, title, description, hint, providerError, detail, retryAfter };
}

export function errorFrom({
  code,
  title,
  description,
  hint,
  providerError,
  detail,
  retryAfter,
}: ErrorData): DrawbridgeError {
  return new DrawbridgeError(code, {
    title,
    description,
    hint,
    ...(providerError !== undefined && { providerError }),
    ...(detail !== undefined && { detail }),
    ...(retryAfter !== undefined && { retryAfter }),
  });
}
