import { describe, expect, it } from 'vitest';
import type { Quirks } from '../../src/providers/preset.ts';
import { adaptRequest, adaptResponse, type RequestKind } from '../../src/providers/quirks.ts';
import { providerWith } from './provider-with.ts';

type Members = Record<string, unknown>;

function sent(quirks: Quirks, kind: RequestKind, form: Record<string, string>) {
  const request = {
    url: 'https://op.example/token',
    headers: {},
    body: new URLSearchParams(form),
  };
  const { headers, body } = adaptRequest(providerWith(quirks), kind, request);
  return { body: String(body), type: headers['content-type'] ?? null };
}

async function understood(quirks: Quirks, body: unknown, init: ResponseInit & { kind?: RequestKind } = {}) {
  const { kind = 'token', ...rest } = init;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': '9', ...rest.headers };
  const response = new Response(text, { status: 200, ...rest, headers });
  const adapted = adaptResponse(providerWith(quirks), kind, response, text);
  const answer = await adapted.text();
  return { status: adapted.status, text: answer, headers: adapted.headers };
}

async function tokens(quirks: Quirks, body: unknown): Promise<Members> {
  return JSON.parse((await understood(quirks, body)).text) as Members;
}

describe('a request', () => {
  it('goes out as it is where there is no quirk', () => {
    expect(sent({}, 'token', { client_id: 'a', code: 'b' })).toEqual({
      body: 'client_id=a&code=b',
      type: null,
    });
  });

  it.each<RequestKind>(['token', 'refresh', 'revocation'])('names the client id otherwise: %s', (kind) => {
    const { body } = sent({ client_id_parameter: 'client_key' }, kind, { client_id: 'a', token: 'b' });
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({ client_key: 'a', token: 'b' });
  });

  it.each<[RequestKind, boolean]>([
    ['token', true],
    ['refresh', true],
    ['revocation', false],
  ])('%s carries JSON: %s', (kind, isJson) => {
    const { body, type } = sent({ token_request_format: 'json' }, kind, { code: 'b&"c' });
    expect(type).toBe(isJson ? 'application/json' : null);
    expect(body).toBe(isJson ? '{"code":"b&\\"c"}' : 'code=b%26%22c');
  });

  it('has both at once', () => {
    const quirks = { client_id_parameter: 'client_key', token_request_format: 'json' } as const;
    expect(sent(quirks, 'token', { client_id: 'a' }).body).toBe('{"client_key":"a"}');
  });
});

