import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { later } from '../sessions/durable-object/keeper-stage.ts';
import { errorOf, type Visitor } from '../support/visitor.ts';
import { connected, exchange, json } from './stage.ts';

afterEach(() => {
  vi.useRealTimers();
});

const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const CI = 'https://ci.example';
const AUDIENCE = 'https://app.example';
const SUBJECT = 'repo:acme/app:ref:refs/heads/main';

/** A CI system that signs tokens for its jobs. */
async function ciSystem() {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'ci-1', alg: 'RS256' };
  const others = globalThis.fetch;
  const ci = { keys: [jwk] as object[], asked: 0, isDown: false, issuer: CI };
  const answer = (url: URL) => {
    ci.asked++;
    if (ci.isDown) return new Response('', { status: 503 });
    if (url.pathname === '/jwks') return Response.json({ keys: ci.keys });
    return Response.json({ issuer: ci.issuer, jwks_uri: `${CI}/jwks` });
  };
  vi.stubGlobal(
    'fetch',
    Object.assign((input: RequestInfo, init?: RequestInit) => {
      const request = new Request(input, init);
      return request.url.startsWith(CI) ? answer(new URL(request.url)) : others(request);
    }, others),
  );
  const sign = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: CI, aud: AUDIENCE, sub: SUBJECT, iat: now, exp: now + 600, ref: 'main', ...claims };
    return new SignJWT(all).setProtectedHeader({ alg: 'RS256', kid: 'ci-1', ...header }).sign(privateKey);
  };
  return Object.assign(ci, { sign, privateKey });
}

async function trusting(entry: Record<string, unknown> = {}) {
  const made = await connected();
  const ci = await ciSystem();
  const TRUST = {
    job: {
      issuer: CI,
      audience: AUDIENCE,
      subject: SUBJECT,
      connection: made.id,
      raw_tokens: true,
      ...entry,
    },
  };
  return { ...made, ci, visitor: made.visitor.at({ ...made.visitor.env, TRUST }) };
}

const byJwt = (visitor: Visitor, token: string, changes = {}) =>
  exchange(visitor, token, { subject_token_type: JWT, ...changes });
const refusal = async (response: Response) => [response.status, await errorOf(response)];

