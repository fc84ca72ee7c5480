import { describe, expect, it } from 'vitest';
import { ProviderRefusal, retryAfter, understood } from '../../src/oauth/provider-answer.ts';
import type { Quirks } from '../../src/providers/quirks/quirks.ts';
import { adaptRequest, type RequestKind } from '../../src/providers/quirks/request.ts';
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

async function answered(quirks: Quirks, body: unknown, init: ResponseInit & { kind?: RequestKind } = {}) {
  const { kind = 'token', ...rest } = init;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': '9', ...rest.headers };
  const answer = { status: 200, ...rest, headers: new Headers(headers), text };
  const adapted = understood(providerWith(quirks), kind, answer);
  return { status: adapted.status, text: await adapted.text(), headers: adapted.headers };
}

async function tokens(quirks: Quirks, body: unknown): Promise<Members> {
  return JSON.parse((await answered(quirks, body)).text) as Members;
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
    ['an end between spaces', {}, { ...right, expires_in: ' 3600 ' }, { expires_in: 3600 }],
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
      for (const nothing of [null, '', ' ', false, [], {}]) {
        expect(await tokens({}, { ...right, [name]: nothing })).not.toHaveProperty(name);
      }
    },
  );

  it.each(['soon', '3,600', '1h', [3600], { seconds: 60 }, true, -1, '-1'])(
    'does not tell when it ends by %j (RFC 6749 §5.1)',
    async (expires_in) => {
      expect(await tokens({}, { ...right, expires_in })).not.toHaveProperty('expires_in');
    },
  );

  it('does not tell when it ends by a date that is none', async () => {
    const answer = { ...right, expires_in: 'x' };
    expect(await tokens({ expires_in_unit: 'date' }, answer)).not.toHaveProperty('expires_in');
  });

  it('that is not in the form it should have is left to the library', async () => {
    const html = await answered({}, '<h1>', { headers: { 'content-type': 'text/html' } });
    expect(html.text).toBe('<h1>');
    for (const body of ['[]', 'null', '"x"', '{']) expect((await answered({}, body)).text).toBe(body);
  });
});

/** What a provider is understood to have refused; undefined if it has not. */
async function refusal(quirks: Quirks, body: unknown, init: Parameters<typeof answered>[2] = {}) {
  try {
    await answered(quirks, body, init);
    return undefined;
  } catch (error) {
    if (!(error instanceof ProviderRefusal)) throw error;
    const { status, error: code, description } = error;
    return { status, code, description };
  }
}

describe('an error', () => {
  const invalidGrant = { error: 'invalid_grant' };

  it.each<[string, Quirks, number, unknown, string | undefined]>([
    ['by the RFC', {}, 401, { error: 'invalid_client' }, 'invalid_client'],
    ['with 200', {}, 200, invalidGrant, 'invalid_grant'],
    ['by a member that says no', { success_field: 'ok' }, 200, { ok: false, error: 'x' }, 'x'],
    ['that names nothing', { success_field: 'ok' }, 200, { ok: false }, 'invalid_request'],
    ['elsewhere', { error_path: 'error.type' }, 400, { error: { type: 'OAuth' } }, 'OAuth'],
    ['a number', { error_path: 'status' }, 400, { status: 400 }, '400'],
    [
      'by a word of its own',
      { error_names: { bad_code: 'invalid_grant' } },
      200,
      { error: 'bad_code', error_description: 'Old.' },
      'invalid_grant',
    ],
    [
      'by its description',
      { error_names: { 'Old.': 'invalid_grant' } },
      400,
      { error: 'invalid_request', error_description: 'Old.' },
      'invalid_grant',
    ],
    [
      'by the standard member, beside one of its own that says nothing',
      { error_path: 'status', error_names: { invalid_grant: 'invalid_grant' } },
      400,
      { status: 'error', error: 'invalid_grant' },
      'invalid_grant',
    ],
    ['named as what every object has', {}, 400, { error: 'constructor' }, 'constructor'],
    ['in a message alone', {}, 500, { message: 'oops' }, 'oops'],
    ['without a word', {}, 500, { status: 500 }, undefined],
    ['that is a number', {}, 400, { error: { code: 7 } }, '7'],
    [
      'as a form, whatever was asked for',
      {},
      400,
      'error=invalid_grant&error_description=Old',
      'invalid_grant',
    ],
    ['that is HTML', {}, 400, '<form action="?error=invalid_grant">', undefined],
  ])('%s', async (_, quirks, status, body, code) => {
    expect(await refusal(quirks, body, { status })).toMatchObject({ status, code });
  });

  it.each(['text/plain', 'text/html', 'application/problem+json', 'application/json; charset=latin1'])(
    'is read whatever its label is: %s',
    async (type) => {
      const init = { status: 400, headers: { 'content-type': type } };
      expect(await refusal({}, invalidGrant, init)).toMatchObject({ code: 'invalid_grant' });
    },
  );

  it.each<[string, string | undefined]>([
    [
      'Bearer realm="Doorkeeper", error="invalid_grant", error_description="It is \\"old\\"."',
      'invalid_grant',
    ],
    ['Bearer error=invalid_grant', 'invalid_grant'],
    ['BEARER ERROR = "invalid_grant"', 'invalid_grant'],
    ['Basic realm="error=nothing"', 'invalid_client'],
    ['DPoP algs="ES256", error="use_dpop_nonce"', 'use_dpop_nonce'],
  ])('is read in a challenge where the body has none: %s', async (challenge, code) => {
    const init = { status: 401, headers: { 'www-authenticate': challenge } };
    expect(await refusal({}, '', init)).toMatchObject({ code });
    expect(await refusal({}, { error: 'invalid_scope' }, init)).toMatchObject({ code: 'invalid_scope' });
  });

  it.each<[string, number | undefined]>([
    ['600', 600],
    ['0', undefined],
    ['-5', undefined],
    ['soon', undefined],
    ['99999999999999', undefined],
    ['86400', 3600],
    ['1.5', 2],
    ['120, 60', 120],
  ])('says how long to wait: Retry-After %s', async (header, seconds) => {
    const answer = { status: 429, headers: new Headers({ 'retry-after': header }), text: '' };
    expect(new ProviderRefusal(answer, undefined).retryAfter).toBe(seconds);
  });

  it('says until when to wait: a date', () => {
    const now = Date.UTC(2026, 0, 1);
    expect(retryAfter(new Date(now + 90_000).toUTCString(), now)).toBe(90);
    expect(retryAfter(new Date(now - 90_000).toUTCString(), now)).toBeUndefined();
  });
});

describe('a revocation', () => {
  it('that went well may be answered with 204 (Reddit)', async () => {
    const answer = { status: 204, headers: new Headers(), text: '' };
    expect(understood(providerWith({}), 'revocation', answer).status).toBe(200);
  });

  it('that failed stays failed', async () => {
    expect(await refusal({}, { error: 'x' }, { status: 400, kind: 'revocation' })).toMatchObject({
      code: 'x',
    });
  });
});