describe('a token answer', () => {
  const right = { access_token: 'a', token_type: 'Bearer', expires_in: 60 };

  it.each<[string, Quirks, unknown, Members]>([
    ['as the RFC has it', {}, right, right],
    [
      'a form',
      { token_response_format: 'form' },
      'access_token=a&token_type=b',
      { access_token: 'a', token_type: 'b' },
    ],
    [
      'a nested one',
      { token_path: 'authed_user' },
      { authed_user: { access_token: 'u' } },
      { access_token: 'u' },
    ],
    ['a path that is not there', { token_path: 'authed_user' }, right, right],
    ['a path to a text', { token_path: 'access_token' }, right, right],
    ['renamed members', { token_fields: { scope: 'scopes' } }, { ...right, scopes: 'a b' }, { scope: 'a b' }],
    ['deep members', { token_fields: { access_token: 'x.y' } }, { x: { y: 'z' } }, { access_token: 'z' }],
    ['scopes as a list', {}, { ...right, scope: ['a', 7, 'b'] }, { scope: 'a b' }],
    ['scopes with commas', { scope_separator: ',' }, { ...right, scope: 'a,b, c' }, { scope: 'a b c' }],
    ['commas in answers alone', { token_scope_separator: ',' }, { ...right, scope: 'a,b' }, { scope: 'a b' }],
    ['a comma that belongs to a scope', {}, { ...right, scope: 'a,b c' }, { scope: 'a,b c' }],
    ['the end as text', {}, { ...right, expires_in: '3600' }, { expires_in: 3600 }],
    ['the end with a fraction', {}, { ...right, expires_in: 3599.7 }, { expires_in: 3599 }],
    [
      'the end in milliseconds',
      { expires_in_unit: 'milliseconds' },
      { ...right, expires_in: '90500' },
      { expires_in: 90 },
    ],
    ['an end that is none', {}, { ...right, expires_in: 'soon' }, { expires_in: 'soon' }],
    ['a past date', { expires_in_unit: 'date' }, { ...right, expires_in: '2001-01-01' }, { expires_in: 0 }],
    ['no token_type', { token_type: 'bearer' }, { access_token: 'a' }, { token_type: 'bearer' }],
    [
      'a token_type of its own',
      { token_type: 'bearer' },
      { ...right, token_type: 'user' },
      { token_type: 'bearer' },
    ],
  ])('%s', async (_, quirks, body, expected) => {
    expect(await tokens(quirks, body)).toMatchObject(expected);
  });

  it('tells its end by a date', async () => {
    const expires_in = new Date(Date.now() + 3_600_000).toISOString();
    const { expires_in: seconds } = await tokens({ expires_in_unit: 'date' }, { ...right, expires_in });
    expect(seconds).toBeGreaterThan(3590);
    expect(seconds).toBeLessThanOrEqual(3600);
  });

  it.each(['refresh_token', 'expires_in', 'scope', 'id_token'])(
    'without %s may say null or nothing',
    async (name) => {
      expect(await tokens({}, { ...right, [name]: null })).not.toHaveProperty(name);
      expect(await tokens({}, { ...right, [name]: '' })).not.toHaveProperty(name);
    },
  );

  it('that is not in the form it should have is left to the library', async () => {
    const html = await understood({}, '<h1>', { headers: { 'content-type': 'text/html' } });
    expect(html.text).toBe('<h1>');
    for (const body of ['[]', 'null', '"x"', '{']) expect((await understood({}, body)).text).toBe(body);
  });

  it('keeps no header that was true of the old body', async () => {
    expect((await understood({}, right)).headers.has('content-length')).toBe(false);
  });
});

describe('an error', () => {
  const invalidGrant = { error: 'invalid_grant' };

  it.each<[string, Quirks, number, unknown, number, Members]>([
    ['by the RFC', {}, 401, { error: 'invalid_client' }, 401, { error: 'invalid_client' }],
    ['with 200', {}, 200, invalidGrant, 400, invalidGrant],
    [
      'by a member that says no',
      { success_field: 'ok' },
      200,
      { ok: false, error: 'x' },
      400,
      { error: 'x' },
    ],
    ['that names nothing', { success_field: 'ok' }, 200, { ok: false }, 400, { error: 'invalid_request' }],
    ['elsewhere', { error_path: 'error.type' }, 400, { error: { type: 'OAuth' } }, 400, { error: 'OAuth' }],
    ['a number', { error_path: 'status' }, 400, { status: 400 }, 400, { error: '400' }],
    [
      'by a word of its own',
      { error_names: { bad_code: 'invalid_grant' } },
      200,
      { error: 'bad_code', error_description: 'Old.' },
      400,
      { error: 'invalid_grant', error_description: 'Old.' },
    ],
    [
      'by its description',
      { error_names: { 'Old.': 'invalid_grant' } },
      400,
      { error: 'invalid_request', error_description: 'Old.' },
      400,
      invalidGrant,
    ],
    ['named as what every object has', {}, 400, { error: 'constructor' }, 400, { error: 'constructor' }],
    ['without a word', {}, 500, { message: 'oops' }, 500, { message: 'oops' }],
  ])('%s', async (_, quirks, status, body, expectedStatus, expected) => {
    const answer = await understood(quirks, body, { status });
    expect(answer.status).toBe(expectedStatus);
    expect(JSON.parse(answer.text)).toMatchObject(expected);
  });
});

describe('a revocation', () => {
  it('that went well may be answered with 204 (Reddit)', async () => {
    const adapted = adaptResponse(providerWith({}), 'revocation', new Response(null, { status: 204 }), '');
    expect(adapted.status).toBe(200);
  });

  it('that failed stays failed', async () => {
    expect((await understood({}, { error: 'x' }, { status: 400, kind: 'revocation' })).status).toBe(400);
  });
});