describe('a JWT that TRUST accepts', () => {
  it('stands for the connection: no key is stored in the CI system', async () => {
    const { visitor, ci } = await trusting();
    const response = await byJwt(visitor, await ci.sign());
    expect(response.status).toBe(200);
    expect(await json(response)).toMatchObject({ access_token: expect.stringMatching(/^access-/) });
  });

  it('may be used again until it ends, and its issuer’s keys are read once', async () => {
    const { visitor, ci } = await trusting();
    const token = await ci.sign();
    for (let use = 0; use < 5; use++) expect((await byJwt(visitor, token)).status).toBe(200);
    expect(ci.asked).toBe(2);
    later(700);
    expect(await refusal(await byJwt(visitor, token))).toEqual([400, 'invalid_request']);
  });

  it('may name its audience in a list of one', async () => {
    const { visitor, ci } = await trusting();
    expect((await byJwt(visitor, await ci.sign({ aud: [AUDIENCE] }))).status).toBe(200);
  });

  it('is verified with keys from the settings, where they are there', async () => {
    const { ci, visitor: first, id } = await trusting();
    const entry = { issuer: CI, audience: AUDIENCE, subject: SUBJECT, connection: id, raw_tokens: true };
    const TRUST = JSON.stringify({ job: { ...entry, jwks: { keys: ci.keys } } });
    const visitor = first.at({ ...first.env, TRUST });
    expect((await byJwt(visitor, await ci.sign())).status).toBe(200);
    expect(ci.asked).toBe(0);
  });

  it('is verified with the key of a SPIFFE bundle for it, and with no other key there (JWT-SVID §6)', async () => {
    const { visitor, ci } = await trusting();
    const [jwk = {}] = ci.keys;
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const x509 = { ...(await exportJWK(publicKey)), use: 'x509-svid', x5c: ['MIIB'] };
    ci.keys = [x509, { ...jwk, use: 'jwt-svid', alg: undefined }];
    expect((await byJwt(visitor, await ci.sign())).status).toBe(200);
    later(700);
    ci.keys = [{ ...jwk, use: 'x509-svid' }];
    expect(await refusal(await byJwt(visitor, await ci.sign()))).toEqual([400, 'invalid_request']);
  });

  it('is verified with a new key after one more look, but not after every JWT with a key of its own', async () => {
    const { visitor, ci } = await trusting();
    expect((await byJwt(visitor, await ci.sign())).status).toBe(200);
    for (const kid of ['ci-2', 'ci-3', 'ci-4']) {
      expect(await refusal(await byJwt(visitor, await ci.sign({}, { kid })))).toEqual([
        400,
        'invalid_request',
      ]);
    }
    expect(ci.asked).toBe(2);
    later(31);
    ci.keys = [{ ...ci.keys[0], kid: 'ci-5' }];
    expect((await byJwt(visitor, await ci.sign({}, { kid: 'ci-5' }))).status).toBe(200);
    expect(ci.asked).toBe(4);
  });

  it('is verified with a new key under the old name, after one more look', async () => {
    const { visitor, ci } = await trusting();
    const own = ci.keys;
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    ci.keys = [{ ...(await exportJWK(publicKey)), kid: 'ci-1', alg: 'RS256' }];
    expect(await refusal(await byJwt(visitor, await ci.sign()))).toEqual([400, 'invalid_request']);
    ci.keys = own;
    later(31);
    expect((await byJwt(visitor, await ci.sign())).status).toBe(200);
    expect(ci.asked).toBe(4);
  });

  it('is verified while two keys have one name, as during a rotation', async () => {
    const { visitor, ci } = await trusting();
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    ci.keys = [{ ...(await exportJWK(publicKey)), kid: 'ci-1', alg: 'RS256' }, ...ci.keys, ...ci.keys];
    expect((await byJwt(visitor, await ci.sign())).status).toBe(200);
  });

  it('keeps to the policy of its entry', async () => {
    const { visitor, ci } = await trusting({ raw_tokens: false });
    expect(await refusal(await byJwt(visitor, await ci.sign()))).toEqual([400, 'unauthorized_client']);
  });

  it('reaches upstreams that are there: another name is a fault of the settings', async () => {
    const { visitor } = await trusting({ upstreams: ['api'] });
    const response = await visitor.getJson('/session');
    expect(response.status).toBe(503);
    expect(await json(response)).toMatchObject({ faults: [{ setting: 'TRUST.job.upstreams' }] });
    const api = { path: '/api/', target: 'https://api.example/', provider: 'op' };
    expect((await visitor.at({ ...visitor.env, UPSTREAMS: { api } }).getJson('/session')).status).toBe(200);
  });

  it.each([
    [{ subject: 'repo:acme/app:*' }, 'TRUST.job.subject'],
    [{ claims: { ref: 'refs/heads/*' } }, 'TRUST.job.claims.ref'],
  ])('matches no pattern, which is a fault of the settings: %j', async (entry, setting) => {
    const { visitor } = await trusting(entry);
    const { faults } = await json(await visitor.getJson('/session'));
    expect(faults).toEqual([
      { setting, fault: expect.stringContaining('pattern'), hint: expect.any(String) },
    ]);
  });

  it('for another provider than its connection’s is told so', async () => {
    const { visitor, ci } = await trusting();
    const response = await byJwt(visitor, await ci.sign(), { audience: 'two' });
    expect(await refusal(response)).toEqual([400, 'invalid_target']);
  });
});

