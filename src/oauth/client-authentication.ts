import { SignJWT } from 'jose';
import {
  type AuthorizationServer,
  type ClientAuth,
  ClientSecretJwt,
  ClientSecretPost,
  modifyAssertion,
  None,
  PrivateKeyJwt,
} from 'oauth4webapi';
import { nowSeconds } from '../clock.ts';
import { DrawbridgeError } from '../errors.ts';
import type { TokenEndpointAuthMethod } from '../providers/preset.ts';
import type { Provider } from '../providers/provider.ts';
import { signedSecretClaims } from '../providers/quirks/client-secret.ts';
import { ownHeader, setIssued, signingKey } from './client-keys.ts';

type ServerMethods = Pick<AuthorizationServer, 'token_endpoint_auth_methods_supported'>;

/** Created once per provider and its metadata, so credentials are encoded once. */
const known = new WeakMap<
  Provider,
  { readonly server: ServerMethods; readonly authentication: ClientAuth }
>();

/** How this client authenticates at the provider's endpoints (RFC 6749 §2.3, OpenID Connect Core §9). */
export function clientAuthentication(provider: Provider, server: ServerMethods): ClientAuth {
  const held = known.get(provider);
  if (held?.server === server) return held.authentication;
  const authentication = authenticationBy(authenticationMethod(provider, server), provider);
  known.set(provider, { server, authentication });
  return authentication;
}

/**
 * The method from the settings; otherwise one that the provider's metadata lists and this client has the credentials
 * for: its private key first, then its secret in the header, then in the body. Metadata never turns authentication off.
 */
export function authenticationMethod(provider: Provider, server: ServerMethods): TokenEndpointAuthMethod {
  if (provider.token_endpoint_auth_method) return provider.token_endpoint_auth_method;
  // RFC 8414 §2: where nothing is listed, it is `client_secret_basic`.
  const listed: unknown = server.token_endpoint_auth_methods_supported;
  const methods: readonly unknown[] = Array.isArray(listed) ? listed : ['client_secret_basic'];
  const hasKey = provider.private_keys.signing.length > 0;
  // A key next to a secret may only be meant for signing requests (RFC 9101).
  const isForRequests = provider.request_object_signing_alg !== undefined && provider.client_secret;
  if (hasKey && !provider.client_secret) return 'private_key_jwt';
  if (hasKey && !isForRequests && methods.includes('private_key_jwt')) return 'private_key_jwt';
  const posted = methods.includes('client_secret_post') && !methods.includes('client_secret_basic');
  return posted ? 'client_secret_post' : 'client_secret_basic';
}

/**
 * Adds a hint if the provider refused a client that authenticates with a JWT: its audience may be wrong. Any other
 * error is returned as it is.
 */
export function withAudienceHint(
  error: DrawbridgeError,
  provider: Provider,
  server: AuthorizationServer,
): DrawbridgeError {
  const isSigned = authenticationMethod(provider, server).endsWith('_jwt');
  if (!isSigned || error.providerError !== 'invalid_client') return error;
  const other = provider.client_assertion_audience === 'issuer' ? 'token_endpoint' : 'issuer';
  const { code, title, description, providerError, detail, retryAfter, cause } = error;
  return new DrawbridgeError(code, {
    title,
    description,
    hint: `Check that the key of /jwks is registered at the provider. If it is, try \`client_assertion_audience = "${other}"\`: some providers accept nothing else.`,
    providerError,
    ...(detail !== undefined && { detail }),
    ...(retryAfter !== undefined && { retryAfter }),
    cause,
  });
}

function authenticationBy(method: TokenEndpointAuthMethod, provider: Provider): ClientAuth {
  if (provider.signed_client_secret) return signedSecret(provider);
  const secret = provider.client_secret ?? '';
  switch (method) {
    case 'client_secret_basic':
      return clientSecretBasic(provider.client.client_id, secret);
    case 'client_secret_post':
      return ClientSecretPost(secret);
    case 'client_secret_jwt':
      return clientSecretJwt(provider, secret);
    case 'private_key_jwt':
      return privateKeyJwt(provider);
    case 'none':
      return None();
    default:
      return method satisfies never;
  }
}

/**
 * Id and secret form-encoded in the `Authorization` header (RFC 6749 §2.3.1). `-`, `.`, `_` and `*` stay as they
 * are, as in the URL standard: ids and secrets are full of them, and many providers compare the header without
 * decoding it.
 */
function clientSecretBasic(clientId: string, secret: string): ClientAuth {
  const credentials = btoa(`${formEncoded(clientId)}:${formEncoded(secret)}`);
  return (_server, _client, _body, headers) => headers.set('authorization', `Basic ${credentials}`);
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** RFC 7523 §3. */
function privateKeyJwt(provider: Provider): ClientAuth {
  return async (server, client, body, headers) => {
    const key = await signingKey(provider);
    const completeHeader = ownHeader(key)[modifyAssertion];
    await PrivateKeyJwt(key, {
      [modifyAssertion]: (header, payload) => {
        completeHeader(header);
        setClaims(provider, payload, server);
      },
    })(server, client, body, headers);
  };
}

/** OpenID Connect Core §9: the same, signed with the secret. */
function clientSecretJwt(provider: Provider, secret: string): ClientAuth {
  return (server, client, body, headers) =>
    ClientSecretJwt(secret, {
      [modifyAssertion]: (_, payload) => setClaims(provider, payload, server),
    })(server, client, body, headers);
}

/**
 * When an assertion was issued, and its audience (`client_assertion_audience`). By default only the issuer, as in the
 * library: a token endpoint as audience lets an attacker replay the assertion elsewhere (RFC 7523bis §4). Or the token
 * endpoint, for providers that accept nothing else.
 */
function setClaims(
  { client_assertion_audience: audience }: Provider,
  payload: Record<string, unknown>,
  server: AuthorizationServer,
): void {
  setIssued(payload);
  if (audience === 'token_endpoint' && server.token_endpoint) payload.aud = server.token_endpoint;
}

/** A short-lived client secret that the client signs itself, new for each request. */
function signedSecret(provider: Provider): ClientAuth {
  return async (server, client, body, headers) => {
    const { key, kid } = await signingKey(provider, 'ES256');
    const claims = signedSecretClaims(provider, server.issuer, nowSeconds());
    const secret = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid }).sign(key);
    await ClientSecretPost(secret)(server, client, body, headers);
  };
}
