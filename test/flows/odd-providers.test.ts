import { SignJWT } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { bindTokens } from '../fakes/dpop-proofs.ts';
import type { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { signedAnswer } from '../fakes/signed-answer.ts';
import { locationOf, Visitor } from '../support/visitor.ts';
import { expectRefused, signIn, stage } from './journey.ts';

type Members = Record<string, unknown>;
interface Shown {
  readonly sub: string | null;
  readonly claims: Members;
  readonly grants: readonly { scope: string; expires_at: number | null; refreshable: boolean }[];
}

const shown = async (visitor: Visitor) => (await (await visitor.getJson('/session')).json()) as Shown;

/** A plain OAuth provider, whose API says who the user is. */
const PLAIN = {
  issuer: undefined,
  scope: 'read',
  authorization_endpoint: 'https://op.example/authorize',
  token_endpoint: 'https://op.example/token',
  userinfo_endpoint: 'https://op.example/userinfo',
  userinfo_claims: { sub: 'id', name: 'name', account: 'account.number' },
};
const userinfo = (op: ScriptedProvider, body: string) => {
  op.answers['/userinfo'] = () => new Response(body, { headers: { 'content-type': 'application/json' } });
};

describe('a number taken as an identifier', () => {
  it.each(['10765432100123456788', '10765432100123456789', '10765432100123458000', '583231'])(
    'keeps its digits: %s',
    async (id) => {
      const { op, visitor } = await stage(PLAIN);
      userinfo(op, `{"id":${id},"account":{"number":${id}},"name":"Ada"}`);
      await signIn(visitor, op);
      expect(await shown(visitor)).toMatchObject({ sub: id, claims: { account: id } });
    },
  );

  it.each([
    ['user.id', '{"id":10765432100123456789}', '10765432100123456789'],
    ['user.id', '{"id":"u-1"}', 'u-1'],
    ['user.id', '{"id":7}', '7'],
  ])('keeps its digits in the token answer too: token_fields.sub = %s, %s', async (path, user, sub) => {
    const { op, visitor } = await stage({
      ...PLAIN,
      userinfo_endpoint: undefined,
      token_fields: { sub: path },
    });
    op.answers['/token'] = async (seen) => {
      const text = await (await op.token(seen)).text();
      return new Response(text.replace('{', `{"user":${user},`));
    };
    await signIn(visitor, op);
    expect((await shown(visitor)).sub).toBe(sub);
  });

  it.each(['{"id":""}', '{"id":null}', '{"id":["u"]}', '{}', `{"id":"${'u'.repeat(256)}"}`])(
    'that is none signs nobody in: %s',
    async (user) => {
      const { op, visitor } = await stage({
        ...PLAIN,
        userinfo_endpoint: undefined,
        token_fields: { sub: 'user.id' },
      });
      op.tokenResponse = (right) => ({ ...right, user: JSON.parse(user) });
      await expectRefused(visitor, await signIn(visitor, op), 'token_response_invalid');
    },
  );
});

describe('a subject in a JWT access token', () => {
  const ENTRY = { ...PLAIN, userinfo_endpoint: undefined, token_fields: { sub: 'access_token.sub' } };
  const jwt = (payload: string) => `e30.${btoa(payload).replaceAll('=', '')}.c2ln`;

  it.each([
    ['{"sub":"user-7"}', 'user-7'],
    ['{"sub":12345678901234567890}', '12345678901234567890'],
  ])('is the user: %s', async (payload, sub) => {
    const { op, visitor } = await stage(ENTRY);
    op.tokenResponse = (right) => ({ ...right, access_token: jwt(payload) });
    await signIn(visitor, op);
    expect((await shown(visitor)).sub).toBe(sub);
  });

  it.each(['no JWT', jwt('[]'), jwt('{"sub":{}}'), 'a.b.c'])(
    'that is not there: %s',
    async (access_token) => {
      const { op, visitor } = await stage(ENTRY);
      op.tokenResponse = (right) => ({ ...right, access_token });
      await expectRefused(visitor, await signIn(visitor, op), 'token_response_invalid');
    },
  );

  it('must be the one that userinfo tells, where there is one', async () => {
    const { op, visitor } = await stage({ ...ENTRY, userinfo_endpoint: 'https://op.example/userinfo' });
    op.tokenResponse = (right) => ({ ...right, access_token: jwt('{"sub":"user-7"}') });
    userinfo(op, '{"id":"user-8"}');
    await expectRefused(visitor, await signIn(visitor, op), 'token_response_invalid');
  });

  it('stays the same on refresh', async () => {
    const { op, visitor } = await stage(ENTRY);
    op.tokenResponse = (right) => ({ ...right, access_token: jwt('{"sub":"user-7"}') });
    await signIn(visitor, op);
    op.tokenResponse = (right) => ({ ...right, access_token: jwt('{"sub":"user-8"}') });
    const refused = await visitor.post('/session/refresh', { accept: 'application/json' });
    expect(await refused.json()).toMatchObject({ error: 'id_token_invalid' });
  });
});

describe('an ID token that nobody asked for', () => {
  const refresh = (visitor: Visitor) => visitor.post('/session/refresh', { accept: 'application/json' });

  it.each(['garbage', 'a.b.c', `${btoa('{"alg":"none"}')}.e30.`, ''])(
    'is ignored where no issuer and no keys are known: %s',
    async (id_token) => {
      const { op, visitor } = await stage(PLAIN);
      userinfo(op, '{"id":7,"name":"Ada"}');
      op.tokenResponse = (right) => ({ ...right, id_token });
      await signIn(visitor, op);
      expect(await shown(visitor)).toMatchObject({ sub: '7', claims: { name: 'Ada' } });
      expect((await refresh(visitor)).status).toBe(200);
    },
  );

  it('is checked where the issuer is known', async () => {
    const { op, visitor } = await stage({ scope: 'read' });
    op.tokenResponse = (right) => ({ ...right, id_token: 'a.b.c' });
    await expectRefused(visitor, await signIn(visitor, op), 'id_token_invalid');
  });
});

describe('a cancelled login', () => {
  it.each<[Members, string, string]>([
    [{ error_names: { user_cancelled_login: 'access_denied' } }, 'user_cancelled_login', 'access_denied'],
    [
      { error_names: { user_cancelled_authorize: 'access_denied' } },
      'user_cancelled_authorize',
      'access_denied',
    ],
    [{ error_names: { gone_home: 'login_required' } }, 'gone_home', 'login_required'],
    [{}, 'ACCESS_DENIED', 'access_denied'],
    [{}, 'user_cancelled_login', 'provider_error'],
  ])('with %o, by the word %s: %s', async (entry, word, code) => {
    const { op, visitor } = await stage(entry);
    op.authorizationResponse = (right) => {
      right.delete('code');
      right.set('error', word);
      return right;
    };
    await expectRefused(visitor, await signIn(visitor, op), code);
  });
});

describe('the scope in the callback', () => {
  const withScope = (scope: string) => (op: ScriptedProvider) => {
    op.authorizationResponse = (right) => {
      right.set('scope', scope);
      return right;
    };
  };

  it.each([
    ['is what was granted where the token answer says nothing', 'read', false, 'read'],
    ['is read with the separators of the provider', 'read,write', false, 'read write'],
    ['says less than the token answer', 'read', true, 'read,write,admin'],
    ['that can be no scope is not believed', 'read\u0000"', false, 'read write admin'],
  ])('%s', async (_, scope, isTold, expected) => {
    const { op, visitor } = await stage({ ...PLAIN, scope: 'read write admin', scope_separator: ',' });
    withScope(scope)(op);
    op.userinfoResponse = () => ({ id: 1 });
    op.tokenResponse = ({ scope: told, ...right }) => ({ ...right, ...(isTold && { scope: told }) });
    await signIn(visitor, op);
    expect((await shown(visitor)).grants[0]?.scope).toBe(expected.replaceAll(',', ' '));
  });
});

describe('a dead refresh token', () => {
  const refreshed = async (entry: Members, answer: () => Response) => {
    const { op, visitor } = await stage(entry);
    await signIn(visitor, op);
    op.requests.length = 0;
    op.answers['/token'] = answer;
    const ask = async () =>
      (await (await visitor.post('/session/refresh', { accept: 'application/json' })).json()) as Members;
    return { op, first: await ask(), second: await ask() };
  };

  it.each<[string, Members, () => Response]>([
    [
      'in a challenge (Doorkeeper)',
      {},
      () =>
        new Response('{}', { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_grant"' } }),
    ],
    [
      'as text/plain',
      {},
      () =>
        new Response('{"error":"invalid_grant"}', { status: 400, headers: { 'content-type': 'text/plain' } }),
    ],
    [
      'as text/html',
      {},
      () =>
        new Response(' \n{"error":"invalid_grant"}', {
          status: 403,
          headers: { 'content-type': 'text/html' },
        }),
    ],
    ['with status 200', {}, () => Response.json({ error: 'invalid_grant' })],
    [
      'in a word of its own',
      { error_path: 'status', error_names: { BAD_REFRESH_TOKEN: 'invalid_grant' } },
      () => Response.json({ status: 'BAD_REFRESH_TOKEN', message: 'missing or unknown' }, { status: 400 }),
    ],
  ])('%s ends the grant, and is asked about once', async (_, entry, answer) => {
    const { op, first, second } = await refreshed(entry, answer);
    expect([first.error, second.error]).toEqual(['login_required', 'not_signed_in']);
    expect(op.paths.filter((path) => path === '/token')).toHaveLength(1);
  });
});

describe('revocation', () => {
  it.each<[string, (hint: string | null, calls: number) => Response, boolean]>([
    [
      'the second token type can’t be revoked',
      (hint) =>
        hint === 'access_token'
          ? Response.json({ error: 'unsupported_token_type' }, { status: 400 })
          : new Response(),
      false,
    ],
    [
      'neither token type can be revoked',
      () => Response.json({ error: 'unsupported_token_type' }, { status: 503 }),
      false,
    ],
    [
      'the first has revoked both',
      (_, calls) =>
        calls === 1 ? new Response() : Response.json({ error: 'invalid_request' }, { status: 400 }),
      false,
    ],
    [
      'the first has revoked both, without a word',
      (_, calls) => new Response('', { status: calls === 1 ? 200 : 404 }),
      false,
    ],
    ['the client is not known', () => Response.json({ error: 'invalid_client' }, { status: 401 }), true],
    ['the provider is down', () => new Response('', { status: 503 }), true],
    [
      'the second meets a provider that is down',
      (_, calls) => new Response('', { status: calls === 1 ? 200 : 500 }),
      true,
    ],
  ])('%s', async (_, answer, isFailure) => {
    const { op, visitor } = await stage({});
    await signIn(visitor, op);
    let calls = 0;
    op.answers['/revoke'] = ({ form }) => answer(form.get('token_type_hint'), ++calls);
    const logged = vi.spyOn(console, 'log');
    await visitor.post('/logout');
    expect(logged.mock.calls.flat().join().includes('revocation_failed')).toBe(isFailure);
    logged.mockRestore();
  });
});

describe('a provider with the final slash in its issuer', () => {
  it('is set without, and everything is compared with its own spelling', async () => {
    const { op, visitor } = await stage({ issuer: 'https://op.example/tenant' });
    const iss = 'https://op.example/tenant/';
    op.answers['/tenant/.well-known/openid-configuration'] = () =>
      Response.json({
        issuer: iss,
        authorization_endpoint: 'https://op.example/authorize',
        token_endpoint: 'https://op.example/token',
        jwks_uri: 'https://op.example/jwks',
        id_token_signing_alg_values_supported: ['ES256'],
        authorization_response_iss_parameter_supported: true,
      });
    op.idTokenClaims = (right) => ({ ...right, iss });
    op.authorizationResponse = (right) => {
      right.set('iss', iss);
      return right;
    };
    await signIn(visitor, op);
    expect((await shown(visitor)).sub).toBe(op.sub);
    op.authorizationResponse = (right) => {
      right.set('iss', iss.replace(/\/$/, ''));
      return right;
    };
    const stranger = new Visitor(visitor.env);
    await expectRefused(stranger, await signIn(stranger, op), 'issuer_mismatch');
  });
});

describe('what a page of INSPECT shows', () => {
  it.each<[string, Members]>([
    ['an end in three million years', { exp: 1e14 }],
    ['an issue time before all dates', { auth_time: 1e300 }],
    [
      'nested claims',
      { address: { locality: 'London', region: { name: 'England' } }, locale: { country: 'GB' } },
    ],
    ['claims ten levels deep', { deep: JSON.parse(`${'['.repeat(10)}${']'.repeat(10)}`) }],
    ['text beyond ASCII', { name: '李 \u202e Ωmega \ud83d\ude00', email_verified: 'true' }],
  ])('%s', async (_, claims) => {
    const { op, visitor } = await stage({}, { INSPECT: true });
    op.idTokenClaims = (right) => ({ ...right, ...claims });
    await signIn(visitor, op);
    expect((await visitor.get('/session')).status).toBe(200);
  });
});

describe('an answer nested too deeply', () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;

  it.each<[string, string, string]>([
    ['an ID token', 'id_token', 'id_token_invalid'],
    ['a token answer', '/token', 'token_response_invalid'],
    ['metadata', '/.well-known/openid-configuration', 'provider_unreachable'],
  ])('signs nobody in, also in INSPECT: %s', async (_, where, error) => {
    const { op, visitor } = await stage({}, { INSPECT: true });
    if (where === 'id_token') {
      op.idTokenClaims = (right) => ({
        ...right,
        deep: JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`),
      });
    } else {
      op.answers[where] = () => new Response(`{"issuer":"${op.issuer}","deep":${deep}}`);
    }
    const started = await visitor.getJson('/login');
    const last = started.status === 302 ? await visitor.getJson(op.callback(locationOf(started))) : started;
    expect(await last.json()).toMatchObject({ error });
  });
});

describe('an answer to the login by another spelling of the issuer', () => {
  const answeredBy = (iss: string) => (op: ScriptedProvider) => {
    op.authorizationResponse = (right) => {
      right.set('iss', iss);
      return right;
    };
  };
  const ALIASES = { issuer_aliases: ['op.example', 'https://login.op.example'] };

  it.each([
    ['op.example', 303],
    ['https://login.op.example', 303],
    ['https://op.example', 303],
    ['https://login.op.example/', 400],
    ['OP.example', 400],
    ['', 400],
  ])('%s: %s', async (iss, status) => {
    const { op, visitor } = await stage(ALIASES);
    answeredBy(iss)(op);
    expect((await signIn(visitor, op)).status).toBe(status);
  });

  it.each<[string, Members, number]>([
    ['op.example', ALIASES, 303],
    ['https://op.example', ALIASES, 303],
    ['OP.example', ALIASES, 400],
    ['op.example', {}, 400],
  ])('is taken in a signed answer too (JARM §2.4): %s, %o: %s', async (iss, entry, status) => {
    const { op, visitor } = await stage({ ...entry, response_mode: 'jwt' });
    const right = op.authorize(locationOf(await visitor.get('/login')));
    const answer = await signedAnswer(op, right, (claims) => ({ ...claims, iss }));
    expect((await visitor.getJson(`/callback?${answer}`)).status).toBe(status);
  });
});

describe('the way a client proves who it is', () => {
  it.each<[string, unknown, 'basic' | 'post']>([
    ['no list', undefined, 'basic'],
    ['the body alone', ['client_secret_post'], 'post'],
    ['both', ['client_secret_post', 'client_secret_basic'], 'basic'],
    ['neither', ['none', 'private_key_jwt'], 'basic'],
    ['no list at all', 'client_secret_post', 'basic'],
  ])('is what the metadata lists where nothing is set: %s', async (_, methods, expected) => {
    const { op, visitor } = await stage({});
    op.metadata = (right) => ({ ...right, token_endpoint_auth_methods_supported: methods });
    await signIn(visitor, op);
    const seen = op.requests.find(({ path }) => path === '/token');
    expect(seen?.headers.has('authorization')).toBe(expected === 'basic');
    expect(seen?.form.has('client_secret')).toBe(expected === 'post');
  });

  it('is what is set, whatever the metadata lists', async () => {
    const { op, visitor } = await stage({ token_endpoint_auth_method: 'client_secret_basic' });
    op.metadata = (right) => ({ ...right, token_endpoint_auth_methods_supported: ['client_secret_post'] });
    await signIn(visitor, op);
    expect(op.requests.find(({ path }) => path === '/token')?.headers.has('authorization')).toBe(true);
  });
});

it('a login goes where the metadata says, in ASCII', async () => {
  const { op, visitor } = await stage({});
  op.metadata = (right) => ({ ...right, authorization_endpoint: 'https://op.example/Ünlü' });
  expect(locationOf(await visitor.getJson('/login')).pathname).toBe('/%C3%9Cnl%C3%BC');
});

describe('a pushed request that is accepted', () => {
  it.each<[string, number, Members]>([
    ['with status 200', 200, { expires_in: 60 }],
    ['without saying for how long', 201, {}],
    ['for a time told as text', 201, { expires_in: '60' }],
    ['for a time that is null', 201, { expires_in: null }],
    ['for a time that is empty', 201, { expires_in: '' }],
    ['for a time that is over', 201, { expires_in: -1 }],
    ['for a time in words of its own', 201, { expires_in: 'PT60S' }],
  ])('%s goes on', async (_, status, more) => {
    const { op, visitor } = await stage({ require_pushed_authorization_requests: true });
    op.answers['/par'] = () => Response.json({ request_uri: 'urn:example:1', ...more }, { status });
    const url = locationOf(await visitor.getJson('/login'));
    expect(url.searchParams.get('request_uri')).toBe('urn:example:1');
  });
});

describe('a flag of the metadata that is written as text', () => {
  const without = (right: URLSearchParams) => {
    right.delete('iss');
    return right;
  };

  it('does not promise `iss` if it is "false" (RFC 9207 §3)', async () => {
    const { op, visitor } = await stage();
    op.metadata = (right) => ({ ...right, authorization_response_iss_parameter_supported: 'false' });
    expect((await signIn(visitor, op, '/login', without)).status).toBe(303);
  });

  it('promises `iss` if it is "true"', async () => {
    const { op, visitor } = await stage();
    op.metadata = (right) => ({ ...right, authorization_response_iss_parameter_supported: 'true' });
    await expectRefused(visitor, await signIn(visitor, op, '/login', without), 'issuer_mismatch');
  });

  it('has requests pushed if it is "true" (RFC 9126 §5)', async () => {
    const { op, visitor } = await stage();
    op.metadata = (right) => ({ ...right, require_pushed_authorization_requests: 'true' });
    expect(locationOf(await visitor.getJson('/login')).searchParams.has('request_uri')).toBe(true);
  });
});

describe('a nonce that userinfo asks for (RFC 9449 §7.1, §9)', () => {
  it.each<[string, string, object | undefined]>([
    [
      'beside a challenge with an error of its own',
      'Bearer error="invalid_token", DPoP error="use_dpop_nonce"',
      undefined,
    ],
    ['in the body', 'DPoP algs="ES256"', { error: 'use_dpop_nonce' }],
  ])('%s is sent', async (_, challenge, body) => {
    const { op, visitor } = await stage({
      scope: 'openid profile',
      userinfo: 'required',
      dpop_bound_access_tokens: true,
      require_pushed_authorization_requests: true,
    });
    bindTokens(op, { nonces: true });
    const right = op.answers['/userinfo'];
    op.answers['/userinfo'] = async (seen) => {
      const answer = await right?.(seen);
      if (answer?.status !== 401) return answer ?? new Response();
      const headers = new Headers(answer.headers);
      headers.set('www-authenticate', challenge);
      return body
        ? Response.json(body, { status: 401, headers })
        : new Response(null, { status: 401, headers });
    };
    expect((await signIn(visitor, op)).status).toBe(303);
  });
});

describe('the answer to a refresh', () => {
  it.each(['interaction_required', 'login_required', 'consent_required'])(
    '%s asks for a new sign-in',
    async (error) => {
      const { op, visitor } = await stage({});
      await signIn(visitor, op);
      op.answers['/token'] = () => Response.json({ error }, { status: 400 });
      const response = await visitor.post('/session/refresh', { accept: 'application/json' });
      expect(await response.json()).toMatchObject({ error: 'login_required' });
    },
  );

  it('that asks to wait says so to who asked', async () => {
    const { op, visitor } = await stage({});
    await signIn(visitor, op);
    op.answers['/token'] = () => new Response('', { status: 429, headers: { 'retry-after': '600' } });
    const response = await visitor.post('/session/refresh', { accept: 'application/json' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([502, '600']);
  });
});

describe('userinfo', () => {
  const PROFILE = { scope: 'openid profile' };

  it.each(['application/jwt', 'text/plain', 'application/json'])(
    'that is a JWT is checked as one, whatever it is called: %s',
    async (type) => {
      const { op, visitor } = await stage(PROFILE);
      op.answers['/userinfo'] = async () => {
        const jwt = await new SignJWT({ iss: op.issuer, aud: op.clientId, sub: op.sub, name: 'Ada' })
          .setProtectedHeader({ alg: 'ES256', kid: 'key-1' })
          .sign(op.signing.key);
        return new Response(jwt, { headers: { 'content-type': type } });
      };
      await signIn(visitor, op);
      expect((await shown(visitor)).claims).toEqual({ name: 'Ada' });
    },
  );

  it('that is JSON is read, whatever it is called', async () => {
    const { op, visitor } = await stage(PROFILE);
    op.answers['/userinfo'] = () => new Response('\ufeff{"sub":"user-1","name":"Ada"}');
    await signIn(visitor, op);
    expect((await shown(visitor)).claims).toEqual({ name: 'Ada' });
  });

  it('that is required and has no place refuses the login', async () => {
    const { op, visitor } = await stage({ ...PROFILE, userinfo: 'required' });
    op.metadata = ({ userinfo_endpoint: _, ...right }) => right;
    await expectRefused(visitor, await signIn(visitor, op), 'token_response_invalid');
  });

  it.each(['employee 10765432100123456789', 'employee 10765432100123456788'])(
    'keeps the digits of a number: %s',
    async (text) => {
      const number = text.split(' ')[1] ?? '';
      const { op, visitor } = await stage(PROFILE);
      op.answers['/userinfo'] = () => new Response(`{"sub":"user-1","name":"Ada","employee":${number}}`);
      await signIn(visitor, op);
      expect((await shown(visitor)).claims).toMatchObject({ employee: number });
    },
  );
});
