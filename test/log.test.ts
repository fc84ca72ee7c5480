import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import doc from '../docs/logs.md?raw';
import { EVENTS, redact } from '../src/log.ts';
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

  it('names the events that docs/logs.md describes, and no other', () => {
    const [, events = ''] = doc.split(/^## (?:Events|Fields)$/m);
    expect([...events.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name)).toEqual([...EVENTS]);
  });
});

describe('redaction', () => {
  it.each([
    ['a JWT', 'got eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.x', 'got [jwt]'],
    ['an e-mail address', 'user ada@op.example is unknown', 'user [email] is unknown'],
    ['a parameter', 'code=4/0Ab refused', 'code=[redacted] refused'],
    ['a header', 'Bearer abc refused', 'Bearer [redacted] refused'],
    ['an opaque text', 'token 0123456789abcdef was used', 'token [redacted] was used'],
    ['an error code stays', 'AADSTS7000215: redirect_uri_mismatch', 'AADSTS7000215: redirect_uri_mismatch'],
    ['line breaks', 'a\nb', 'a b'],
  ])('%s', (_, text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it('also of short texts that are known to be secret', () => {
    expect(redact('no client with s3cret! here', ['s3cret!'])).toBe('no client with [redacted] here');
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
      { indexes: ['op'], blobs: ['login_started', 'op', ''], doubles: [duration, 1] },
      { indexes: ['op'], blobs: ['login_finished', 'op', ''], doubles: [duration, 2] },
      { indexes: ['op'], blobs: ['login_failed', 'op', 'state_mismatch'], doubles: [duration, 0] },
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
