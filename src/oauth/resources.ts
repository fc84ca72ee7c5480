import type { Provider } from '../providers/provider.ts';

/**
 * The `resource` parameters of a token request (RFC 8707 §2.2): all resources, or the one in `token_params`, for
 * providers that allow only one per token. Applies to refreshes too.
 */
export function withResources(
  provider: Provider,
  own: Readonly<Record<string, string>> | undefined,
): URLSearchParams {
  const parameters = new URLSearchParams(own);
  if (parameters.has('resource')) return parameters;
  const one = provider.token_params?.resource;
  for (const resource of one === undefined ? provider.resource : [one])
    parameters.append('resource', resource);
  return parameters;
}
