import type { Provider } from './provider.ts';

/** What a request to a provider is for. */
export type RequestKind = 'discovery' | 'jwks' | 'token' | 'refresh' | 'userinfo' | 'revocation' | 'pushed';

export interface OutgoingRequest {
  readonly url: string;
  /** Named in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: BodyInit | undefined;
}

type Body = Record<string, unknown>;

/** The request as this provider wants it. Providers that follow the RFCs get it unchanged. */
export function adaptRequest(
  provider: Provider,
  kind: RequestKind,
  request: OutgoingRequest,
): OutgoingRequest {
  if (!(request.body instanceof URLSearchParams)) return request;
  const body = withOwnClientId(provider, request.body);
  const isToken = kind === 'token' || kind === 'refresh';
  if (isToken && provider.token_request_format === 'json') return asJson(request, body);
  return { ...request, body };
}

/** The answer in the form that the RFCs give it. `body` is its text, read already. */
export function adaptResponse(
  provider: Provider,
  kind: RequestKind,
  response: Response,
  body: string,
): Response {
  // Reddit and Epic Games answer a revocation with 204; RFC 7009 §2.2 says 200.
  if (kind === 'revocation' && response.ok) return rebuild(response, 200, body);
  const isToken = kind === 'token' || kind === 'refresh';
  const parsed = isToken ? parseTokenBody(provider, response, body) : undefined;
  if (!parsed) return rebuild(response, response.status, body);
  const failure = errorOf(provider, response, parsed);
  if (failure) return rebuild(response, failure.status, JSON.stringify(failure.body), 'application/json');
  return new ParsedAnswer(tokenBody(provider, parsed), response.status);
}

/** A token answer that was read already: its members are given as often as they are asked for, and not parsed again. */
class ParsedAnswer extends Response {
  readonly #body: Body;

  constructor(body: Body, status: number) {
    super(null, { status, headers: { 'content-type': 'application/json' } });
    this.#body = body;
  }

