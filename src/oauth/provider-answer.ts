import { jsonObject } from '../exact-json.ts';
import type { Provider } from '../providers/provider.ts';
import { errorName, type Refusal, refusalIn } from '../providers/quirks/refusal.ts';
import type { RequestKind } from '../providers/quirks/request.ts';
import { parseTokenBody, tokenResponse } from '../providers/quirks/token-answer.ts';
import { foreignRefusal } from './foreign-refusal.ts';

/** A provider's answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** The maximum length of an error text. */
const MAX_WORDS = 2000;
/** The longest wait that a provider can ask for, in seconds. */
const MAX_RETRY_AFTER = 3600;

/**
 * The provider refused a request, in the body, in a challenge, or by its status only. `error` is the code of RFC 6749
 * §5.2, undefined if there is only a status.
 */
export class ProviderRefusal extends Error {
  override readonly name = 'ProviderRefusal';
  readonly status: number;
  readonly headers: Headers;
  readonly error: string | undefined;
  readonly description: string | undefined;
  /** How long the provider asks to wait (RFC 9110 §10.2.3), in seconds from now. */
  readonly retryAfter: number | undefined;

  constructor({ status, headers }: Answer, refusal: Refusal | undefined) {
    super(`status ${status}`);
    this.status = status;
    this.headers = headers;
    this.error = refusal?.error.slice(0, MAX_WORDS);
    this.description = refusal?.description?.slice(0, MAX_WORDS);
    this.retryAfter = retryAfter(headers.get('retry-after'), Date.now());
  }
}

/**
 * The members of a token response, parsed once, in the form that the library needs: a `Response` whose members can be
 * read more than once.
 */
export class TokenAnswer extends Response {
  readonly members: Readonly<Record<string, unknown>>;

  constructor(members: Readonly<Record<string, unknown>>) {
    super();
    this.members = members;
  }

  /** The same with another ID token, or without one. */
  withIdToken(id_token: string | undefined): TokenAnswer {
    const { id_token: _, ...others } = this.members;
    return new TokenAnswer(id_token === undefined ? others : { ...others, id_token });
  }

  override async json<T>(): Promise<T> {
    return { ...this.members } as T;
  }

  override async text(): Promise<string> {
    return JSON.stringify(this.members);
  }

  override clone(): TokenAnswer {
    return new TokenAnswer(this.members);
  }
}

/** The answer in the form that the library expects, with the provider's quirks undone. Throws `ProviderRefusal`. */
export function understood(provider: Provider, kind: RequestKind, answer: Answer): Response {
  switch (kind) {
    case 'token':
    case 'refresh':
      return tokenAnswer(provider, answer);
    case 'revocation':
      // Reddit and Epic Games answer with 204; RFC 7009 §2.2 says 200.
      refuseUnless(answer.status >= 200 && answer.status < 300, provider, answer);
      return new Response();
    case 'pushed':
      refuseUnless(answer.status < 400, provider, answer);
      return pushedAnswer(answer);
    case 'userinfo':
      refuseUnless(answer.status < 400, provider, answer, true);
      return userinfoAnswer(answer);
    case 'discovery':
    case 'jwks':
      return plain(answer);
    default:
      return kind satisfies never;
  }
}

/**
 * Only the body counts, not its content type or status: some token responses are `text/plain` or `201 Created`, some
 * errors have status 200. A body that is not an object goes to the library unchanged, which then reports what is wrong.
 */
function tokenAnswer(provider: Provider, answer: Answer): Response {
  const { status, text } = answer;
  const body = parseTokenBody(provider, text);
  // A part of a body (206) is none.
  const isSuccess = status === 200 || (body !== undefined && status > 200 && status < 300 && status !== 206);
  const refusal = body && tokenRefusal(provider, isSuccess, body);
  if (refusal) throw new ProviderRefusal(answer, refusal);
  refuseUnless(isSuccess, provider, answer);
  return body ? new TokenAnswer(tokenResponse(provider, body)) : plain(answer);
}

/** An error in a token response, also with status 200. One that is nested where tokens are too is left to the library. */
function tokenRefusal(provider: Provider, isSuccess: boolean, body: Readonly<Record<string, unknown>>) {
  const { token_path, token_fields, success_field } = provider;
  // As nearly every response: what follows would find nothing either.
  if (isSuccess && body.access_token !== undefined && (body.error ?? success_field) === undefined)
    return undefined;
  const isElsewhere = token_path !== undefined || token_fields?.access_token !== undefined;
  const refusal = refusalIn(provider, isSuccess, body);
  return refusal ?? (isSuccess && !isElsewhere ? foreignRefusal(body, { succeeded: true }) : undefined);
}

