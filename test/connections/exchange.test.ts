import { runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { formatKey, newConnectionId, newSecret, parseKey } from '../../src/connections/key.ts';
import { later } from '../sessions/durable-object/keeper-stage.ts';
import { errorOf, Visitor } from '../support/visitor.ts';
import {
  ACCESS_TOKEN,
  CONNECTION_KEEPER,
  connect,
  connected,
  exchange,
  json,
  post,
  postForm,
  TOKEN_EXCHANGE,
  watched,
} from './stage.ts';

afterEach(() => {
  vi.useRealTimers();
});

const refusal = async (response: Response) => [response.status, await errorOf(response)];

describe('token exchange by a key (RFC 8693)', () => {
  it('answers with the access token, what it is, how long it lives, what it may do (§2.2.1)', async () => {
    const { visitor, key } = await connected();
    const response = await exchange(visitor, key);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const body = await json(response);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^access-/),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      scope: 'openid read',
    });
    expect(body.expires_in).toBeGreaterThan(290);
  });

  it('costs one call of the object, and no operation of KV', async () => {
    const { visitor, key } = await connected();
    const { calls, operations, env } = watched();
    expect((await exchange(visitor.at({ ...visitor.env, ...env }), key)).status).toBe(200);
    expect(calls).toEqual(['use']);
    expect(operations).toEqual([]);
  });

  it('costs no call for a key with a wrong checksum', async () => {
    const { visitor, key } = await connected();
    const { calls, env } = watched();
    const wrong = key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a');
    const response = await exchange(visitor.at({ ...visitor.env, ...env }), wrong);
    expect(await refusal(response)).toEqual([400, 'invalid_request']);
    expect(calls).toEqual([]);
  });

  it('writes nothing for an id that nobody has', async () => {
    const { visitor } = await connected();
    const connection = newConnectionId();
    const response = await exchange(visitor, formatKey({ connection, secret: newSecret() }));
    expect(await refusal(response)).toEqual([400, 'invalid_request']);
    const stub = CONNECTION_KEEPER.getByName(connection);
    const left = await runInDurableObject(stub, async (_, { storage }) => [
      ...storage.kv.list(),
      await storage.getAlarm(),
    ]);
    expect(left).toEqual([null]);
  });

  it.each<[string, (key: string) => string]>([
    ['another secret', (key) => formatKey({ ...parsed(key), secret: newSecret() })],
    ['the secret at another id', (key) => formatKey({ ...parsed(key), connection: newConnectionId() })],
    ['a key cut off', (key) => key.slice(0, 60)],
    ['a key with a space', (key) => `${key} `],
    ['a key in capitals', (key) => key.toUpperCase()],
    ['nothing that is a key', () => 'secret'],
  ])('refuses %s as it refuses any other, and reflects nothing of it', async (_, change) => {
    const { visitor, key } = await connected();
    const response = await exchange(visitor, change(key));
    const text = await response.clone().text();
    expect(await refusal(response)).toEqual([400, 'invalid_request']);
    expect(text).not.toContain(key.slice(30, 60));
  });

  it('refuses the secret of one connection at another of the same user', async () => {
    const { visitor, op, key } = await connected();
    const other = await connect(visitor, op);
    const mixed = formatKey({ connection: parsed(other.key).connection, secret: parsed(key).secret });
    expect(await refusal(await exchange(visitor, mixed))).toEqual([400, 'invalid_request']);
  });

  it.each<[string, Record<string, string | undefined>, number, string]>([
    ['no subject_token', { subject_token: undefined }, 400, 'invalid_request'],
    ['no subject_token_type', { subject_token_type: undefined }, 400, 'invalid_request'],
    ['an unknown subject_token_type', { subject_token_type: 'urn:x' }, 400, 'invalid_request'],
    [
      'a refresh token',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      400,
      'invalid_request',
    ],
    ['an actor token', { actor_token: 'x', actor_token_type: ACCESS_TOKEN }, 400, 'invalid_request'],
    ['no audience', { audience: undefined }, 400, 'invalid_request'],
    ['the audience of another provider', { audience: 'two' }, 400, 'invalid_target'],
    ['a prototype name as audience', { audience: '__proto__' }, 400, 'invalid_target'],
    ['a resource', { resource: 'https://api.example/' }, 400, 'invalid_target'],
    ['a wider scope', { scope: 'openid read write' }, 400, 'invalid_scope'],
    ['a narrower scope at a provider that can’t', { scope: 'read' }, 400, 'invalid_scope'],
    ['a scope of nothing', { scope: ' ' }, 400, 'invalid_scope'],
    ['another grant_type', { grant_type: 'authorization_code' }, 400, 'unsupported_grant_type'],
    ['no grant_type', { grant_type: undefined }, 400, 'invalid_request'],
    ['a lifetime that is no number', { min_ttl: '1e3' }, 400, 'invalid_request'],
  ])('refuses %s', async (_, changes, status, error) => {
    const { visitor, key } = await connected();
    expect(await refusal(await exchange(visitor, key, changes))).toEqual([status, error]);
  });

  it('takes an empty parameter for one that is left out (RFC 6749 §3.1)', async () => {
    const { visitor, key } = await connected();
    const empty = {
      resource: '',
      actor_token: '',
      actor_token_type: '',
      scope: '',
      requested_token_type: '',
    };
    expect((await exchange(visitor, key, { ...empty, min_ttl: '' })).status).toBe(200);
  });

  it.each(['audience', 'subject_token', 'subject_token_type', 'grant_type', 'scope'])(
    'refuses %s twice',
    async (name) => {
      const { visitor, key } = await connected();
      const form = new URLSearchParams({
        grant_type: TOKEN_EXCHANGE,
        subject_token: key,
        subject_token_type: ACCESS_TOKEN,
        audience: 'op',
        scope: 'openid read',
      });
      form.append(name, form.get(name) ?? '');
      expect(await refusal(await post(visitor, '/token', form))).toEqual([400, 'invalid_request']);
    },
  );

  it('refuses another content type, and answers GET as ever', async () => {
    const { visitor, key } = await connected();
    const asked = {
      grant_type: TOKEN_EXCHANGE,
      subject_token: key,
      subject_token_type: ACCESS_TOKEN,
      audience: 'op',
    };
    const program = new Visitor(visitor.env);
    const response = await program.send('POST', '/token', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    });
    expect(response.status).toBe(400);
    expect(await json(response)).toMatchObject({
      error: 'invalid_request',
      hint: 'Send the parameters in the body, as `application/x-www-form-urlencoded`.',
    });
    const got = await program.getJson(`/token?${new URLSearchParams(asked)}`);
    expect(await refusal(got)).toEqual([404, 'not_found']);
  });

  it('is not there while connections are off', async () => {
    const { visitor, key } = await connected();
    const off = visitor.at({ ...visitor.env, CONNECTIONS: 'off' });
    expect(await refusal(await exchange(off, key))).toEqual([404, 'not_found']);
  });
});

