import { base64url, exportJWK, generateKeyPair } from 'jose';
import { signingKey } from '../scripted-provider.ts';
import { type Anomaly, answers, endless, json, type Members, redirect, reset, text } from './anomaly.ts';

const DISCOVERY = '/.well-known/openid-configuration';

const members =
  (wrong: Members): Anomaly =>
  (op) => {
    const before = op.metadata;
    op.metadata = (right) => ({ ...before(right), ...wrong });
  };
const tokenEndpoint = (token_endpoint: unknown) => members({ token_endpoint });

/** Metadata that leads astray, or is none (OpenID Connect Discovery §4, RFC 9700 §2.6, CWE-918). */
const DISCOVERED = {
  'metadata of another issuer': members({ issuer: 'https://evil.example' }),
  'metadata of an issuer with another path': members({ issuer: 'https://op.example/other' }),
  'metadata of an issuer in capitals': members({ issuer: 'https://OP.EXAMPLE' }),
  'metadata without issuer': members({ issuer: undefined }),
  'metadata with an issuer that is a list': members({ issuer: ['https://op.example'] }),
  'an issuer with a final slash': (op) => {
    // The provider spells it so everywhere.
    const iss = 'https://op.example/';
    members({ issuer: iss })(op);
    const claimsBefore = op.idTokenClaims;
    op.idTokenClaims = (right) => ({ ...claimsBefore(right), iss });
    const answerBefore = op.authorizationResponse;
    op.authorizationResponse = (right) => {
      const answer = answerBefore(right);
      answer.set('iss', iss);
      return answer;
    };
  },
  'an authorization_endpoint with a line break': members({
    authorization_endpoint: 'https://op.example/a\nb',
  }),
  'a userinfo_endpoint with a line break': members({ userinfo_endpoint: 'https://op.example/\r\nuserinfo' }),
  'an end_session_endpoint that adds to a policy': members({
    end_session_endpoint: 'https://x;sandbox;y/end',
  }),
  'endpoints that are empty, false and null': members({
    revocation_endpoint: '',
    userinfo_endpoint: false,
    end_session_endpoint: null,
    introspection_endpoint: 7,
    pushed_authorization_request_endpoint: '',
  }),
  'a registration_endpoint over plain http': members({ registration_endpoint: 'http://op.example/register' }),
  'no list of algorithms': members({ id_token_signing_alg_values_supported: undefined }),
  'an empty list of algorithms': members({ id_token_signing_alg_values_supported: [] }),
  'a list of algorithms with a null': members({ id_token_signing_alg_values_supported: [null, 'ES256'] }),
  'lists that are none': members({
    token_endpoint_auth_methods_supported: 'client_secret_post',
    id_token_signing_alg_values_supported: ['ES256'],
    scopes_supported: { openid: true },
  }),
  'no authorization_endpoint': members({ authorization_endpoint: undefined }),
  'an authorization_endpoint over plain http': members({ authorization_endpoint: 'http://op.example/a' }),
  'an authorization_endpoint that is a script': members({ authorization_endpoint: 'javascript:alert(1)' }),
  'an authorization_endpoint that is data': members({ authorization_endpoint: 'data:text/html,x' }),
  'a token_endpoint over plain http': tokenEndpoint('http://op.example/token'),
  'a token_endpoint of another scheme': tokenEndpoint('ftp://op.example/token'),
  'a token_endpoint on localhost': tokenEndpoint('http://localhost:9000/token'),
  'a token_endpoint on a name of this machine': tokenEndpoint('https://op.localhost/token'),
  'a token_endpoint on 127.0.0.1': tokenEndpoint('https://127.0.0.1/token'),
  'a token_endpoint on 127.1': tokenEndpoint('https://127.1/token'),
  'a token_endpoint on a number': tokenEndpoint('https://2130706433/token'),
  'a token_endpoint in hex': tokenEndpoint('https://0x7f000001/token'),
  'a token_endpoint in octal': tokenEndpoint('https://0177.0.0.1/token'),
  'a token_endpoint on 0.0.0.0': tokenEndpoint('https://0.0.0.0/token'),
  'a token_endpoint on 10.0.0.7': tokenEndpoint('https://10.0.0.7/token'),
  'a token_endpoint on 172.16.0.1': tokenEndpoint('https://172.16.0.1/token'),
  'a token_endpoint on 192.168.1.1': tokenEndpoint('https://192.168.1.1/token'),
  'a token_endpoint on 100.64.0.1': tokenEndpoint('https://100.64.0.1/token'),
  'a token_endpoint of a cloud’s metadata': tokenEndpoint('https://169.254.169.254/latest/meta-data'),
  'a token_endpoint of a cloud’s name': tokenEndpoint('https://metadata.google.internal/token'),
  'a token_endpoint of the inner network': tokenEndpoint('https://vault.internal/token'),
  'a token_endpoint of one label': tokenEndpoint('https://intranet/token'),
  'a token_endpoint with a final dot': tokenEndpoint('https://localhost./token'),
  'a token_endpoint on ::1': tokenEndpoint('https://[::1]/token'),
  'a token_endpoint on ::': tokenEndpoint('https://[::]/token'),
  'a token_endpoint on fd00::1': tokenEndpoint('https://[fd00::1]/token'),
  'a token_endpoint on fe80::1': tokenEndpoint('https://[fe80::1]/token'),
  'a token_endpoint on an IPv4 address in IPv6': tokenEndpoint('https://[::ffff:10.0.0.1]/token'),
  'a token_endpoint on an IPv4 address in IPv6, old form': tokenEndpoint('https://[::10.0.0.1]/token'),
  'a token_endpoint behind NAT64': tokenEndpoint('https://[64:ff9b::a00:1]/token'),
  'a token_endpoint behind 6to4': tokenEndpoint('https://[2002:a00:1::]/token'),
  'a token_endpoint on multicast': tokenEndpoint('https://[ff02::1]/token'),
  'a token_endpoint with a user part': tokenEndpoint('https://op.example:x@evil.example/token'),
  'a token_endpoint that is no URL': tokenEndpoint('http://['),
  'a token_endpoint that is a number': tokenEndpoint(7),
  'a jwks_uri inside': members({ jwks_uri: 'https://10.0.0.7/jwks' }),
  'a userinfo_endpoint inside': members({ userinfo_endpoint: 'https://[fd00::1]/userinfo' }),
  'a revocation_endpoint inside': members({ revocation_endpoint: 'https://192.168.0.1/revoke' }),
  'an end_session_endpoint that is a script': members({ end_session_endpoint: 'javascript:alert(1)' }),
  'a pushed endpoint inside': members({ pushed_authorization_request_endpoint: 'https://10.0.0.7/par' }),
  'no pushed endpoint': members({ pushed_authorization_request_endpoint: undefined }),
  'an mTLS alias inside': members({ mtls_endpoint_aliases: { token_endpoint: 'https://10.0.0.7/token' } }),
  'metadata as HTML': answers(DISCOVERY, text(200, '<html>', 'text/html')),
  'metadata as a list': answers(DISCOVERY, json(200, [])),
  'metadata as null': answers(DISCOVERY, json(200, null)),
  'metadata as broken JSON': answers(DISCOVERY, text(200, '{"issuer":', 'application/json')),
  'metadata with __proto__': answers(
    DISCOVERY,
    text(200, '{"__proto__":{"issuer":"https://op.example"}}', 'application/json'),
  ),
  'metadata by redirect': answers(DISCOVERY, redirect(302)),
  'metadata with 500': answers(DISCOVERY, text(500, '', 'text/plain')),
  'metadata with 404': answers(DISCOVERY, text(404, '', 'text/plain')),
  'metadata in 2 MB': answers(DISCOVERY, () =>
    Response.json({ issuer: 'https://op.example', padding: 'x'.repeat(2_000_000) }),
  ),
  'metadata without end': answers(DISCOVERY, () => endless()),
  'a reset of the discovery': answers(DISCOVERY, reset),
} as const satisfies Record<string, Anomaly>;

