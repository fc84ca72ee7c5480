import type { AuthorizationServer } from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import { allowedEndpoint } from '../providers/allowed-url.ts';
import { isOpenId, type Provider } from '../providers/provider.ts';
import { ED25519_NAMES } from './usable-keys.ts';

/** The metadata members with URLs that we, or the browser, send requests to. */
const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'pushed_authorization_request_endpoint',
  'userinfo_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'end_session_endpoint',
] as const;

type EndpointName = (typeof ENDPOINTS)[number];

/** The lists in the metadata that we read. Members that are not strings are ignored, and so is a list without any. */
const LISTS = [
  'token_endpoint_auth_methods_supported',
  'id_token_signing_alg_values_supported',
  'authorization_signing_alg_values_supported',
  'userinfo_signing_alg_values_supported',
  'scopes_supported',
  'prompt_values_supported',
  'response_modes_supported',
] as const;

/** The members that are true or false. Some serializers write these as text (`"false"` would count as true). */
const FLAGS = [
  'authorization_response_iss_parameter_supported',
  'require_pushed_authorization_requests',
] as const;

/**
 * The usable part of the metadata. An endpoint that is not allowed (plain http, a private network, not a URL) is left
 * out, since it could send us and the tokens anywhere. Only the endpoints that a login needs must be valid. Members
 * that the settings override are not checked. Throws `provider_unreachable`.
 */
export function usableMetadata(provider: Provider, metadata: AuthorizationServer): AuthorizationServer {
  const usable: Record<string, unknown> = { ...metadata };
  for (const name of ENDPOINTS) {
    const endpoint = allowedEndpoint(metadata[name], metadata.issuer);
    if (endpoint !== undefined) usable[name] = endpoint;
    else if (isMissed(provider, metadata, name)) throw notAllowed(name);
    else delete usable[name];
  }
  for (const name of LISTS) {
    const list: unknown = metadata[name];
    const texts = Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [];
    if (texts.length > 0) usable[name] = withBothNames(texts);
    else delete usable[name];
  }
  for (const name of FLAGS) {
    const flag: unknown = metadata[name];
    if (flag === 'true' || flag === 'false') usable[name] = flag === 'true';
  }
  return usable as unknown as AuthorizationServer;
}

/** A provider that lists one name of Ed25519 may use the other. */
function withBothNames(list: readonly string[]): readonly string[] {
  return list.some((each) => ED25519_NAMES.includes(each)) ? [...new Set([...list, ...ED25519_NAMES])] : list;
}

/** True if an endpoint that every login needs is present but unusable. A missing one is reported later. */
function isMissed(provider: Provider, metadata: AuthorizationServer, name: EndpointName): boolean {
  const value: unknown = metadata[name];
  const isThere = value !== undefined && value !== null && value !== '' && value !== false;
  if (!isThere || provider.metadata[name] !== undefined) return false;
  switch (name) {
    case 'authorization_endpoint':
    case 'token_endpoint':
      return true;
    case 'jwks_uri':
      return isOpenId(provider.scope) || (provider.response_mode?.endsWith('jwt') ?? false);
    case 'pushed_authorization_request_endpoint':
      return (
        provider.require_pushed_authorization_requests ??
        metadata.require_pushed_authorization_requests === true
      );
    default:
      return false;
  }
}

function notAllowed(name: EndpointName): DrawbridgeError {
  return new DrawbridgeError('provider_unreachable', {
    description: 'The provider’s metadata contains an address that is not safe to use.',
    hint: `Check the \`issuer\` setting, or set \`${name}\` for this provider.`,
    detail: `metadata: ${name} is not an allowed URL`,
  });
}
