/**
 * The provider that every client of the benchmark meets: discovery, keys, token endpoint. A code is the JSON of
 * what the authorization request asked for, so the load needs no browser and this Worker no memory. Its access tokens
 * have `ACCESS_TOKEN_BYTES`; with `ID_TOKEN_BYTES` its ID tokens have so many, and it has an end-session endpoint.
 */
const KEY = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
const KID = 'bench';
const CLIENT_ID = 'bench-client';
const LIFETIME_SECONDS = 3600;
const REFRESH_TOKEN_BYTES = 40;

/** Of RS256 with a key of 2048 bits, as base64url. */
const SIGNATURE_LENGTH = 342;

const encoder = new TextEncoder();
const encode = (bytes) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
const encodeJson = (value) => encode(encoder.encode(JSON.stringify(value)));

let keys;
let requests = 0;
/** How far the clock was moved, in seconds. */
let offset = 0;

function makeKeys() {
  keys ??= crypto.subtle.generateKey({ ...KEY, hash: 'SHA-256' }, true, ['sign', 'verify']);
  return keys;
}

function token(length) {
  return encode(crypto.getRandomValues(new Uint8Array(length))).slice(0, length);
}

async function idToken(issuer, { nonce, claims }, length) {
  const now = Math.floor(Date.now() / 1000) + offset;
  const head = encodeJson({ alg: 'RS256', kid: KID, typ: 'JWT' });
  const members = {
    iss: issuer,
    aud: CLIENT_ID,
    sub: '248289761001248289761',
    iat: now,
    exp: now + LIFETIME_SECONDS,
    nonce,
    name: 'Ashley Example',
    email: 'ashley@users.example',
    email_verified: true,
    ...claims,
  };
  const missing = length - (head.length + encodeJson(members).length + SIGNATURE_LENGTH + 2);
  if (missing > 0) members.jti = 'x'.repeat(Math.max(0, Math.round((missing * 3) / 4) - ',"jti":""'.length));
  const payload = encodeJson(members);
  const { privateKey } = await makeKeys();
  const signature = await crypto.subtle.sign(KEY.name, privateKey, encoder.encode(`${head}.${payload}`));
  return `${head}.${payload}.${encode(new Uint8Array(signature))}`;
}

async function answerToken(request, issuer, env) {
  const form = new URLSearchParams(await request.text());
  const tokens = {
    access_token: token(Number(env.ACCESS_TOKEN_BYTES)),
    token_type: 'Bearer',
    expires_in: LIFETIME_SECONDS,
    refresh_token: token(REFRESH_TOKEN_BYTES),
    scope: 'openid profile email',
  };
  if (form.get('grant_type') === 'refresh_token') return Response.json(tokens);
  const { code_challenge, ...asked } = JSON.parse(form.get('code') ?? '{}');
  const digest = await crypto.subtle.digest('SHA-256', encoder.encode(form.get('code_verifier') ?? ''));
  if (encode(new Uint8Array(digest)) !== code_challenge) {
    return Response.json({ error: 'invalid_grant' }, { status: 400 });
  }
  return Response.json({
    ...tokens,
    id_token: await idToken(issuer, asked, Number(env.ID_TOKEN_BYTES ?? 0)),
  });
}

export default {
  async fetch(request, env) {
    const { origin: issuer, pathname, searchParams } = new URL(request.url);
    if (pathname === '/count') return Response.json({ requests });
    if (pathname === '/clock') {
      offset += Number(searchParams.get('seconds'));
      return new Response();
    }
    requests++;
    if (pathname === '/token') return answerToken(request, issuer, env);
    if (pathname === '/jwks') {
      const key = await crypto.subtle.exportKey('jwk', (await makeKeys()).publicKey);
      return Response.json({ keys: [{ ...key, kid: KID, alg: 'RS256', use: 'sig' }] });
    }
    if (pathname !== '/.well-known/openid-configuration') return new Response(null, { status: 404 });
    return Response.json({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      scopes_supported: ['openid', 'profile', 'email'],
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: true,
      ...(env.ID_TOKEN_BYTES && { end_session_endpoint: `${issuer}/logout` }),
    });
  },
};
