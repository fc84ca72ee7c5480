import { afterEach, describe, expect, it, vi } from 'vitest';
import doc from '../../../docs/errors.md?raw';
import { ERROR_CODES, type ErrorCode } from '../../../src/error-kinds.ts';
import type { ScriptedProvider } from '../../fakes/scripted-provider.ts';
import { signIn, stage, startLogin } from '../../flows/journey.ts';
import { locationOf, type Visitor } from '../../support/visitor.ts';

interface Scene {
  readonly op: ScriptedProvider;
  readonly visitor: Visitor;
  /** What the client says it takes. */
  readonly as: Record<string, string>;
}
type Reach = (scene: Scene) => Promise<Response>;

const WANTED = '/shop?item=7';
const LOGIN = `/login?return_to=${encodeURIComponent(WANTED)}`;

/** A login that goes wrong at the callback: `answer` is what the provider sends, over what it should. */
const atCallback =
  (answer: Record<string, string>, prepare: (op: ScriptedProvider) => void = () => {}): Reach =>
  async ({ op, visitor, as }) => {
    prepare(op);
    const url = op.callback(await startLogin(visitor, LOGIN), (right) => {
      for (const [name, value] of Object.entries(answer)) right.set(name, value);
      return right;
    });
    return visitor.get(url, as);
  };
const tokenAnswer =
  (body: unknown, status = 200) =>
  (op: ScriptedProvider) => {
    op.answers['/token'] = () => Response.json(body, { status });
  };
const visit =
  (path: string, own: Record<string, unknown> = {}): Reach =>
  ({ visitor, as }) =>
    visitor.at({ ...visitor.env, ...own }).get(path, as);

/** Objects that the platform does not let anyone talk to. */
const BROKEN = {
  getByName: () => {
    throw new Error('broken');
  },
};

