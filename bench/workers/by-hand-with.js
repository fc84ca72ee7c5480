import { Hono } from 'hono/tiny';
import { CompactEncrypt, compactDecrypt } from 'jose';
import * as oauth from 'oauth4webapi';
import { client, PARTS, sealingKeyOf } from './hand-written-client.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const DEADLINE_MS = 10_000;

const jose = {
  async seal(env, value) {
    return new CompactEncrypt(encoder.encode(JSON.stringify(value)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: 'bench' })
      .encrypt(await sealingKeyOf(env));
  },
  async open(env, cookie) {
    if (!cookie) return undefined;
    const allowed = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
    const { plaintext } = await compactDecrypt(cookie, await sealingKeyOf(env), allowed);
    return JSON.parse(decoder.decode(plaintext));
  },
};

let server;
let authentication;

const oauth4webapi = {
  async exchange(parts, env, url, { state, nonce, verifier }) {
    server ??= {
      issuer: env.ISSUER,
      token_endpoint: `${env.ISSUER}/token`,
      jwks_uri: `${env.ISSUER}/jwks`,
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: true,
    };
    authentication ??= oauth.ClientSecretBasic(env.CLIENT_SECRET);
    const client = { client_id: env.CLIENT_ID };
    const options = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: parts.fetch };
    const parameters = oauth.validateAuthResponse(server, client, url.searchParams, state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      parameters,
      `${url.origin}/callback`,
      verifier,
      options,
    );
    const expected = { expectedNonce: nonce, requireIdToken: true };
    const answer = await oauth.processAuthorizationCodeResponse(server, client, response, expected);
    await oauth.validateApplicationLevelSignature(server, response, options);
    return { answer, claims: oauth.getValidatedIdTokenClaims(answer) };
  },
};

/** The answer is read to its end within the time. */
const deadline = {
  async fetch(url, init) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), DEADLINE_MS);
    try {
      const response = await fetch(url, { ...init, signal: controller.signal });
      const body = await response.json();
      const { status, headers } = response;
      return Object.assign(new Response(null, { status, headers }), { json: async () => body });
    } finally {
      clearTimeout(timer);
    }
  },
};

const log = {
  log(event) {
    const facts = { flow: '0123456789abcdef', provider: 'bench', session: '0123456789ab', duration_ms: 1 };
    console.log(JSON.stringify({ event, ...facts, provider_requests: 1 }));
  },
};

/** Those that Drawbridge sends: `[name, value][]`. */
const headersOf = ({ HEADERS }) => ({
  redirect(...answer) {
    const response = PARTS.redirect(...answer);
    for (const [name, value] of HEADERS) response.headers.set(name, value);
    return response;
  },
});

function routed({ fetch }) {
  const app = new Hono();
  for (const path of ['/healthz', '/login', '/callback', '/session', '/session/refresh']) {
    app.all(path, (c) => fetch(c.req.raw, c.env));
  }
  return app;
}

/** The Worker by hand that also has, or has instead, what `WITH` names. */
function workerWith(env) {
  const extras = { jose, oauth4webapi, deadline, log, headers: headersOf(env) };
  const named = env.WITH.split(' ');
  const worker = client(Object.assign({}, ...named.map((name) => extras[name])));
  return named.includes('hono') ? routed(worker) : worker;
}

let worker;

export default {
  fetch(request, env, context) {
    worker ??= workerWith(env);
    return worker.fetch(request, env, context);
  },
};
