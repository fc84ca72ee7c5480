import type { Provider } from '../provider.ts';

/** What a request to a provider is for. */
export type RequestKind = 'discovery' | 'jwks' | 'token' | 'refresh' | 'userinfo' | 'revocation' | 'pushed';

export interface OutgoingRequest {
  readonly url: string;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: BodyInit | undefined;
}

/** The request in the form that this provider expects. Providers that follow the RFCs get it unchanged. */
export function adaptRequest(
  provider: Provider,
  kind: RequestKind,
  request: OutgoingRequest,
): OutgoingRequest {
  const { headers, client_id_parameter, token_request_format } = provider;
  if (!headers && !client_id_parameter && token_request_format !== 'json') return request;
  const adapted = withOwnHeaders(provider, request);
  if (!(adapted.body instanceof URLSearchParams)) return adapted;
  const body = withOwnClientId(provider, adapted.body);
  const isToken = kind === 'token' || kind === 'refresh';
  return isToken ? withJsonBody(provider, adapted, body) : { ...adapted, body };
}

/** `headers`: Notion requires the version of its API in each request. */
function withOwnHeaders({ headers }: Provider, request: OutgoingRequest): OutgoingRequest {
  return headers ? { ...request, headers: { ...request.headers, ...headers } } : request;
}

/** `client_id_parameter`: TikTok calls it `client_key`. */
function withOwnClientId({ client_id_parameter: name }: Provider, body: URLSearchParams): URLSearchParams {
  if (!name) return body;
  return new URLSearchParams([...body].map(([key, value]) => [key === 'client_id' ? name : key, value]));
}

/** `token_request_format`: Notion, Square and Zendesk expect token requests as JSON. */
function withJsonBody(
  { token_request_format: format }: Provider,
  request: OutgoingRequest,
  body: URLSearchParams,
): OutgoingRequest {
  if (format !== 'json') return { ...request, body };
  return {
    ...request,
    headers: { ...request.headers, 'content-type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(body)),
  };
}

/** `refresh_endpoint`: Figma refreshes at a different address from its token endpoint. */
export function refreshEndpoint(provider: Provider, tokenEndpoint: string | undefined): string | undefined {
  return provider.refresh_endpoint ?? tokenEndpoint;
}
