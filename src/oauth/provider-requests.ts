import { type AuthorizationServer, allowInsecureRequests, customFetch } from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import { limitedText } from '../limited-text.ts';
import type { Provider } from '../providers/provider.ts';
import { adaptRequest, type RequestKind } from '../providers/quirks/request.ts';
import { keepNonce } from './dpop.ts';
import { understood } from './provider-answer.ts';
import { type ProviderKey, providerKeys } from './provider-keys.ts';
import { blankHeaders, blankSecrets, blankUrl, type Step } from './steps.ts';

/** How long a provider may take for one response, headers and body, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;
/** The largest response that is read, in bytes after decompression. */
const RESPONSE_LIMIT_BYTES = 1024 * 1024;
/** Workers' fetch sends no user agent by default, and some providers refuse such requests. */
const USER_AGENT = 'drawbridge (OAuth client)';

const KEY_SET_HEADERS = { accept: 'application/json, application/jwk-set+json' };

interface SentRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: BodyInit | null | undefined;
  readonly redirect?: unknown;
  readonly signal?: AbortSignal | undefined;
}

interface LibraryOptions {
  [customFetch]: (url: string, init: SentRequest) => Promise<Response>;
  [allowInsecureRequests]: boolean;
}

/**
 * The requests to one provider within one flow. Each has a deadline and a size limit, follows no redirect, and goes
 * through the provider's quirks. With `record`, each is recorded as a step to show.
 */
export class ProviderRequests {
  readonly provider: Provider;
  readonly steps: Step[] = [];
  /** How long each request took, in milliseconds. */
  readonly timings: { readonly kind: RequestKind; readonly duration_ms: number }[] = [];
  /** True if each request is recorded as a step. */
  readonly records: boolean;
  #count = 0;

  constructor(provider: Provider, options: { record: boolean }) {
    this.provider = provider;
    this.records = options.record;
  }

  /** How many requests have been sent so far. */
  get count(): number {
    return this.#count;
  }

  /** The options that make oauth4webapi send a request through this object. `title` names the step. */
  options(kind: RequestKind, title: string): LibraryOptions {
    const send = (url: string, init: SentRequest) => this.#send(kind, title, url, init);
    // Set one by one, since V8 is slow with computed names in a literal.
    const options = {} as LibraryOptions;
    options[customFetch] = kind === 'jwks' ? (url, init) => this.#keySet(() => send(url, init)) : send;
    // Settings and metadata allow plain http for loopback hosts only; see allowed-url.ts.
    options[allowInsecureRequests] = true;
    return options;
  }

  /** The provider's signing keys (RFC 7517 §5). Throws `provider_unreachable`. */
  keys({ jwks_uri: url }: AuthorizationServer): readonly ProviderKey[] | Promise<readonly ProviderKey[]> {
    return providerKeys(this.provider, async () => {
      if (url === undefined) throw new DrawbridgeError('provider_unreachable', NO_KEYS);
      return this.#send('jwks', 'Signing keys', url, { method: 'GET', headers: KEY_SET_HEADERS });
    });
  }

  /** The same, in the form that the library requests them. */
  async #keySet(ask: () => Promise<Response>): Promise<Response> {
    return Response.json({ keys: (await providerKeys(this.provider, ask)).map(({ jwk }) => jwk) });
  }

  async #send(kind: RequestKind, title: string, url: string, init: SentRequest): Promise<Response> {
    const request = adaptRequest(this.provider, kind, {
      url,
      headers: { ...init.headers, 'user-agent': USER_AGENT },
      body: init.body ?? undefined,
    });
    const started = Date.now();
    this.#count++;
    const { response, text } = this.records
      ? await this.#recordedAnswer(title, init.method, request, started)
      : await answerInTime(init.method, request);
    this.timings.push({ kind, duration_ms: Date.now() - started });
    if (request.headers.dpop !== undefined) keepNonce(this.provider, request.url, response);
    return understood(this.provider, kind, { status: response.status, headers: response.headers, text });
  }

  /** The provider's answer, recorded as a step, even if there is none. */
  async #recordedAnswer(title: string, method: string, request: AdaptedRequest, at: number) {
    try {
      const answer = await answerInTime(method, request);
      this.#keepStep(title, method, request, at, { response: shownResponse(answer) });
      return answer;
    } catch (error) {
      this.#keepStep(title, method, request, at, { note: `No answer: ${String(error)}` });
      throw error;
    }
  }

  #keepStep(title: string, method: string, request: AdaptedRequest, at: number, rest: Partial<Step>): void {
    const shown = {
      method,
      url: blankUrl(request.url),
      headers: blankHeaders(Object.entries(request.headers)),
      ...(request.body !== undefined && { body: blankSecrets(String(request.body)) }),
    };
    this.steps.push({ title, at, duration_ms: Date.now() - at, request: shown, ...rest });
  }
}

type AdaptedRequest = ReturnType<typeof adaptRequest>;

function shownResponse({ response: { status, headers }, text }: { response: Response; text: string }) {
  return { status, headers: shownHeaders(headers), body: blankSecrets(text) };
}

/**
 * The answer to a request. Aborts one that takes longer than `REQUEST_TIMEOUT_MS`. The timer of `AbortSignal.timeout`
 * would keep running after the response, and would keep a Durable Object in memory (and on the bill) for nothing.
 */
async function answerInTime(method: string, request: AdaptedRequest) {
  const deadline = new AbortController();
  const abort = () =>
    deadline.abort(new DOMException(`no answer within ${REQUEST_TIMEOUT_MS} ms`, 'TimeoutError'));
  // protects: timeout
  const timer = setTimeout(abort, REQUEST_TIMEOUT_MS);
  try {
    const response = await fetch(request.url, {
      method,
      headers: request.headers,
      body: request.body ?? null,
      // protects: redirect manual
      redirect: 'manual',
      signal: deadline.signal,
    });
    return { response, text: await readLimited(response) };
  } finally {
    clearTimeout(timer);
  }
}

const SHOWN_HEADERS = [
  'cache-control',
  'content-type',
  'date',
  'dpop-nonce',
  'retry-after',
  'www-authenticate',
];

function shownHeaders(headers: Headers): Record<string, string> {
  const shown = blankHeaders(headers);
  return Object.fromEntries(Object.entries(shown).filter(([name]) => SHOWN_HEADERS.includes(name)));
}

/** The body as text. Throws a `RangeError` past the limit. */
function readLimited(response: Response): Promise<string> {
  if (isKnownSmall(response.headers)) return response.text();
  return limitedText(response.body, RESPONSE_LIMIT_BYTES);
}

/** `Content-Length` describes the body as sent. A compressed body can expand to any size. */
function isKnownSmall(headers: Headers): boolean {
  const length = headers.get('content-length');
  return length !== null && Number(length) <= RESPONSE_LIMIT_BYTES && !headers.has('content-encoding');
}

const NO_KEYS = {
  description: 'The provider’s metadata does not say where its signing keys are.',
  hint: 'Set `jwks_uri` for this provider.',
  detail: 'jwks: the metadata has no usable jwks_uri',
};
