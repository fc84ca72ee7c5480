import type { Provider } from '../providers/provider.ts';

/**
 * The parameters of a token request with the resources that the token is for (RFC 8707 §2.2): all of them, or the
 * one that `token_params` names, for providers whose tokens are for one resource each. It counts for refreshes too.
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