/** A resource (userinfo) reports errors in its challenge (RFC 6750 §3), other endpoints in the body. */
function refuseUnless(accepted: boolean, provider: Provider, answer: Answer, isResource = false): void {
  if (accepted) return;
  const inHeader = challenge(provider, answer);
  const inBody = () => bodyRefusal(provider, answer.text);
  const refusal = isResource ? (inHeader ?? inBody()) : (inBody() ?? inHeader);
  throw new ProviderRefusal(
    answer,
    refusal ?? unexplained(answer, isResource) ?? inOtherWords(provider, answer.text),
  );
}

/** A challenge without an error refuses the token, or where the client authenticates its credentials. */
function unexplained({ status, headers }: Answer, isResource: boolean): Refusal | undefined {
  if (status !== 401 || !headers.has('www-authenticate')) return undefined;
  return { error: isResource ? 'invalid_token' : 'invalid_client', description: undefined };
}

function inOtherWords(provider: Provider, text: string): Refusal | undefined {
  const body = parseTokenBody(provider, text);
  return body && foreignRefusal(body, { succeeded: false });
}

function bodyRefusal(provider: Provider, text: string): Refusal | undefined {
  const body = parseTokenBody(provider, text);
  return (body && refusalIn(provider, false, body)) ?? formRefusal(provider, text);
}

/** A form-encoded error, which some providers send whatever the request accepts. */
function formRefusal(provider: Provider, text: string): Refusal | undefined {
  if (!/^(?:[\w.-]+=[^&\s]*&)*error=[^&\s]/.test(text.slice(0, MAX_WORDS))) return undefined;
  return refusalIn(provider, false, Object.fromEntries(new URLSearchParams(text)));
}

/**
 * The error of a challenge (RFC 6750 §3, RFC 9449 §7.1). Doorkeeper reports an invalid refresh token only there. Of
 * several challenges the first one counts, unless another one asks for a nonce: that is how it can be met.
 */
function challenge(provider: Provider, { headers }: Answer): Refusal | undefined {
  const header = headers.get('www-authenticate')?.slice(0, 2 * MAX_WORDS);
  if (header === undefined) return undefined;
  const parameter = (name: string) => {
    const [, quoted, token] =
      new RegExp(`(?:^|[\\s,])${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s",]+))`, 'i').exec(header) ??
      [];
    return quoted?.replace(/\\(.)/g, '$1') ?? token;
  };
  if (/\berror\s*=\s*"?use_dpop_nonce\b/.test(header)) {
    return { error: 'use_dpop_nonce', description: undefined };
  }
  const [error, description] = [parameter('error'), parameter('error_description')];
  const named = errorName(provider, [error, description]) ?? error;
  return named === undefined ? undefined : { error: named, description };
}

/**
 * RFC 9126 §2.2 requires status 201 and `expires_in`. Some providers send 200, or no `expires_in`, or no number in it. We
 * use the request at once, so it says nothing that we need.
 */
function pushedAnswer(answer: Answer): Response {
  const body = jsonObject(answer.text);
  if (typeof body?.request_uri !== 'string' || ![200, 201].includes(answer.status)) return plain(answer);
  return Response.json({ ...body, expires_in: 60 }, { status: 201 });
}

/**
 * Recognizes a JWT whatever its content type is (OpenID Connect Core §5.3.2). A challenge in a successful response is
 * not an error: gateways add one (RFC 9110 §11.6.1).
 */
function userinfoAnswer(answer: Answer): Response {
  const response = plain(answer.status === 201 ? { ...answer, status: 200 } : answer);
  if (response.ok) response.headers.delete('www-authenticate');
  const isJwt = /^\s*[\w-]+(?:\.[\w-]*){2,4}\s*$/.test(answer.text);
  if (isJwt) response.headers.set('content-type', 'application/jwt');
  return response;
}

/** A new response with a body that was already read. */
function plain({ status, headers, text }: Answer): Response {
  // A Response can't be constructed with any other status. To a client, all of those are failures.
  const usable = status >= 200 && status <= 599 ? status : 502;
  const copy = new Response([204, 205, 304].includes(usable) ? null : text, { status: usable, headers });
  // These headers described the body as it was sent.
  copy.headers.delete('content-encoding');
  copy.headers.delete('content-length');
  return copy;
}

/**
 * Pure: `Retry-After` in seconds from `now` (milliseconds), as a number or a date (RFC 9110 §10.2.3). Some servers send
 * fractions, and of a header that is there twice the first one counts.
 */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const number = /^(\d{1,10}(?:\.\d+)?)(?:\s*,.*)?$/.exec(header)?.[1];
  const seconds = number === undefined ? (Date.parse(header) - now) / 1000 : Number(number);
  if (Number.isNaN(seconds) || seconds <= 0) return undefined;
  return Math.min(Math.ceil(seconds), MAX_RETRY_AFTER);
}
