import type { Provider } from '../providers/provider.ts';

/** What most token requests add. Nobody changes it. */
const NONE: Readonly<Record<string, string>> = {};

/**
 * The `resource` parameters of a token request (RFC 8707 §2.2): all resources, or the one in `token_params`, for
 * providers that allow only one per token. Applies to refreshes too.
 */
export function withResources(
  provider: Provider,
  own: Readonly<Record<string, string>> | undefined,
): URLSearchParams | Record<string, string> {
  const one = provider.token_params?.resource;
  const resources = one === undefined ? provider.resource : [one];
  if (own === undefined && resources.length === 0) return NONE;
  const parameters = new URLSearchParams(own);
  if (parameters.has('resource')) return parameters;
  for (const resource of resources) parameters.append('resource', resource);
  return parameters;
}