describe('the policy of a key', () => {
  it('gives no raw token unless it says so', async () => {
    const { visitor, key } = await connected({}, {}, { raw_tokens: '' });
    expect(await refusal(await exchange(visitor, key))).toEqual([400, 'unauthorized_client']);
  });

  it('gives none that is bound to a key (DPoP): it would be of no use elsewhere', async () => {
    const { visitor, key } = await connected({ dpop_bound_access_tokens: true }, {}, {}, 'DPoP');
    expect(await refusal(await exchange(visitor, key))).toEqual([400, 'invalid_target']);
  });

  it('ends with the key, at the time that was set', async () => {
    const { visitor, key } = await connected({}, {}, { key_days: '1' });
    expect((await exchange(visitor, key)).status).toBe(200);
    later(86_401);
    expect(await refusal(await exchange(visitor, key))).toEqual([400, 'invalid_request']);
  });

  it('ends with the connection', async () => {
    const { visitor, key, stub } = await connected({}, {}, { expires_in_days: '1' });
    later(86_401);
    expect(await refusal(await exchange(visitor, key))).toEqual([400, 'invalid_request']);
    expect(await stub.inspect()).toBeUndefined();
  });
});

describe('a narrower scope, where the provider can (RFC 6749 §6)', () => {
  const narrowing = { narrower_scope: true };

  it('is asked for at a refresh, and the connection’s own token stays', async () => {
    const { visitor, key, op, families } = await connected(narrowing);
    const whole = await json(await exchange(visitor, key));
    const narrow = await json(await exchange(visitor, key, { scope: 'read' }));
    expect(op.requests.at(-1)?.form.get('scope')).toBe('read');
    expect(narrow).toMatchObject({ scope: 'read' });
    expect(narrow.access_token).not.toBe(whole.access_token);
    expect(await json(await exchange(visitor, key))).toMatchObject({ access_token: whole.access_token });
    expect(families.sent).toHaveLength(1);
  });

  it('is asked for once, while its token lives', async () => {
    const { visitor, key, families } = await connected(narrowing);
    const first = await json(await exchange(visitor, key, { scope: 'read' }));
    const again = await json(await exchange(visitor, key, { scope: 'read' }));
    expect(again.access_token).toBe(first.access_token);
    expect(families.sent).toHaveLength(1);
  });

  it('and the whole one, asked for at once, never send a refresh token twice', async () => {
    const { visitor, key, families } = await connected(narrowing);
    later(400);
    const scopes = [undefined, 'read', 'openid', undefined, 'read', 'openid read'];
    const answers = await Promise.all(scopes.map((scope) => exchange(visitor, key, { scope })));
    expect(answers.map(({ status }) => status)).toEqual(scopes.map(() => 200));
    expect(families.sentTwice).toEqual([]);
    expect(families.sent).toHaveLength(3);
  });
});