describe('a JWT that no entry accepts', () => {
  it.each([['null'], ['{"error":"forbidden"}'], ['a.b.c'], ['x'.repeat(17_000)]])(
    'is told from what is none, as a script sends it whose request for one failed: %.30s',
    async (text) => {
      const { visitor } = await trusting();
      const response = await byJwt(visitor, text);
      expect(response.status).toBe(400);
      expect(await json(response)).toMatchObject({
        error: 'invalid_request',
        error_description: expect.stringContaining('not a JWT'),
      });
    },
  );

  const now = () => Math.floor(Date.now() / 1000);

  it.each<[string, () => Record<string, unknown>]>([
    ['another issuer', () => ({ iss: 'https://ci.example/' })],
    ['another audience', () => ({ aud: 'https://app.example/' })],
    ['several audiences', () => ({ aud: [AUDIENCE, 'https://other.example'] })],
    ['no audience', () => ({ aud: undefined })],
    ['another subject', () => ({ sub: `${SUBJECT}x` })],
    ['a subject that is no text', () => ({ sub: [SUBJECT] })],
    [
      'an event, such as that of a logout token',
      () => ({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
    ],
    ['a claim that differs', () => ({ ref: 'other' })],
    ['a claim that is missing', () => ({ ref: undefined })],
    ['an end in the past', () => ({ exp: now() - 120 })],
    ['no end', () => ({ exp: undefined })],
    ['no issue time', () => ({ iat: undefined })],
    ['an issue time in the future', () => ({ iat: now() + 600, exp: now() + 1200 })],
    ['a beginning in the future', () => ({ nbf: now() + 600 })],
    ['an age of more than an hour', () => ({ iat: now() - 3700 })],
  ])('%s is refused', async (_, claims) => {
    const { visitor, ci } = await trusting({ claims: { ref: 'main' } });
    expect((await byJwt(visitor, await ci.sign())).status).toBe(200);
    expect(await refusal(await byJwt(visitor, await ci.sign(claims())))).toEqual([400, 'invalid_request']);
  });

  it('asks its issuer nothing', async () => {
    const { visitor, ci } = await trusting();
    for (const claims of [{ iss: 'https://evil.example' }, { sub: 'x' }, { aud: 'x' }]) {
      expect((await byJwt(visitor, await ci.sign(claims))).status).toBe(400);
    }
    for (const junk of ['x', 'a.b.c', `${'a'.repeat(20_000)}.b.c`, '..']) {
      expect((await byJwt(visitor, junk)).status).toBe(400);
    }
    expect(ci.asked).toBe(0);
  });

  it('unsigned, signed by somebody else, or with the public key as a secret', async () => {
    const { visitor, ci } = await trusting();
    const claims = { iss: CI, aud: AUDIENCE, sub: SUBJECT, iat: now(), exp: now() + 600 };
    const { privateKey } = await generateKeyPair('RS256');
    const secret = new TextEncoder().encode(JSON.stringify(ci.keys[0]));
    const forged = [
      new UnsecuredJWT(claims).encode(),
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'ci-1' }).sign(privateKey),
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'ci-1' }).sign(secret),
    ];
    for (const token of forged) {
      expect(await refusal(await byJwt(visitor, token))).toEqual([400, 'invalid_request']);
    }
  });

  it('is refused while the metadata is of another issuer', async () => {
    const { visitor, ci } = await trusting();
    ci.issuer = 'https://evil.example';
    expect(await refusal(await byJwt(visitor, await ci.sign()))).toEqual([503, 'temporarily_unavailable']);
  });

  it.each([
    [{ sub: 'repo:acme/app:pull_request' }, 'no entry of TRUST matches; job has another sub'],
    [{ aud: 'sts', ref: 'dev' }, 'no entry of TRUST matches; job has another aud and ref'],
    [{ iss: 'https://ci.example/' }, 'no entry of TRUST matches, since none has its iss'],
  ])('that is refused has the log say what differs: %j', async (claims, detail) => {
    const { visitor, ci } = await trusting({ claims: { ref: 'main' } });
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
    await byJwt(visitor, await ci.sign(claims));
    log.mockRestore();
    const details = lines.map((line) => JSON.parse(line).detail);
    expect(details).toContain(`trusted JWT: ${detail}`);
  });

  it('is no key, and a key is no JWT', async () => {
    const { visitor, ci, key } = await trusting();
    expect(await refusal(await byJwt(visitor, key))).toEqual([400, 'invalid_request']);
    expect(await refusal(await exchange(visitor, await ci.sign()))).toEqual([400, 'invalid_request']);
  });
});

describe('an issuer whose keys can’t be read', () => {
  it('is 503 with Retry-After, and asked again only after half a minute', async () => {
    const { visitor, ci } = await trusting();
    ci.isDown = true;
    const response = await byJwt(visitor, await ci.sign());
    expect(response.headers.get('retry-after')).toBe('30');
    expect(await refusal(response)).toEqual([503, 'temporarily_unavailable']);
    const asked = ci.asked;
    expect((await byJwt(visitor, await ci.sign())).status).toBe(503);
    expect(ci.asked).toBe(asked);
    ci.isDown = false;
    later(31);
    expect((await byJwt(visitor, await ci.sign())).status).toBe(200);
  });

  it('is trusted by the keys of the last day meanwhile', async () => {
    const { visitor, ci } = await trusting();
    expect((await byJwt(visitor, await ci.sign())).status).toBe(200);
    ci.isDown = true;
    later(700);
    expect((await byJwt(visitor, await ci.sign())).status).toBe(200);
  });
});
