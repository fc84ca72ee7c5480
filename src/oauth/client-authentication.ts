import { SignJWT } from 'jose';
import { type ClientAuth, ClientSecretJwt, ClientSecretPost, None, PrivateKeyJwt } from 'oauth4webapi';
import type { Provider } from '../providers/provider.ts';
import { algorithmName, signingKey } from './client-keys.ts';

const APPLE_SECRET_SECONDS = 300;

/** Made once for each provider: credentials are encoded once. */
const known = new WeakMap<Provider, ClientAuth>();

/** How this client proves who it is to the provider's endpoints (RFC 6749 §2.3, OpenID Connect Core §9). */
export function clientAuthentication(provider: Provider): ClientAuth {
  let authentication = known.get(provider);
  if (!authentication) {
    authentication = authenticationOf(provider);
    known.set(provider, authentication);
  }
  return authentication;
}

function authenticationOf(provider: Provider): ClientAuth {
  if (provider.signed_client_secret === 'apple') return appleSecret(provider);
  const secret = provider.client_secret ?? '';
  switch (provider.token_endpoint_auth_method) {
    case 'client_secret_basic':
      return clientSecretBasic(provider.client.client_id, secret);
    case 'client_secret_post':
      return ClientSecretPost(secret);
    case 'client_secret_jwt':
      return ClientSecretJwt(secret);
    case 'private_key_jwt':
      return privateKeyJwt(provider);
    case 'none':
      return None();
    default:
      return provider.token_endpoint_auth_method satisfies never;
  }
}

/**
 * Id and secret form-encoded in the `Authorization` header (RFC 6749 §2.3.1). `-`, `.`, `_` and `*` stay as they
 * are, as the URL standard has it: ids and secrets are full of them, and many a provider compares the header
 * without decoding it.
 */
function clientSecretBasic(clientId: string, secret: string): ClientAuth {
  const credentials = btoa(`${formEncoded(clientId)}:${formEncoded(secret)}`);
  return (_server, _client, _body, headers) => headers.set('authorization', `Basic ${credentials}`);
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** RFC 7523 §3, with the issuer as the only audience. */
function privateKeyJwt(provider: Provider): ClientAuth {
  return async (server, client, body, headers) => {
    const key = await signingKey(provider);
    await PrivateKeyJwt(key, algorithmName(key))(server, client, body, headers);
  };
}

/** Apple's client secret is a JWT that the client signs itself, short-lived. */
function appleSecret(provider: Provider): ClientAuth {
  return async (server, client, body, headers) => {
    const { key, kid } = await signingKey(provider, 'ES256');
    const now = Math.floor(Date.now() / 1000);
    const secret = await new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(provider.team_id ?? '')
      .setSubject(client.client_id)
      .setAudience(server.issuer)
      .setIssuedAt(now)
      .setExpirationTime(now + APPLE_SECRET_SECONDS)
      .sign(key);
    await ClientSecretPost(secret)(server, client, body, headers);
  };
}
