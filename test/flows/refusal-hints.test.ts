import { CompactEncrypt, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/error-kinds.ts';
import type { Env } from '../../src/settings/env.ts';
import { type ScriptedProvider, signingKey } from '../fakes/scripted-provider.ts';
import { signedAnswer } from '../fakes/signed-answer.ts';
import { locationOf, type Visitor } from '../support/visitor.ts';
import { stage } from './journey.ts';

type Members = Record<string, unknown>;
type Answer = (right: URLSearchParams, op: ScriptedProvider) => URLSearchParams | Promise<URLSearchParams>;

interface Refusal {
  readonly entry?: Members;
  readonly env?: Env;
  readonly arrange?: (op: ScriptedProvider) => unknown;
  readonly answer?: Answer;
  readonly error: ErrorCode;
  /** What the hint must speak of. */
  readonly hint: RegExp;
}

async function newKey(alg: string, use: string): Promise<{ secret: string; public: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const secret = JSON.stringify({ ...(await exportJWK(privateKey)), alg, use });
  return { secret, public: await exportJWK(publicKey) };
}

const signing = await newKey('ES256', 'sig');
const opening = await newKey('ECDH-ES', 'enc');
const foreign = await newKey('ECDH-ES', 'enc');

async function encrypt(token: string, { public: key }: typeof opening, more: Members = {}): Promise<string> {
  const header = { alg: 'ECDH-ES', enc: 'A256GCM', cty: 'JWT', ...more };
  return new CompactEncrypt(new TextEncoder().encode(token))
    .setProtectedHeader(header)
    .encrypt(await importJWK(key, 'ECDH-ES'));
}

/** A login as far as it gets. */
async function signIn(op: ScriptedProvider, visitor: Visitor, answer: Answer = (right) => right) {
  const started = await visitor.getJson('/login');
  if (started.status !== 302) return started;
  const sentTo = locationOf(started);
  return visitor.getJson(`/callback?${await answer(op.authorize(sentTo), op)}`);
}

const withError =
  (error: string): Answer =>
  (right) => {
    right.delete('code');
    right.set('error', error);
    return right;
  };

const answers = (path: string, status: number, body: Members, headers: Record<string, string> = {}) => {
  return (op: ScriptedProvider) => {
    op.answers[path] = () => Response.json(body, { status, headers });
  };
};

const claims = (change: Members) => (op: ScriptedProvider) => {
  op.idTokenClaims = (right) => ({ ...right, ...change });
};

/** Userinfo as a signed JWT (OpenID Connect Core §5.3.2). */
const signedUserinfo = (change: Members) => {
  return (op: ScriptedProvider) => {
    op.answers['/userinfo'] = async () => {
      const members = { iss: op.issuer, aud: op.clientId, sub: op.sub, name: 'Ada', ...change };
      const header = op.idTokenHeader({ alg: 'ES256', kid: 'key-1' });
      const jwt = await new SignJWT(members).setProtectedHeader(header).sign(op.signing.key);
      return new Response(jwt, { headers: { 'content-type': 'application/jwt' } });
    };
  };
};

/** Userinfo as encrypted JSON, without a signature (OpenID Connect Core §5.3.2). */
const encryptedUserinfo = (change: Members) => (op: ScriptedProvider) => {
  op.answers['/userinfo'] = async () => {
    const jwe = await encrypt(JSON.stringify({ sub: op.sub, name: 'Ada', ...change }), opening);
    return new Response(jwe, { headers: { 'content-type': 'application/jwt' } });
  };
};

const PAR = { require_pushed_authorization_requests: true };
const JAR = { entry: { request_object_signing_alg: 'ES256' }, env: { OP_PRIVATE_KEY: signing.secret } };
const DPOP = { dpop_bound_access_tokens: true };
const JARM = { response_mode: 'jwt' };
const PROFILE = { scope: 'openid profile' };
const REQUIRED = { ...PROFILE, userinfo: 'required' };
const jarm =
  (change: Members): Answer =>
  (right, op) =>
    signedAnswer(op, right, (members) => ({ ...members, ...change }));

const REFUSALS: Readonly<Record<string, Refusal>> = {
  'PAR: the request is faulty': {
    entry: PAR,
    arrange: answers('/par', 400, { error: 'invalid_request' }),
    error: 'provider_error',
    hint: /redirect URI/,
  },
  'PAR: the client is not known': {
    entry: PAR,
    arrange: answers('/par', 401, { error: 'invalid_client' }),
    error: 'provider_error',
    hint: /`client_id`.*secret/,
  },
  'PAR: a firewall answers (403, a page)': {
    entry: PAR,
    arrange: (op) => {
      op.answers['/par'] = () => new Response('<h1>Forbidden</h1>', { status: 403 });
    },
    error: 'provider_error',
    hint: /allow pushed requests.*require_pushed_authorization_requests = false/,
  },
  'token: Basic is answered by unauthorized_client': {
    arrange: answers('/token', 400, { error: 'unauthorized_client' }),
    error: 'token_request_failed',
    hint: /`token_endpoint_auth_method` to `client_secret_post`/,
  },
  'token: Basic is answered by invalid_request': {
    arrange: answers('/token', 400, { error: 'invalid_request' }),
    error: 'token_request_failed',
    hint: /`token_endpoint_auth_method` to `client_secret_post`/,
  },
  'token: DPoP is wanted (RFC 9449 §5)': {
    arrange: answers('/token', 400, { error: 'invalid_request', error_description: 'DPoP proof is missing' }),
    error: 'token_request_failed',
    hint: /`dpop_bound_access_tokens = true`/,
  },
  'token: a DPoP proof is wanted, by code alone': {
    arrange: answers('/token', 400, { error: 'invalid_dpop_proof' }),
    error: 'token_request_failed',
    hint: /set `dpop_bound_access_tokens = true`/,
  },
  'token: there is no token_type': {
    arrange: (op) => {
      op.tokenResponse = (right) => ({ ...right, token_type: undefined });
    },
    error: 'token_response_invalid',
    hint: /`token_type = "bearer"`/,
  },
  'token: the access token is elsewhere': {
    arrange: (op) => {
      op.tokenResponse = ({ access_token, ...right }) => ({ ...right, data: { access_token } });
    },
    error: 'token_response_invalid',
    hint: /`token_path`/,
  },
  'token: the endpoint redirects': {
    arrange: (op) => {
      op.answers['/token'] = () =>
        new Response(null, { status: 308, headers: { location: 'https://op.example/token/' } });
    },
    error: 'token_request_failed',
    hint: /Set `token_endpoint` to the address/,
  },
  'token: there is nothing at the endpoint': {
    arrange: answers('/token', 404, {}),
    error: 'token_request_failed',
    hint: /Compare `token_endpoint`/,
  },
  'token: a form is not taken': {
    arrange: answers('/token', 415, { message: 'Unsupported Media Type' }),
    error: 'token_request_failed',
    hint: /`token_request_format = "json"`/,
  },
  'token: the secret is wrong, in the words of nobody else': {
    arrange: answers('/token', 400, { message: 'Invalid client secret' }),
    error: 'token_request_failed',
    hint: /Copy the secret again/,
  },
  'token: an error with status 200 in the words of nobody else': {
    arrange: answers('/token', 200, { errcode: 40125, errmsg: 'invalid appsecret, app secret is wrong' }),
    error: 'token_request_failed',
    hint: /secret/,
  },
  'openid: a plain OAuth server does not know it': {
    answer: (right) => {
      right.delete('code');
      right.set('error', 'invalid_scope');
      right.set('error_description', "Unknown scope 'openid'");
      return right;
    },
    error: 'provider_error',
    hint: /[Rr]emove `openid` from `scope`/,
  },
  'PAR: there is no place for it': {
    entry: PAR,
    arrange: (op) => {
      op.metadata = (right) => ({ ...right, pushed_authorization_request_endpoint: undefined });
    },
    error: 'provider_unreachable',
    hint: /`pushed_authorization_request_endpoint`/,
  },
  'PAR: the pushed request is no longer known': {
    entry: PAR,
    answer: withError('invalid_request_uri'),
    error: 'provider_error',
    hint: /Start again/,
  },
  'JAR: the request object is refused': {
    ...JAR,
    answer: withError('invalid_request_object'),
    error: 'provider_error',
    hint: /`request_object_signing_alg`/,
  },
  'JAR: claims that are no JSON': {
    ...JAR,
    entry: { ...JAR.entry, authorization_params: { claims: 'email' } },
    error: 'invalid_request',
    hint: /`claims`/,
  },
  'JAR: authorization details that are no list': {
    ...JAR,
    entry: { ...JAR.entry, authorization_params: { authorization_details: '{}' } },
    error: 'invalid_request',
    hint: /`authorization_details`/,
  },
  'JAR: a max_age that is no number': {
    ...JAR,
    entry: { ...JAR.entry, authorization_params: { max_age: 'soon' } },
    error: 'invalid_request',
    hint: /`max_age`/,
  },
  'JAR: request objects are not taken': {
    ...JAR,
    answer: withError('request_not_supported'),
    error: 'provider_error',
    hint: /Remove `request_object_signing_alg`/,
  },
  'RFC 8707: the resource is not known': {
    entry: { resource: 'https://api.example' },
    answer: withError('invalid_target'),
    error: 'provider_error',
    hint: /`resource`/,
  },
  'RFC 9396: the authorization details are refused': {
    entry: { authorization_details: [{ type: 'payment' }] },
    answer: withError('invalid_authorization_details'),
    error: 'provider_error',
    hint: /`authorization_details`/,
  },
  'DPoP: a nonce is asked for again and again (RFC 9449 §8)': {
    entry: DPOP,
    arrange: answers('/token', 400, { error: 'use_dpop_nonce' }, { 'dpop-nonce': 'n' }),
    error: 'token_request_failed',
    hint: /`dpop_bound_access_tokens`/,
  },
  'DPoP: the proof is refused': {
    entry: DPOP,
    arrange: answers('/token', 400, { error: 'invalid_dpop_proof' }),
    error: 'token_request_failed',
    hint: /clock/,
  },
  'DPoP: the token is not bound (RFC 9449 §5)': {
    entry: DPOP,
    error: 'token_response_invalid',
    hint: /Enable DPoP/,
  },
  'DPoP: the token is bound, though nobody asked': {
    arrange: (op) => {
      op.tokenType = 'DPoP';
    },
    error: 'token_response_invalid',
    hint: /`dpop_bound_access_tokens = true`/,
  },
  'JARM: the answer is not signed': { entry: JARM, error: 'invalid_request', hint: /`response_mode`/ },
  'JARM: an error is not signed, as the request was not understood': {
    entry: JARM,
    answer: withError('invalid_request_object'),
    error: 'provider_error',
    hint: /`request_object_signing_alg`/,
  },
  'JARM: an error of another issuer is not signed': {
    entry: JARM,
    answer: (right, op) => {
      const answer = withError('access_denied')(right, op) as URLSearchParams;
      answer.set('iss', 'https://evil.example');
      return answer;
    },
    error: 'issuer_mismatch',
    hint: /`issuer`/,
  },
  'JARM: it comes from another issuer': {
    entry: JARM,
    answer: jarm({ iss: 'https://evil.example' }),
    error: 'issuer_mismatch',
    hint: /`issuer`/,
  },
  'JARM: it is for another client': {
    entry: JARM,
    answer: jarm({ aud: 'client-2' }),
    error: 'invalid_request',
    hint: /`client_id`/,
  },
  'JARM: it has expired': {
    entry: JARM,
    answer: jarm({ exp: Math.floor(Date.now() / 1000) - 600 }),
    error: 'invalid_request',
    hint: /clock/,
  },
  'JARM: it is signed by another algorithm than registered': {
    entry: { ...JARM, authorization_signed_response_alg: 'PS256' },
    answer: jarm({}),
    error: 'invalid_request',
    hint: /`authorization_signed_response_alg`/,
  },
  'JARM: it is signed by a key that nobody has': {
    entry: JARM,
    arrange: (op) => {
      op.idTokenHeader = (right) => ({ ...right, kid: 'key-2' });
    },
    answer: jarm({}),
    error: 'invalid_request',
    hint: /`jwks_uri`/,
  },
  'JARM: it is encrypted for another key': {
    entry: JARM,
    env: { OP_PRIVATE_KEY: opening.secret },
    answer: async (right, op) => {
      const response = (await signedAnswer(op, right)).get('response') ?? '';
      // Its `state` can't be read, so the login is not found.
      return new URLSearchParams({ response: await encrypt(response, foreign) });
    },
    error: 'state_mismatch',
    hint: /Start again/,
  },
  'ID token: encrypted, and there is no key': {
    arrange: (op) => {
      op.idToken = (right) => encrypt(right, foreign);
    },
    error: 'id_token_invalid',
    hint: /"use": "enc"/,
  },
  'ID token: encrypted for another key': {
    env: { OP_PRIVATE_KEY: opening.secret },
    arrange: (op) => {
      op.idToken = (right) => encrypt(right, foreign);
    },
    error: 'id_token_invalid',
    hint: /"use": "enc"/,
  },
  'ID token: encrypted, with the hash of another access token': {
    env: { OP_PRIVATE_KEY: opening.secret },
    arrange: (op) => {
      claims({ at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' })(op);
      op.idToken = (right) => encrypt(right, opening);
    },
    error: 'id_token_invalid',
    hint: /Start again/,
  },
  'ID token: encrypted and compressed (RFC 8725 §3.6)': {
    env: { OP_PRIVATE_KEY: opening.secret },
    arrange: (op) => {
      op.idToken = (right) => encrypt(right, opening, { zip: 'DEF' });
    },
    error: 'id_token_invalid',
    hint: /"use": "enc"/,
  },
  'ID token: for others as well': {
    arrange: claims({ aud: ['client-1', 'project-1'], azp: 'client-1' }),
    error: 'id_token_invalid',
    hint: /`trusted_audiences`/,
  },
  'ID token: without the nonce': {
    arrange: claims({ nonce: undefined }),
    error: 'id_token_invalid',
    hint: /`nonce = false`/,
  },
  'ID token: a time as text': {
    arrange: claims({ exp: '2030-01-01T00:00:00Z' }),
    error: 'id_token_invalid',
    hint: /a time as text/,
  },
  'ID token: by the client secret': {
    entry: { id_token_signed_response_alg: 'HS256' },
    error: 'id_token_invalid',
    hint: /HS256\) are not accepted: choose RS256/,
  },
  'keys: they have no place': {
    arrange: (op) => {
      op.metadata = (right) => ({ ...right, jwks_uri: undefined });
    },
    error: 'provider_unreachable',
    hint: /Set `jwks_uri`/,
  },
  'keys: they are certificates': {
    arrange: answers('/jwks', 200, { 'key-1': '-----BEGIN CERTIFICATE-----' }),
    error: 'provider_unreachable',
    hint: /JWK Set/,
  },
  'metadata: it names no token endpoint': {
    arrange: (op) => {
      op.metadata = (right) => ({ ...right, token_endpoint: undefined });
    },
    error: 'token_response_invalid',
    hint: /Set `token_endpoint`/,
  },
  'userinfo: it is a page': {
    entry: {
      issuer: undefined,
      scope: 'read',
      authorization_endpoint: 'https://op.example/authorize',
      token_endpoint: 'https://op.example/token',
      userinfo_endpoint: 'https://op.example/userinfo',
    },
    arrange: (op) => {
      op.answers['/userinfo'] = () => new Response('<h1>Sign in</h1>');
    },
    error: 'token_response_invalid',
    hint: /`userinfo_endpoint`/,
  },
  'userinfo: it is about somebody else': {
    entry: { scope: 'openid profile' },
    arrange: (op) => {
      op.userinfoResponse = () => ({ sub: 'user-2' });
    },
    error: 'token_response_invalid',
    hint: /`userinfo = "off"`/,
  },
  'ID token: of another issuer': {
    arrange: claims({ iss: 'https://evil.example' }),
    error: 'id_token_invalid',
    hint: /`issuer`/,
  },
  'ID token: for another client': {
    arrange: claims({ aud: 'client-2' }),
    error: 'id_token_invalid',
    hint: /`client_id`/,
  },
  'ID token: for a second audience too': {
    arrange: claims({ aud: ['client-1', 'client-2'], azp: 'client-1' }),
    error: 'id_token_invalid',
    hint: /`client_id`/,
  },
  'ID token: of another login': {
    arrange: claims({ nonce: 'x' }),
    error: 'id_token_invalid',
    hint: /another sign-in/,
  },
  'ID token: expired': { arrange: claims({ exp: 1 }), error: 'id_token_invalid', hint: /clock/ },
  'ID token: the sign-in is too old': {
    entry: { max_age: 60 },
    arrange: claims({ auth_time: 1 }),
    error: 'id_token_invalid',
    hint: /`max_age`/,
  },
  'ID token: by another way of signing in': {
    entry: { authorization_params: { acr_values: 'phr' } },
    arrange: claims({ acr: 'pwd' }),
    error: 'id_token_invalid',
    hint: /`acr_values`/,
  },
  'ID token: by another algorithm than registered': {
    entry: { id_token_signed_response_alg: 'PS256' },
    error: 'id_token_invalid',
    hint: /`id_token_signed_response_alg`/,
  },
  'ID token: missing': {
    arrange: (op) => {
      op.tokenResponse = (right) => ({ ...right, id_token: undefined });
    },
    error: 'id_token_invalid',
    hint: /remove `openid` from `scope`/,
  },
  'userinfo: not signed, though that is registered': {
    entry: { ...PROFILE, userinfo_signed_response_alg: 'ES256' },
    error: 'token_response_invalid',
    hint: /remove `userinfo_signed_response_alg`/,
  },
  'userinfo: encrypted, about somebody else': {
    env: { OP_PRIVATE_KEY: opening.secret },
    entry: PROFILE,
    arrange: encryptedUserinfo({ sub: 'user-2' }),
    error: 'token_response_invalid',
    hint: /`userinfo_endpoint`/,
  },
  'userinfo: encrypted and not signed, though that is registered': {
    env: { OP_PRIVATE_KEY: opening.secret },
    entry: { ...PROFILE, userinfo_signed_response_alg: 'ES256' },
    arrange: encryptedUserinfo({}),
    error: 'token_response_invalid',
    hint: /`userinfo_signed_response_alg`/,
  },
  'userinfo: signed by another issuer': {
    entry: PROFILE,
    arrange: signedUserinfo({ iss: 'https://evil.example' }),
    error: 'token_response_invalid',
    hint: /`issuer`/,
  },
  'userinfo: signed for another client': {
    entry: PROFILE,
    arrange: signedUserinfo({ aud: 'client-2' }),
    error: 'token_response_invalid',
    hint: /`client_id`/,
  },
  'userinfo: signed by a key that is not the provider’s': {
    entry: PROFILE,
    arrange: async (op) => {
      const { key } = await signingKey('key-1');
      op.answers['/userinfo'] = async () => {
        const signed = new SignJWT({ sub: op.sub }).setProtectedHeader({ alg: 'ES256', kid: 'key-1' });
        const headers = { 'content-type': 'application/jwt' };
        return new Response(await signed.sign(key), { headers });
      };
    },
    error: 'token_response_invalid',
    hint: /`jwks_uri`/,
  },
  'userinfo: the token is refused': {
    entry: { ...PROFILE, userinfo: 'required' },
    arrange: answers('/userinfo', 401, {}, { 'www-authenticate': 'Bearer error="invalid_token"' }),
    error: 'token_response_invalid',
    hint: /`userinfo_endpoint`/,
  },
};

describe('a refusal says what to change', () => {
  it.each(Object.entries(REFUSALS))('%s', async (_, refusal) => {
    const { op, visitor } = await stage(refusal.entry, refusal.env);
    await refusal.arrange?.(op);
    const response = await signIn(op, visitor, refusal.answer);
    const told = (await response.json()) as { error: string; hint: string };
    expect(told).toMatchObject({ error: refusal.error, hint: expect.stringMatching(refusal.hint) });
    expect((await visitor.getJson('/session')).status).toBe(401);
    expect(op.paths.filter((path) => path === '/token').length).toBeLessThanOrEqual(2);
  });
});

type Login = Pick<Refusal, 'entry' | 'arrange' | 'answer'>;

describe('a provider that signs and encrypts is understood', () => {
  const UNDERSTOOD: Readonly<Record<string, Login>> = {
    'an encrypted ID token': {
      arrange: (op) => {
        op.idToken = (right) => encrypt(right, opening);
      },
    },
    'signed userinfo (OpenID Connect Core §5.3.2)': { entry: PROFILE, arrange: signedUserinfo({}) },
    'signed userinfo without iss and aud': {
      entry: PROFILE,
      arrange: signedUserinfo({ iss: undefined, aud: undefined }),
    },
    'signed userinfo with claims that are null': {
      entry: REQUIRED,
      arrange: signedUserinfo({ exp: null, nbf: null, email: null }),
    },
    'signed userinfo by another name of its issuer': {
      entry: { ...REQUIRED, issuer_aliases: ['op.example'] },
      arrange: signedUserinfo({ iss: 'op.example' }),
    },
    'userinfo that is encrypted, not signed': { entry: REQUIRED, arrange: encryptedUserinfo({}) },
    'a signed answer (JARM)': { entry: JARM, answer: jarm({}) },
    'a signed and encrypted answer (JARM §2.2)': {
      entry: JARM,
      answer: async (right, op) => {
        const response = (await signedAnswer(op, right)).get('response') ?? '';
        return new URLSearchParams({ response: await encrypt(response, opening) });
      },
    },
  };

  it.each(Object.entries(UNDERSTOOD))('%s', async (_, { entry, arrange, answer }) => {
    const { op, visitor } = await stage(entry, { OP_PRIVATE_KEY: opening.secret });
    await arrange?.(op);
    expect((await signIn(op, visitor, answer)).status).toBe(303);
  });

  it.each<[string, string, string, object]>([
    ['another algorithm than the key names', 'RSA-OAEP', 'RSA-OAEP-256', {}],
    ['an algorithm that its key does not name', 'RSA-OAEP', '', {}],
    ['a key that is wrapped', 'ECDH-ES+A192KW', 'ECDH-ES', {}],
    ['a key on another curve', 'ECDH-ES+A256KW', 'ECDH-ES+A256KW', { crv: 'P-384' }],
  ])('an ID token that is encrypted with %s (RFC 7518 §4.1)', async (_, used, alg, curve) => {
    const { privateKey, publicKey } = await generateKeyPair(used, { extractable: true, ...curve });
    const { alg: __, ...key } = await exportJWK(privateKey);
    const secret = JSON.stringify({ ...key, use: 'enc', ...(alg !== '' && { alg }) });
    const { op, visitor } = await stage({}, { OP_PRIVATE_KEY: secret });
    op.idToken = (right) =>
      new CompactEncrypt(new TextEncoder().encode(right))
        .setProtectedHeader({ alg: used, enc: 'A256GCM', cty: 'JWT' })
        .encrypt(publicKey);
    expect((await signIn(op, visitor)).status).toBe(303);
  });

  const SIGNED: Readonly<Record<string, Login>> = {
    'an ID token': {},
    userinfo: { entry: PROFILE, arrange: signedUserinfo({}) },
    'an answer (JARM)': { entry: JARM, answer: jarm({}) },
  };

  it.each(Object.entries(SIGNED))('%s by a new key, after others were read', async (_, login) => {
    const { op, visitor } = await stage(login.entry);
    await login.arrange?.(op);
    expect((await signIn(op, visitor, login.answer)).status).toBe(303);
    await op.rotateKeys('key-2');
    expect((await signIn(op, visitor, login.answer)).status).toBe(303);
  });

  it('ID tokens by a new key in two logins at once: the keys are read again once', async () => {
    const { op, visitor } = await stage();
    await signIn(op, visitor);
    await op.rotateKeys('key-2');
    op.requests.length = 0;
    const started = [
      locationOf(await visitor.getJson('/login')),
      locationOf(await visitor.getJson('/login')),
    ];
    const ended = started.map((sentTo) => visitor.getJson(`/callback?${op.authorize(sentTo)}`));
    expect((await Promise.all(ended)).map(({ status }) => status)).toEqual([303, 303]);
    expect(op.paths.filter((path) => path === '/jwks').length).toBeLessThanOrEqual(2);
  });
});