const published =
  (change: (right: Members[]) => unknown[]): Anomaly =>
  (op) => {
    op.keys = (right) => change(right) as Members[];
  };

/** How some serializers fill up a key. */
const EMPTY_MEMBERS = {
  d: null,
  dp: null,
  dq: null,
  e: '',
  k: null,
  n: '',
  oth: null,
  p: null,
  q: '',
  qi: '',
};

/** Keys that can't be had, or can't be trusted (RFC 7517, RFC 8725 §3). */
const KEYS = {
  'keys as HTML': answers('/jwks', text(200, '<html>', 'text/html')),
  'keys as null': answers('/jwks', json(200, null)),
  'keys that are no list': answers('/jwks', json(200, { keys: {} })),
  'keys by redirect': answers('/jwks', redirect(302)),
  'keys with 500': answers('/jwks', text(500, '', 'text/plain')),
  'keys with 404': answers('/jwks', text(404, '', 'text/plain')),
  'keys without end': answers('/jwks', () => endless()),
  'a reset of the keys': answers('/jwks', reset),
  'no keys': published(() => []),
  'keys that are null and numbers': published(() => [null, 7, 'x']),
  'a key without its kind': published((right) => right.map(({ kty: _, ...rest }) => rest)),
  'a key for encryption': published((right) => right.map((key) => ({ ...key, use: 'enc' }))),
  'a key of another algorithm': published((right) => right.map((key) => ({ ...key, alg: 'ES384' }))),
  'a symmetric key': published(() => [{ kty: 'oct', k: 'c2VjcmV0', kid: 'key-1', alg: 'HS256' }]),
  'a private key': published((right) => right.map((key) => ({ ...key, d: key.x }))),
  'a point that is on no curve': published((right) => right.map((key) => ({ ...key, y: key.x }))),
  'an RSA key of 1024 bits': async (op) => {
    const { privateKey, publicKey } = await shortRsaKey();
    const jwk = { ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: 'key-1' };
    op.signing = { ...op.signing, jwk };
    op.metadata = (right) => ({ ...right, id_token_signing_alg_values_supported: ['RS256'] });
    op.idToken = async (right) => {
      const header = base64url.encode(JSON.stringify({ alg: 'RS256', kid: 'key-1' }));
      const signed = `${header}.${right.split('.')[1]}`;
      const signature = await crypto.subtle.sign(RSA.name, privateKey, new TextEncoder().encode(signed));
      return `${signed}.${base64url.encode(new Uint8Array(signature))}`;
    };
  },
  'a key listed twice': published((right) => [...right, ...right, ...right]),
  'two keys without a key id': async (op) => {
    const { publicKey } = await generateKeyPair('ES256', { extractable: true });
    const other = await exportJWK(publicKey);
    op.keys = (right) => [other, ...right.map(({ kid: _, ...key }) => key)] as Members[];
    op.idTokenHeader = ({ kid: _, ...right }) => right;
  },
  'two keys under one key id': async (op) => {
    const { publicKey } = await generateKeyPair('ES256', { extractable: true });
    const other = await exportJWK(publicKey);
    op.keys = (right) => [{ ...other, kid: 'key-1' }, ...right];
  },
  'a key without a key id': published((right) => right.map(({ kid: _, ...key }) => key)),
  'a key with empty members': published((right) =>
    right.map((key) => ({ ...key, alg: '', use: '', key_ops: null })),
  ),
  'a key with every member there is, most of them null': published((right) =>
    right.map((key) => ({ ...EMPTY_MEMBERS, ...key, key_ops: [] })),
  ),
  'a key whose algorithm is its kind': published((right) => right.map((key) => ({ ...key, alg: key.kty }))),
  'a broken key under the same key id': published((right) => [
    { kty: 'EC', crv: 'P-256', kid: 'key-1', x: 'AA' },
    ...right,
  ]),
  'a key of an unknown kind beside it': published((right) => [
    { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA', kid: 'pq' },
    ...right,
  ]),
  'the newer name of its algorithm': ed25519('EdDSA', 'Ed25519'),
  'the older name of its algorithm': ed25519('Ed25519', 'EdDSA'),
  'a key whose id is no text': published((right) =>
    right.map((key) => ({ ...key, kid: { length: 2_000_000_000 } })),
  ),
  'keys among hundreds of others': async (op) => {
    const { publicKey } = await generateKeyPair('ES256', { extractable: true });
    const other = await exportJWK(publicKey);
    op.keys = (right) => [
      ...Array.from({ length: 300 }, (_, index) => ({ ...other, kid: `o${index}` })),
      ...right,
    ];
  },
} as const satisfies Record<string, Anomaly>;

/** Signs with Ed25519 under one of its names (RFC 8037 §3.1, RFC 9864 §2.2), and publishes the other. */
function ed25519(published: string, signed: string): Anomaly {
  return async (op) => {
    const { key, jwk } = await signingKey('key-1', signed);
    op.signing = { key, jwk: { ...jwk, alg: published } };
    op.idTokenHeader = (right) => ({ ...right, alg: signed });
    members({ id_token_signing_alg_values_supported: [published] })(op);
  };
}

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 1024 };

function shortRsaKey(): Promise<CryptoKeyPair> {
  const parameters = { ...RSA, publicExponent: new Uint8Array([1, 0, 1]) };
  return crypto.subtle.generateKey(parameters, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
}

export const METADATA = { ...DISCOVERED, ...KEYS };
