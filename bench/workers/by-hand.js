const encoder = new TextEncoder();
const decoder = new TextDecoder();
const encode = (bytes) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
const decode = (text) => Uint8Array.fromBase64(text, { alphabet: 'base64url' });
const SCOPE = 'openid profile email';
const random = () => encode(crypto.getRandomValues(new Uint8Array(32)));
const sha256 = async (text) => new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));

let sealingKey;
let verifyKeys;

/** The key that seals cookies, imported once. */
async function sealingKeyOf({ SESSION_SECRET }) {
  sealingKey ??= await crypto.subtle.importKey('raw', await sha256(SESSION_SECRET), 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ]);
  return sealingKey;
}

export async function seal(env, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const text = encoder.encode(JSON.stringify(value));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await sealingKeyOf(env), text);
  return `${encode(iv)}.${encode(new Uint8Array(sealed))}`;
}

export async function open(env, cookie) {
  if (!cookie) return undefined;
  const [iv, sealed] = cookie.split('.').map(decode);
  const key = await sealingKeyOf(env);
  try {
    return JSON.parse(decoder.decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed)));
  } catch {
    return undefined;
  }
}

function cookieOf(request, name) {
  for (const pair of (request.headers.get('cookie') ?? '').split('; ')) {
    if (pair.startsWith(`${name}=`)) return pair.slice(name.length + 1);
  }
  return undefined;
}

const setCookie = (name, value, seconds) =>
  `${name}=${value}; Max-Age=${seconds}; Path=/; HttpOnly; Secure; SameSite=Lax`;

async function authorizationUrl(env, redirectUri, { state, nonce, verifier }) {
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: env.CLIENT_ID,
    redirect_uri: redirectUri,
    scope: SCOPE,
    state,
    nonce,
    code_challenge: encode(await sha256(verifier)),
    code_challenge_method: 'S256',
  });
  return `${env.ISSUER}/authorize?${parameters}`;
}

/** What nobody may guess, and when it was made. */
export function newAttempt() {
  return { state: random(), nonce: random(), verifier: random(), at: Date.now() };
}

async function login(request, env, authorizationUrl) {
  const attempt = newAttempt();
  const url = await authorizationUrl(env, `${new URL(request.url).origin}/callback`, attempt);
  return redirect(302, url, [setCookie('login', await seal(env, attempt), 600)]);
}

async function callback(request, env, exchange) {
  const url = new URL(request.url);
  const attempt = await open(env, cookieOf(request, 'login'));
  if (!attempt || Date.now() - attempt.at > 600_000) return refuse('no login');
  const result = await exchange(env, url, attempt);
  if (!result) return refuse('exchange');
  const sealed = await seal(env, sessionOf(result.answer, result.claims, Date.now()));
  return redirect(303, '/session', [setCookie('login', '', 0), setCookie('session', sealed, 86_400)]);
}

/** The answer that sends the browser on. */
function redirect(status, location, cookies) {
  const headers = new Headers({ location });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(null, { status, headers });
}

async function exchange(env, url, { state, nonce, verifier }) {
  if (url.searchParams.get('state') !== state) return undefined;
  if (url.searchParams.get('iss') !== env.ISSUER) return undefined;
  const answer = await askToken(env, {
    grant_type: 'authorization_code',
    code: url.searchParams.get('code'),
    redirect_uri: `${url.origin}/callback`,
    code_verifier: verifier,
  });
  const claims = answer && (await verify(env, answer.id_token, nonce));
  return claims && { answer, claims };
}

async function askToken(env, parameters) {
  const response = await fetch(`${env.ISSUER}/token`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${btoa(`${env.CLIENT_ID}:${env.CLIENT_SECRET}`)}`,
    },
    body: new URLSearchParams(parameters).toString(),
    redirect: 'manual',
  });
  return response.ok ? response.json() : undefined;
}

export function sessionOf(answer, { sub, name, email }, now) {
  const { access_token, refresh_token, token_type, scope, expires_in } = answer;
  const expires_at = Math.floor(now / 1000) + expires_in;
  return { sub, name, email, access_token, refresh_token, token_type, scope, expires_at };
}

async function verify(env, token, nonce) {
  const [head, body, signature] = token.split('.');
  const { alg, kid } = JSON.parse(decoder.decode(decode(head)));
  if (alg !== 'RS256') return undefined;
  verifyKeys ??= await importKeys(env);
  const key = verifyKeys.get(kid);
  const signed = encoder.encode(`${head}.${body}`);
  if (!key || !(await crypto.subtle.verify('RSASSA-PKCS1-v1_5', key, decode(signature), signed))) {
    return undefined;
  }
  const claims = JSON.parse(decoder.decode(decode(body)));
  const now = Date.now() / 1000;
  const good =
    claims.iss === env.ISSUER &&
    claims.aud === env.CLIENT_ID &&
    claims.exp > now &&
    claims.iat < now + 60 &&
    claims.nonce === nonce &&
    typeof claims.sub === 'string';
  return good ? claims : undefined;
}

async function importKeys(env) {
  const { keys } = await (await fetch(`${env.ISSUER}/jwks`)).json();
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const entries = keys.map(async (key) => [
    key.kid,
    await crypto.subtle.importKey('jwk', key, algorithm, false, ['verify']),
  ]);
  return new Map(await Promise.all(entries));
}

async function session(request, env) {
  const held = await open(env, cookieOf(request, 'session'));
  return held ? Response.json(publicOf(held)) : refuse('not_signed_in', 401);
}

export function publicOf({ sub, name, email, token_type, scope, expires_at }) {
  return { sub, claims: { name, email }, grants: [{ token_type, scope, expires_at }] };
}

async function refresh(request, env) {
  const held = await open(env, cookieOf(request, 'session'));
  if (!held || request.headers.get('sec-fetch-site') !== 'same-origin') return refuse('not_signed_in', 401);
  const answer = await askToken(env, {
    grant_type: 'refresh_token',
    refresh_token: held.refresh_token,
  });
  if (!answer) return refuse('token');
  const renewed = sessionOf({ ...held, ...answer }, held, Date.now());
  const headers = { 'set-cookie': setCookie('session', await seal(env, renewed), 86_400) };
  return Response.json(publicOf(renewed), { headers });
}

const refuse = (error, status = 400) => Response.json({ error }, { status });

const page = (_, { PAGE }) => new Response(PAGE, { headers: { 'content-type': 'text/html; charset=UTF-8' } });

/**
 * A client of one provider as a Worker, without any library: the floor for a login. It does what the protocol asks for
 * (state, nonce, PKCE, `iss`, the ID token's claims and signature) and seals its cookies, and nothing besides: one provider,
 * one secret, no error pages, no settings to check, no quirks, no headers that nobody asked for.
 */
export default workerWith({ authorizationUrl, exchange });

/**
 * The same with a library for the protocol: `authorizationUrl` says where the browser goes for a login attempt, `exchange`
 * finishes the login: `{ answer, claims }`.
 */
export function workerWith({ authorizationUrl, exchange }) {
  const routes = {
    '/': page,
    '/login': (request, env) => login(request, env, authorizationUrl),
    '/callback': (request, env) => callback(request, env, exchange),
    '/session': session,
  };
  return {
    fetch(request, env) {
      const { pathname } = new URL(request.url);
      if (pathname === '/healthz') return Response.json({ status: 'ok' });
      if (pathname === '/session/refresh' && request.method === 'POST') return refresh(request, env);
      const route = routes[pathname];
      return route ? route(request, env) : refuse('not_found', 404);
    },
  };
}