describe('an access token that has ended', () => {
  it('is refreshed once for many programs at once', async () => {
    const { visitor, key, families } = await connected();
    later(400);
    families.faults.push('slow');
    const answers = await Promise.all(Array.from({ length: 200 }, () => exchange(visitor, key)));
    const bodies = await Promise.all(answers.map(json));
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);
    expect(new Set(bodies.map((body) => body.access_token)).size).toBe(1);
    expect(families.sent).toHaveLength(1);
  });

  it('is refreshed early for a program that needs it to live on (min_ttl)', async () => {
    const { visitor, key, families } = await connected();
    later(180);
    expect((await json(await exchange(visitor, key))).expires_in).toBeLessThan(130);
    expect(families.sent).toHaveLength(0);
    expect((await json(await exchange(visitor, key, { min_ttl: '200' }))).expires_in).toBeGreaterThan(290);
    expect(families.sent).toHaveLength(1);
  });

  it('is 503 with Retry-After while the provider is down', async () => {
    const { visitor, key, families } = await connected();
    later(400);
    families.faults.push('down', 'down', 'down');
    const response = await exchange(visitor, key);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refusal(response)).toEqual([503, 'temporarily_unavailable']);
    later(70);
    expect((await exchange(visitor, key)).status).toBe(200);
  });
});

describe('a grant that its provider has ended', () => {
  it('is invalid_grant with the page on which its owner reconnects, and is asked for once', async () => {
    const { visitor, key, id, op } = await connected();
    op.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    later(400);
    const responses = await Promise.all(Array.from({ length: 5 }, () => exchange(visitor, key)));
    for (const response of responses) {
      expect(response.status).toBe(400);
      expect(await json(response)).toMatchObject({
        error: 'invalid_grant',
        reauthorization_uri: `https://app.example/connections/${id}`,
      });
    }
    const asked = op.paths.filter((path) => path === '/token').length;
    expect((await exchange(visitor, key)).status).toBe(400);
    expect(op.paths.filter((path) => path === '/token')).toHaveLength(asked);
  });

  it('is told before the scope is judged: there is none to compare with', async () => {
    const { visitor, key, op } = await connected();
    op.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    later(400);
    await exchange(visitor, key);
    expect(await errorOf(await exchange(visitor, key, { scope: 'read' }))).toBe('invalid_grant');
  });
});

describe('a key that ends', () => {
  it('while a request runs gives that request nothing', async () => {
    const { visitor, key, id, op, families } = await connected();
    const gate = op.hold('/token');
    later(400);
    const running = exchange(visitor, key);
    await vi.waitFor(() => expect(families.sent).toHaveLength(1));
    const { keys } = await json(await visitor.getJson(`/connections/${id}`));
    const [{ id: name } = { id: '' }] = keys as { id: string }[];
    expect((await postForm(visitor, `/connections/${id}/keys/${name}/end`)).status).toBe(303);
    gate.resolve();
    expect(await refusal(await running)).toEqual([400, 'invalid_request']);
  });

  it('by the program itself is ended at once, the connection stays (RFC 7009)', async () => {
    const { visitor, key, id } = await connected();
    expect((await post(visitor, '/revoke', { token: `${key}\n`, client_id: 'drawbridge-cli' })).status).toBe(
      200,
    );
    expect(await refusal(await exchange(visitor, key))).toEqual([400, 'invalid_request']);
    expect((await visitor.getJson(`/connections/${id}`)).status).toBe(200);
    for (const token of [
      key,
      'dbk_none',
      formatKey({ connection: newConnectionId(), secret: newSecret() }),
    ]) {
      expect((await post(visitor, '/revoke', { token })).status).toBe(200);
    }
    expect(await refusal(await post(visitor, '/revoke', {}))).toEqual([400, 'invalid_request']);
  });
});

function parsed(key: string) {
  const found = parseKey(key);
  if (!found) throw new Error('not a key');
  return found;
}
