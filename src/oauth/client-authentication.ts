import { type ClientAuth, ClientSecretBasic, ClientSecretJwt, ClientSecretPost, None } from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';

/** How this client proves who it is to the provider's endpoints (RFC 6749 §2.3, OpenID Connect Core §9). */
export function clientAuthentication(provider: Provider): ClientAuth {
  const secret = provider.client_secret ?? '';
  switch (provider.token_endpoint_auth_method) {
    case 'client_secret_basic':
      return ClientSecretBasic(secret);
    case 'client_secret_post':
      return ClientSecretPost(secret);
    case 'client_secret_jwt':
      return ClientSecretJwt(secret);
    case 'none':
      return None();
    case 'private_key_jwt':
      throw new DrawbridgeError('internal', { detail: 'private_key_jwt without a key' });
    default:
      return provider.token_endpoint_auth_method satisfies never;
  }
}
