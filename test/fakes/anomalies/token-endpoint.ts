import {
  type Anomaly,
  answers,
  endless,
  json,
  MARKUP,
  type Members,
  redirect,
  reset,
  text,
} from './anomaly.ts';

const answersTokens = (answer: Parameters<typeof answers>[1]) => answers('/token', answer);

/** The right token response, sent in another way. */
const rightTokens = (send: (body: string) => Response): Anomaly =>
  answers('/token', async (seen, op) => {
    const right = await op.token(seen);
    return right.ok ? send(await right.text()) : right;
  });

const members =
  (wrong: Members): Anomaly =>
  (op) => {
    const before = op.tokenResponse;
    op.tokenResponse = (right) => ({ ...before(right), ...wrong });
  };

const GOOD = { access_token: 'access-of-nobody-at-all', token_type: 'Bearer' };

/** 5 MB of zeros, compressed to 5 KB. */
const bomb = async () => {
  const zeros = new Blob([new Uint8Array(5_000_000)]).stream();
  const body = await new Response(zeros.pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
  return new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream('gzip')), {
    headers: { 'content-type': 'application/json' },
  });
};

/** A whole answer in the place of a token response (RFC 6749 §5). */
const ANSWERS = {
  'tokens as HTML': answersTokens(text(200, `<h1>Welcome</h1>${MARKUP}`, 'text/html')),
  'tokens as JSON called text': (op) => {
    op.answers['/token'] = async (seen) => {
      const right = await op.token(seen);
      return new Response(right.body, { headers: { 'content-type': 'text/plain' } });
    };
  },
  'tokens after a byte order mark': (op) => {
    op.answers['/token'] = async (seen) => new Response(`\ufeff${await (await op.token(seen)).text()}`);
  },
  'tokens called problem+json': (op) => {
    op.answers['/token'] = async (seen) =>
      new Response((await op.token(seen)).body, { headers: { 'content-type': 'application/problem+json' } });
  },
  'tokens with a member twice': (op) => {
    op.answers['/token'] = async (seen) => {
      const text = await (await op.token(seen)).text();
      return new Response(text.replace('{', '{"token_type":"mac","access_token":"first",'), {
        headers: { 'content-type': 'application/json' },
      });
    };
  },
  'tokens before a NUL': (op) => {
    op.answers['/token'] = async (seen) => new Response(`${await (await op.token(seen)).text()}\0`);
  },
  '500 invalid_grant': answersTokens(json(500, { error: 'invalid_grant' })),
  '401 with invalid_grant in a challenge': answersTokens(
    () =>
      new Response('', {
        status: 401,
        headers: { 'www-authenticate': 'Bearer realm="Doorkeeper", error="invalid_grant"' },
      }),
  ),
  'invalid_grant as text': answersTokens(text(400, '{"error":"invalid_grant"}', 'text/plain')),
  'invalid_grant as a form': answersTokens(
    text(400, 'error=invalid_grant&error_description=old', 'application/x-www-form-urlencoded'),
  ),
  'tokens as a form': answersTokens(
    text(200, 'access_token=x&token_type=bearer', 'application/x-www-form-urlencoded'),
  ),
  'tokens as broken JSON': answersTokens(text(200, '{"access_token":', 'application/json')),
  'tokens as an array': answersTokens(json(200, [GOOD])),
  'tokens as null': answersTokens(json(200, null)),
  'tokens as a text': answersTokens(json(200, 'access_token')),
  'tokens as an empty object': answersTokens(json(200, {})),
  'tokens as an empty body': answersTokens(text(200, '', 'application/json')),
  'tokens as invalid UTF-8': answersTokens(
    () =>
      new Response(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), {
        headers: { 'content-type': 'application/json' },
      }),
  ),
  'tokens nested 20,000 deep': answersTokens(
    text(200, `{"access_token":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 'application/json'),
  ),
  'tokens with status 201': rightTokens((text) => new Response(text, { status: 201 })),
  'tokens with status 203': rightTokens((text) => new Response(text, { status: 203 })),
  'tokens between line breaks': rightTokens((text) => new Response(`\r\n\r\n${text}\r\n`)),
  'tokens with status 204': answersTokens(() => new Response(null, { status: 204 })),
  'tokens with status 206': answersTokens(json(206, GOOD)),
  'tokens in 2 MB': answersTokens(() => Response.json({ ...GOOD, padding: 'x'.repeat(2_000_000) })),
  'tokens without end': answersTokens(() => endless()),
  'tokens as a gzip bomb': answersTokens(bomb),
  'an error with 200': answersTokens(json(200, { error: 'invalid_grant' })),
  'an error beside tokens': answersTokens(json(200, { ...GOOD, error: 'invalid_grant' })),
  'an error that is no text': answersTokens(json(400, { error: { code: 7 } })),
  'an error with markup': answersTokens(json(400, { error: MARKUP, error_description: MARKUP })),
  '400 invalid_grant': answersTokens(json(400, { error: 'invalid_grant' })),
  '400 INVALID_GRANT': answersTokens(json(400, { error: 'INVALID_GRANT' })),
  '401 invalid_token': answersTokens(json(401, { error: 'invalid_token' })),
  '400 expired_token': answersTokens(json(400, { error: 'expired_token' })),
  '403 access_denied': answersTokens(json(403, { error: 'access_denied' })),
  '400 temporarily_unavailable': answersTokens(json(400, { error: 'temporarily_unavailable' })),
  '400 server_error': answersTokens(json(400, { error: 'server_error' })),
  '400 invalid_request': answersTokens(json(400, { error: 'invalid_request' })),
  '400 unauthorized_client': answersTokens(json(400, { error: 'unauthorized_client' })),
  '400 unsupported_grant_type': answersTokens(json(400, { error: 'unsupported_grant_type' })),
  '400 with the code in its words': answersTokens(({ form }) =>
    Response.json(
      { error: 'invalid_grant', error_description: `code=${form.get('code')} is not known` },
      { status: 400 },
    ),
  ),
  '400 without a word': answersTokens(text(400, '', 'text/plain')),
  '401 invalid_client': answersTokens(json(401, { error: 'invalid_client' })),
  '401 with a challenge': answersTokens(
    () =>
      new Response('', { status: 401, headers: { 'www-authenticate': `Basic realm="${'x'.repeat(50)}"` } }),
  ),
  '403 as HTML': answersTokens(text(403, '<h1>Forbidden</h1>', 'text/html')),
  '404': answersTokens(text(404, 'not here', 'text/plain')),
  '429': answersTokens(() => new Response('', { status: 429, headers: { 'retry-after': '120' } })),
  '500': answersTokens(text(500, 'oops', 'text/plain')),
  '500 with a JSON error': answersTokens(json(500, { error: 'server_error' })),
  '502 as HTML': answersTokens(text(502, '<h1>Bad gateway</h1>', 'text/html')),
  '503': answersTokens(text(503, '', 'text/plain')),
  'a 301 of the token request': answersTokens(redirect(301)),
  'a 302 of the token request': answersTokens(redirect(302)),
  'a 303 of the token request': answersTokens(redirect(303)),
  'a 307 of the token request': answersTokens(redirect(307)),
  'a 308 of the token request': answersTokens(redirect(308)),
  'a reset of the token request': answersTokens(reset),
  'a token request without an answer': answersTokens(
    ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  ),
  'a token response that breaks off': answersTokens(
    () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.error(new TypeError('connection reset'));
          },
        }),
        { headers: { 'content-type': 'application/json' } },
      ),
  ),
  'cookies set by the token endpoint': (op) => {
    op.answers['/token'] = async (seen) => {
      const right = await op.token(seen);
      return new Response(right.body, {
        headers: { ...Object.fromEntries(right.headers), 'set-cookie': 'evil=1' },
      });
    };
  },
} as const satisfies Record<string, Anomaly>;

/** One member of a token response that is wrong, or odd. */
const MEMBERS = {
  'no access_token': members({ access_token: undefined }),
  'an empty access_token': members({ access_token: '' }),
  'an access_token that is a number': members({ access_token: 7 }),
  'an access_token that is null': members({ access_token: null }),
  'an access_token that is a list': members({ access_token: ['a'] }),
  'no token_type': members({ token_type: undefined }),
  'an empty token_type': members({ token_type: '' }),
  'a token_type of its own': members({ token_type: 'mac' }),
  'a token_type that is a number': members({ token_type: 7 }),
  'a DPoP token nobody asked for': members({ token_type: 'DPoP' }),
  'token_type in capitals': members({ token_type: 'BEARER' }),
  'an expires_in that is text': members({ expires_in: 'soon' }),
  'a negative expires_in': members({ expires_in: -1 }),
  'an expires_in that is an object': members({ expires_in: { seconds: 300 } }),
  'an expires_in of digits': members({ expires_in: '300' }),
  'an expires_in of a thousand years': members({ expires_in: 31_536_000_000 }),
  'an expires_in beyond all numbers': members({ expires_in: 1e308 }),
  'an expires_in of zero': members({ expires_in: 0 }),
  'no expires_in': members({ expires_in: undefined }),
  'a scope between line breaks': members({ scope: ' openid\r\n read \n' }),
  'a scope that is an empty list': members({ scope: [] }),
  'a token_type with a space': members({ token_type: 'Bearer ' }),
  'a scope that is a number': members({ scope: 7 }),
  'a scope that is an object': members({ scope: { read: true } }),
  'a scope that is narrower': members({ scope: 'openid' }),
  'a scope that is wider': members({ scope: 'openid read write admin' }),
  'a scope with markup': members({ scope: `openid ${MARKUP}` }),
  'no scope': members({ scope: undefined }),
  'a refresh_token that is an object': members({ refresh_token: { token: 'refresh-1' } }),
  'a refresh_token that is a number': members({ refresh_token: 7 }),
  'an empty refresh_token': members({ refresh_token: '' }),
  'no refresh_token': members({ refresh_token: undefined }),
  'no id_token': members({ id_token: undefined }),
  'an id_token that is a number': members({ id_token: 7 }),
  'an id_token that is null': members({ id_token: null }),
  'a member called __proto__': (op) => {
    const before = op.tokenResponse;
    op.tokenResponse = (right) => ({
      ...before(right),
      ...(JSON.parse('{"x":1}') as Members),
      ['__proto__' as string]: { access_token: 'polluted', admin: true },
    });
  },
  'a body with __proto__ alone': answersTokens(
    text(200, '{"__proto__":{"access_token":"polluted","token_type":"bearer"}}', 'application/json'),
  ),
  'an access_token with a line break': members({ access_token: 'access\r\nx-evil: 1' }),
  'a refresh_token that is not ASCII': members({ refresh_token: 'refresh-Ω' }),
  'an access_token in 100 KB': members({ access_token: 't'.repeat(100_000) }),
  'a scope in 20 KB': members({ scope: 's '.repeat(10_000) }),
  'tokens in 20 KB': members({ access_token: `access-${'t'.repeat(20_000)}` }),
} as const satisfies Record<string, Anomaly>;

export const TOKEN_ENDPOINT = { ...ANSWERS, ...MEMBERS };
