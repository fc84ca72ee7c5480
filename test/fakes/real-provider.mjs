import { once } from 'node:events';
import { createServer } from 'node:http';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { startProvider } from '../../demo/provider.mjs';

const SECRET = 'a-client-secret-of-these-tests-alone';
const SIGNING = ['ES256', 'PS256', 'RS256', 'EdDSA'];
const BASE = {
  redirect_uris: ['https://app.example/callback', 'https://app.example/callback/real'],
  post_logout_redirect_uris: ['https://app.example/'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};
const BASIC = { client_secret: SECRET, token_endpoint_auth_method: 'client_secret_basic' };

/**
 * Starts oidc-provider twice for the whole run: as most providers are, and as the FAPI 2.0 Security Profile wants
 * it, with nonces in DPoP proofs. Tests find them with `inject('issuer')` and `inject('strictIssuer')`.
 */
export default async function setup({ provide }) {
  const keys = await privateKeys();
  const jwks = { keys: Object.values(keys).map(publicHalf) };
  const mailbox = await logoutTokens();
  const [usual, strict] = await Promise.all([
    startProvider({ port: 0, clients: clients(jwks, mailbox.url), customize: withMore }),
    startProvider({ port: 0, clients: strictClients(jwks), customize: asFapi2 }),
  ]);
  provide('issuer', usual.issuer);
  provide('strictIssuer', strict.issuer);
  provide('clientSecret', SECRET);
  provide('privateKeys', keys);
  provide('logoutTokens', mailbox.url);
  return () => Promise.all([usual.close(), strict.close(), mailbox.close()]);
}

/** The clients that the tests sign in with: one a way of client authentication, one a kind of request or answer. */
function clients(jwks, backchannel_logout_uri) {
  const withKey = { jwks, token_endpoint_auth_method: 'private_key_jwt' };
  const signedRequests = {
    ...BASIC,
    jwks,
    request_object_signing_alg: 'ES256',
    require_signed_request_object: true,
  };
  const table = {
    basic: BASIC,
    post: { client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post' },
    secret_jwt: { client_secret: SECRET, token_endpoint_auth_method: 'client_secret_jwt' },
    backchannel: { ...BASIC, backchannel_logout_uri, backchannel_logout_session_required: true },
    public: { token_endpoint_auth_method: 'none' },
    key_ES256: { ...withKey, token_endpoint_auth_signing_alg: 'ES256' },
    key_PS256: { ...withKey, token_endpoint_auth_signing_alg: 'PS256' },
    key_EdDSA: { ...withKey, token_endpoint_auth_signing_alg: 'EdDSA' },
    par: { ...BASIC, require_pushed_authorization_requests: true },
    jar: signedRequests,
    jar_par: { ...signedRequests, require_pushed_authorization_requests: true },
    rar: { ...BASIC, authorization_details_types: ['payment'] },
    jarm: { ...BASIC, authorization_signed_response_alg: 'ES256' },
    dpop: { ...BASIC, dpop_bound_access_tokens: true },
    encrypted: {
      ...BASIC,
      jwks,
      id_token_signed_response_alg: 'ES256',
      id_token_encrypted_response_alg: 'ECDH-ES',
      id_token_encrypted_response_enc: 'A256GCM',
    },
    signed_userinfo: { ...BASIC, userinfo_signed_response_alg: 'ES256' },
  };
  return Object.entries(table).map(([client_id, own]) => ({ ...BASE, client_id, ...own }));
}

function strictClients(jwks) {
  const fapi2 = {
    jwks,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    id_token_signed_response_alg: 'ES256',
    require_pushed_authorization_requests: true,
    dpop_bound_access_tokens: true,
  };
  const nonces = { ...BASIC, dpop_bound_access_tokens: true, id_token_signed_response_alg: 'ES256' };
  return [
    { ...BASE, client_id: 'fapi2', ...fapi2 },
    { ...BASE, client_id: 'nonces', ...nonces },
  ];
}

/** What the demo provider does without. */
function withMore(configuration) {
  const { features } = configuration;
  return {
    ...configuration,
    features: {
      ...features,
      encryption: { enabled: true },
      jwtUserinfo: { enabled: true },
      registration: { enabled: true },
      registrationManagement: { enabled: true },
      richAuthorizationRequests: {
        enabled: true,
        types: { payment: { validate: () => {} } },
        authorizationDetailsForGrantSource: ({ oidc }) => oidc.grant.rar,
        authorizationDetailsForAccessToken: (_ctx, _token, source) => source.rar,
        authorizationDetailsForIntrospection: (_ctx, token) => token.rar,
      },
    },
  };
}

function asFapi2(configuration) {
  const { features } = configuration;
  return {
    ...configuration,
    features: {
      ...features,
      fapi: { enabled: true, profile: '2.0' },
      registration: { enabled: true, initialAccessToken: SECRET },
      dPoP: {
        enabled: true,
        nonceSecret: crypto.getRandomValues(Buffer.alloc(32)),
        requireNonce: () => true,
      },
    },
  };
}

/**
 * Takes the logout tokens that the provider posts, in place of a Worker that it can't reach: GET waits for the next
 * one and answers with the form as it came.
 */
async function logoutTokens() {
  const forms = [];
  const waiting = [];
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') waiting.push(response);
    else {
      forms.push(Buffer.concat(await request.toArray()));
      response.end();
    }
    while (forms.length > 0 && waiting.length > 0) waiting.shift().end(forms.shift());
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://localhost:${server.address().port}/`, close };
}

/** The client's private keys: one for each algorithm, and one that opens what is encrypted for it. */
async function privateKeys() {
  const keys = SIGNING.map(async (alg) => [alg, await privateKey(alg, { alg, use: 'sig' })]);
  const decryption = privateKey('ECDH-ES', { alg: 'ECDH-ES', use: 'enc' });
  return { ...Object.fromEntries(await Promise.all(keys)), enc: await decryption };
}

async function privateKey(algorithm, members) {
  const jwk = await exportJWK((await generateKeyPair(algorithm, { extractable: true })).privateKey);
  return { ...jwk, ...members, kid: await calculateJwkThumbprint(jwk) };
}

function publicHalf({ kty, crv, x, y, n, e, alg, use, kid }) {
  return JSON.parse(JSON.stringify({ kty, crv, x, y, n, e, alg, use, kid }));
}