  override async json<T>(): Promise<T> {
    return { ...this.#body } as T;
  }

  override async text(): Promise<string> {
    return JSON.stringify(this.#body);
  }

  override clone(): this {
    return this;
  }
}

function rebuild(response: Response, status: number, body: string, contentType?: string): Response {
  // A Response can't be made with these; to a client they are all "not what was asked for".
  const usable = status >= 200 && status <= 599 ? status : 502;
  const { headers } = response;
  const rebuilt = new Response([204, 205, 304].includes(usable) ? null : body, { status: usable, headers });
  rebuilt.headers.delete('content-encoding');
  rebuilt.headers.delete('content-length');
  if (contentType) rebuilt.headers.set('content-type', contentType);
  return rebuilt;
}

/** TikTok calls the `client_id` parameter `client_key`. */
function withOwnClientId(provider: Provider, body: URLSearchParams): URLSearchParams {
  const name = provider.client_id_parameter;
  if (!name) return body;
  return new URLSearchParams([...body].map(([key, value]) => [key === 'client_id' ? name : key, value]));
}

/** Notion and Atlassian take token requests as JSON. */
function asJson(request: OutgoingRequest, body: URLSearchParams): OutgoingRequest {
  return {
    ...request,
    headers: { ...request.headers, 'content-type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(body)),
  };
}

/** The members of a token answer; undefined if it is not in the form that this provider may use. */
function parseTokenBody(provider: Provider, response: Response, body: string): Body | undefined {
  if (provider.token_response_format === 'form') return Object.fromEntries(new URLSearchParams(body));
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(response.headers.get('content-type') ?? ''))
    return undefined;
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Body)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * An error in whatever form the provider tells it, as RFC 6749 §5.2 has it: also with status 200 (GitHub,
 * Slack) and from another member (Facebook, Twitch).
 */
function errorOf(
  provider: Provider,
  response: Response,
  body: Body,
): { status: number; body: Body } | undefined {
  const ok = provider.success_field === undefined || memberAt(body, provider.success_field) !== false;
  const standard = typeof body.error === 'string' && body.error !== '' ? body.error : undefined;
  if (response.ok && ok && standard === undefined) return undefined;
  const named = provider.error_path ? memberAt(body, provider.error_path) : undefined;
  const own = named !== undefined && named !== null ? String(named) : standard;
  const description = typeof body.error_description === 'string' ? body.error_description : undefined;
  const error = own === undefined ? undefined : errorName(provider, own, description);
  // Not an error answer that anyone could read: the status speaks for itself.
  if (error === undefined)
    return response.ok ? { status: 400, body: { error: 'invalid_request' } } : undefined;
  return {
    status: response.ok ? 400 : response.status,
    body: { error, ...(description !== undefined && { error_description: description }) },
  };
}

/**
 * GitHub, Slack and Twitch have words of their own for a refused code or refresh token; X tells it in the
 * description alone.
 */
function errorName(provider: Provider, error: string, description: string | undefined): string {
  const names = provider.error_names ?? {};
  const own = [error, description].find((text) => text !== undefined && Object.hasOwn(names, text));
  return own === undefined ? error : (names[own] as string);
}

/** The token response with registered names, types and units (RFC 6749 §5.1). */
function tokenBody(provider: Provider, parsed: Body): Body {
  const nested = provider.token_path ? memberAt(parsed, provider.token_path) : undefined;
  const body: Body = { ...parsed, ...(typeof nested === 'object' && nested !== null ? nested : {}) };
  for (const [name, path] of Object.entries(provider.token_fields ?? {})) {
    const value = memberAt(parsed, path);
    if (value !== undefined) body[name] = value;
  }
  if (provider.token_type) body.token_type = provider.token_type;
  for (const name of ['refresh_token', 'expires_in', 'scope', 'id_token']) {
    if (body[name] === null || body[name] === '') delete body[name];
  }
  body.scope = scopeText(provider, body.scope);
  body.expires_in = expirySeconds(provider, body.expires_in);
  return body;
}

/** Twitch sends an array, GitHub and TikTok send commas; the RFC says a space-separated string (§3.3). */
function scopeText(provider: Provider, scope: unknown): unknown {
  if (Array.isArray(scope)) return scope.filter((item) => typeof item === 'string').join(' ');
  const separator = provider.token_scope_separator ?? provider.scope_separator;
  return separator === ',' && typeof scope === 'string' ? scope.replace(/\s*,\s*/g, ' ') : scope;
}

function expirySeconds(provider: Provider, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (provider.expires_in_unit === 'date') {
    return Math.max(0, Math.floor((Date.parse(String(value)) - Date.now()) / 1000));
  }
  const seconds = typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof seconds !== 'number') return seconds;
  return Math.floor(provider.expires_in_unit === 'milliseconds' ? seconds / 1000 : seconds);
}

/**
 * Apple's `user` parameter as claims: name and e-mail come once, beside the code. The browser brings it and nobody
 * signs it, so it names and never identifies.
 */
export function callbackClaims(
  provider: Provider,
  parameters: URLSearchParams,
): Readonly<Record<string, string>> {
  const user = provider.user_parameter ? parameters.get('user') : null;
  if (user === null) return {};
  try {
    const parsed: unknown = JSON.parse(user);
    const names = ['name.firstName', 'name.lastName'].map((path) => memberAt(parsed, path));
    const name = names
      .filter((part) => typeof part === 'string')
      .join(' ')
      .slice(0, 200);
    return name === '' ? {} : { name };
  } catch {
    return {};
  }
}

/** Facebook sends the browser back with `#_=_`, which it would carry on to the next page; an empty one drops it. */
export function withoutFragment(provider: Provider, location: string): string {
  return provider.callback_fragment && !location.includes('#') ? `${location}#` : location;
}

/** The member at a dotted path. */
export function memberAt(value: unknown, path: string): unknown {
  let found: unknown = value;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Body)[name];
  }
  return found;
}
