import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import doc from '../docs/logs.md?raw';
import { EVENTS } from '../src/log.ts';
import { expectRefused, signIn, stage, startLogin } from './flows/journey.ts';

let lines: string[] = [];
beforeEach(() => {
  lines = [];
  vi.spyOn(console, 'log').mockImplementation((line) => lines.push(String(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const logged = () => lines.map((text) => JSON.parse(text) as Record<string, unknown>);

describe('the log', () => {
  it('has one line an event, tied together by the flow', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    await visitor.post('/session/refresh');
    await visitor.post('/logout');
    const [started, finished, refreshed, logout] = logged();
    expect(started).toMatchObject({ event: 'login_started', provider: 'op', provider_requests: 1 });
    expect(finished).toMatchObject({ event: 'login_finished', flow: started?.flow, provider_requests: 2 });
    expect(refreshed).toMatchObject({ event: 'refresh_finished', provider: 'op', provider_requests: 1 });
    expect(refreshed?.session).toBe(finished?.session);
    expect(logout).toMatchObject({ event: 'logout', provider: 'op' });
    for (const line of [started, finished, refreshed]) expect(line?.duration_ms).toEqual(expect.any(Number));
    expect(lines).toHaveLength(4);
  });

  it('tells why a login failed, in the provider’s own words made safe', async () => {
    const { op, visitor } = await stage();
    const started = await startLogin(visitor);
    op.answers['/token'] = () =>
      Response.json(
        { error: 'invalid_client', error_description: 'AADSTS7000215: for ada@op.example' },
        { status: 401 },
      );
    await expectRefused(visitor, await visitor.getJson(op.callback(started)), 'token_request_failed');
    expect(logged()[1]).toMatchObject({
      event: 'login_failed',
      flow: logged()[0]?.flow,
      provider: 'op',
      error: 'token_request_failed',
      provider_error: 'invalid_client',
      provider_requests: 1,
      detail: '401 invalid_client: AADSTS7000215: for [email]',
    });
  });

  it.each([
    [
      'temporarily_unavailable',
      'Down for maintenance until 6 pm',
      'temporarily_unavailable: Down for maintenance until 6 pm',
    ],
    ['server_error', 'DPoP proof required', 'server_error: DPoP proof required'],
    ['invalid_request', 'token: missing', 'invalid_request: token: missing'],
    [
      'invalid_request',
      'see /docs/oauth2/v2.0/errors\u0007',
      'invalid_request: see /docs/oauth2/v2.0/errors ',
    ],
    [
      'access_denied',
      'code_state and secret=hunter2 denied',
      'access_denied: code_state and secret=[redacted] denied',
    ],
  ])('says %s as the provider put it in the authorization response', async (error, description, detail) => {
    const { op, visitor } = await stage();
    const started = await startLogin(visitor);
    const back = new URL(op.callback(started), visitor.origin);
    back.searchParams.delete('code');
    back.searchParams.set('error', error);
    back.searchParams.set('error_description', description);
    await visitor.getJson(back.pathname + back.search);
    expect(logged()[1]).toMatchObject({ event: 'login_failed', provider_error: error, detail });
    expect(lines[1]).not.toContain(started.searchParams.get('state'));
  });

  it('says it also of a posted response, without what else was posted', async () => {
    const { op, visitor } = await stage({ response_mode: 'form_post' });
    const started = await startLogin(visitor);
    const back = new URL(op.callback(started), visitor.origin);
    const code = back.searchParams.get('code') ?? '';
    const posted = new URLSearchParams(back.searchParams);
    posted.delete('code');
    posted.set('error', 'temporarily_unavailable');
    posted.set('error_description', `no session ${code} for ${posted.get('state')}`);
    posted.set('session_hint', code);
    await visitor.send('POST', back.pathname, { headers: { accept: 'application/json' }, body: posted });
    expect(logged()[1]).toMatchObject({
      detail: 'temporarily_unavailable: no session [redacted] for [redacted]',
    });
  });

  it('names the events that docs/logs.md describes, and no other', () => {
    const [, events = ''] = doc.split(/^## (?:Events|Fields)$/m);
    expect([...events.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name)).toEqual([...EVENTS]);
  });
});

describe('data points', () => {
  it('go to METRICS, one an event, without a secret', async () => {
    const points: unknown[] = [];
    const METRICS = { writeDataPoint: (point: unknown) => points.push(point) };
    const { op, visitor } = await stage({}, { METRICS });
    await signIn(visitor, op);
    await visitor.getJson('/callback?state=none');
    const duration = expect.any(Number);
    expect(points).toEqual([
      { indexes: ['op'], blobs: ['login_started', 'op', '', ''], doubles: [duration, 1, 0] },
      { indexes: ['op'], blobs: ['login_finished', 'op', '', ''], doubles: [duration, 2, 0] },
      { indexes: ['op'], blobs: ['login_failed', 'op', 'state_mismatch', ''], doubles: [duration, 0, 0] },
    ]);
  });

  it('that can’t be written fail no login', async () => {
    const METRICS = {
      writeDataPoint: () => {
        throw new Error('over the limit');
      },
    };
    const { op, visitor } = await stage({}, { METRICS });
    expect((await signIn(visitor, op)).status).toBe(303);
  });
});

describe('Server-Timing', () => {
  it('names each request to the provider in INSPECT, and is not there without', async () => {
    const { op, visitor } = await stage({}, { INSPECT: true });
    const response = await signIn(visitor, op);
    expect(response.headers.get('server-timing')).toMatch(/^total;dur=\d+, token;dur=\d+, jwks;dur=\d+$/);
    const plain = await stage();
    expect((await signIn(plain.visitor, plain.op)).headers.get('server-timing')).toBeNull();
  });
});

describe('a log of 1,000 logins', () => {
  /** Every way in which a provider may repeat what it was sent. */
  const ECHOES = [
    (seen: string) => `unknown ${seen}`,
    (seen: string) => `'${seen}' is wrong`,
    (seen: string) => `x${seen}`,
    (seen: string) => encodeURIComponent(seen),
  ];

  it('holds no secret, code, token, verifier, cookie or e-mail, whatever the provider says', {
    timeout: 60_000,
  }, async () => {
    const OP_CLIENT_SECRET = 's3cr3t of op & sons';
    const { op, visitor } = await stage({}, { OP_CLIENT_SECRET });
    Object.assign(op, { clientSecret: OP_CLIENT_SECRET });
    op.idTokenClaims = (right) => ({ ...right, email: 'ada@op.example', name: 'Ada' });
    const secrets = new Set<string>();
    op.tokenResponse = (right) => {
      for (const name of ['access_token', 'refresh_token', 'id_token']) secrets.add(String(right[name]));
      return right;
    };
    let round = 0;
    op.answers['/token'] = async (seen) => {
      for (const name of ['code', 'code_verifier']) secrets.add(seen.form.get(name) ?? '');
      if (round % 2 === 0) return op.token(seen);
      const sent = [
        ...seen.form.values(),
        OP_CLIENT_SECRET,
        'ada@op.example',
        seen.headers.get('authorization') ?? '',
      ];
      const said = sent[(round >> 1) % sent.length] ?? '';
      const error_description = ECHOES[(round >> 1) % ECHOES.length]?.(said);
      return Response.json({ error: 'invalid_client', error_description }, { status: 401 });
    };
    const found: string[] = [];
    for (; round < 1000; round++) {
      secrets.clear();
      const before = lines.length;
      const url = await startLogin(visitor);
      for (const name of ['state', 'nonce']) secrets.add(url.searchParams.get(name) ?? '');
      for (const cookie of visitor.cookies.values()) secrets.add(cookie);
      await visitor.getJson(op.callback(url));
      for (const cookie of visitor.cookies.values()) secrets.add(cookie);
      visitor.cookies.clear();
      const written = lines.slice(before).join('\n');
      found.push(...[...secrets].filter((secret) => written.includes(secret)));
    }
    expect(found).toEqual([]);
    expect(lines).toHaveLength(2000);
    const log = lines.join('\n');
    for (const secret of [OP_CLIENT_SECRET, String(visitor.env.SESSION_SECRET)])
      expect(log).not.toContain(secret);
    expect(log).not.toMatch(/@op\.example|Ada/);
  });
});