/** How each code is met from outside; the second member says whether the page starts the login again. */
const CODES: [ErrorCode, boolean, Reach][] = [
  ['state_mismatch', true, atCallback({ state: 'another' })],
  [
    'login_expired',
    true,
    async ({ op, visitor, as }) => {
      const url = op.callback(await startLogin(visitor, LOGIN));
      vi.useFakeTimers({ now: Date.now() + 601_000, toFake: ['Date'] });
      return visitor.get(url, as);
    },
  ],
  ['issuer_mismatch', true, atCallback({ iss: 'https://evil.example' })],
  ['provider_error', true, atCallback({ error: 'invalid_scope' })],
  ['access_denied', true, atCallback({ error: 'access_denied' })],
  ['token_request_failed', true, atCallback({}, tokenAnswer({ error: 'invalid_grant' }, 400))],
  ['token_response_invalid', true, atCallback({}, tokenAnswer({ token_type: 'Bearer' }))],
  [
    'id_token_invalid',
    true,
    atCallback({}, (op) => {
      op.idTokenClaims = (right) => ({ ...right, aud: 'another client' });
    }),
  ],
  ['provider_unreachable', true, atCallback({}, tokenAnswer({}, 503))],
  ['unknown_provider', false, visit('/login/nobody')],
  ['invalid_request', true, visit(`${LOGIN}&max_age=soon`)],
  ['not_signed_in', true, visit('/session')],
  ['login_required', true, atCallback({ error: 'login_required' })],
  [
    'account_mismatch',
    true,
    async ({ op, visitor, as }) => {
      await signIn(visitor, op);
      op.sub = 'somebody else';
      const started = await visitor.follow(`${LOGIN}&connect=1`);
      return visitor.get(op.callback(locationOf(started)), as);
    },
  ],
  [
    'session_too_large',
    true,
    atCallback({}, (op) => {
      op.tokenResponse = (right) => ({ ...right, access_token: 'x'.repeat(40_000) });
    }),
  ],
  ['forbidden', false, ({ visitor, as }) => visitor.send('POST', '/logout', { headers: as })],
  ['method_not_allowed', false, ({ visitor, as }) => visitor.send('PUT', '/callback', { headers: as })],
  ['not_found', false, visit('/nowhere')],
  [
    'operator_required',
    false,
    ({ visitor, as }) =>
      visitor
        .at({ ...visitor.env, ADMIN_TOKEN: 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ' })
        .send('POST', '/admin/sessions/revoke', { headers: as }),
  ],
  ['rate_limited', false, visit('/login', { LIMITER: { limit: async () => ({ success: false }) } })],
  ['config_invalid', false, visit('/', { SESSION_SECRET: 'short' })],
  [
    'internal',
    true,
    async ({ op, visitor, as }) => {
      const url = op.callback(await startLogin(visitor, LOGIN));
      return visitor
        .at({ ...visitor.env, TOKENS: { put: async () => {} }, SESSION_KEEPER: BROKEN })
        .get(url, as);
    },
  ],
];

afterEach(() => {
  vi.useRealTimers();
});

describe('every error code', () => {
  /** Of upstreams and keys, which have no page of ours in front: see test/upstreams/ and test/connections/. */
  const elsewhere = [
    'not_allowed',
    'insufficient_scope',
    'upstream_unreachable',
    'upstream_timeout',
    'invalid_token',
    'invalid_client',
    'invalid_grant',
    'invalid_target',
    'invalid_scope',
    'unauthorized_client',
    'unsupported_grant_type',
    'authorization_pending',
    'slow_down',
    'expired_token',
    'temporarily_unavailable',
    'no_offline_access',
  ];

  it('is met by one of these tests', () => {
    const met = [...CODES.map(([code]) => code), ...elsewhere];
    expect(met.toSorted()).toEqual([...ERROR_CODES].toSorted());
  });

  it.each(CODES)('%s as JSON: what happened, what to do, the flow', async (code, _, reach) => {
    const { op, visitor } = await stage();
    const response = await reach({ op, visitor, as: { accept: 'application/json' } });
    expect(await response.json()).toMatchObject({
      error: code,
      error_description: expect.stringMatching(/\w.*\.$/),
      hint: expect.stringMatching(/\w.*\.$/),
      flow: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
  });

  it.each(CODES)(
    '%s as a page: the same, and a new start that keeps return_to',
    async (code, retries, reach) => {
      const { op, visitor } = await stage();
      const page = await (await reach({ op, visitor, as: { accept: 'text/html' } })).text();
      expect(page).toMatch(new RegExp(`<code>${code}</code> · flow <code>[0-9a-f]{16}</code>`));
      expect(page).toMatch(/What to do:|Fix it/);
      expect(
        /<a class="button primary" href="[^"]+">(?:Start again|Sign in|Stay signed in)</.test(page),
      ).toBe(retries);
      const keeps = retries && !['not_signed_in', 'state_mismatch'].includes(code);
      expect(page.includes(`href="/login/op?return_to=${encodeURIComponent(WANTED)}"`)).toBe(keeps);
    },
  );

  it.each([
    [
      'has ended the grant',
      () => Response.json({ error: 'invalid_grant' }, { status: 400 }),
      '/login/op">Sign in<',
    ],
    ['is down', () => new Response('', { status: 503 }), '/session">Back to the session<'],
  ])('leads on from a refresh when the provider %s', async (_, answer, link) => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    op.answers['/token'] = answer;
    const page = await (await visitor.post('/session/refresh', { accept: 'text/html' })).text();
    expect(page).toContain(`<a class="button primary" href="${link}`);
  });

  it('has a section in docs/errors.md, and nothing else has', () => {
    expect([...doc.matchAll(/^## `(\w+)`$/gm)].map(([, code]) => code)).toEqual([...ERROR_CODES]);
  });
});

describe('INSPECT, when a login fails', () => {
  const failed = async (answer: () => Response, own: object = {}) => {
    const { op, visitor } = await stage({}, { INSPECT: true, ...own });
    op.answers['/token'] = answer;
    const url = op.callback(await startLogin(visitor));
    const page = await (await visitor.get(url)).text();
    return { page, code: new URL(url, visitor.origin).searchParams.get('code') ?? '', op };
  };
  const refusal = () =>
    Response.json(
      { error: 'invalid_client', error_description: 'AADSTS7000215 <b>secret</b> wrong' },
      { status: 401 },
    );

  it('shows every step on the error page, what the provider answered too, without a secret', async () => {
    const { page, code, op } = await failed(refusal);
    for (const title of ['Authorization request', 'Callback', 'Token request'])
      expect(page).toContain(`<h3>${title}</h3>`);
    expect(page).toContain('AADSTS7000215 &lt;b&gt;secret&lt;/b&gt; wrong');
    expect(page).toContain('code=•••');
    for (const secret of [code, op.clientSecret]) expect(page).not.toContain(secret);
  });

  it('shows a request that got no answer, and why', async () => {
    const { page } = await failed(() => {
      throw new TypeError('connection reset');
    });
    expect(page).toMatch(/<h3>Token request<\/h3>[\s\S]*No answer: .*connection reset/);
  });

  it('shows what came back, where no login is open for it', async () => {
    const { visitor } = await stage({}, { INSPECT: true });
    const page = await (await visitor.get('/callback?error=server_error&state=unknown')).text();
    expect(page).toMatch(/<h3>Callback<\/h3>[\s\S]*error=server_error/);
  });

  it('shows nothing of it to users', async () => {
    const { page } = await failed(refusal, { INSPECT: false });
    expect(page).not.toContain('AADSTS');
    expect(page).not.toContain('Token request');
  });
});
