import { evictDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  connect,
  connected,
  consent,
  exchange,
  json,
  post,
  postForm,
  programStage,
  signIn,
} from '../../connections/stage.ts';
import { later } from '../../sessions/durable-object/keeper-stage.ts';
import { errorOf, locationOf, Visitor } from '../../support/visitor.ts';

afterEach(() => {
  vi.useRealTimers();
});

const ADMIN_TOKEN = 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ';
const BEARER = { authorization: `Bearer ${ADMIN_TOKEN}` };
const refusal = async (response: Response) => [response.status, await errorOf(response)];

interface Shown {
  readonly keys: { readonly id: string; readonly label: string; readonly expires_at?: number }[];
}
const shown = async (visitor: Visitor, id: string) =>
  (await (await visitor.getJson(`/connections/${id}`)).json()) as Shown;

describe('/connections', () => {
  it('asks who is not signed in to sign in', async () => {
    const { visitor } = await programStage();
    expect(await refusal(await visitor.getJson('/connections'))).toEqual([401, 'not_signed_in']);
    const visit = await visitor.get('/connections/x');
    expect(locationOf(visit).search).toBe('?return_to=%2Fconnections%2Fx');
  });

  it('lists what the user lets programs use, and nobody else’s', async () => {
    const { visitor, op, id } = await connected();
    const listed = await vi.waitFor(async () => {
      const { connections } = await json(await visitor.getJson('/connections'));
      expect(connections).toHaveLength(1);
      return connections as object[];
    });
    expect(listed[0]).toEqual({
      id,
      label: 'Nightly backup',
      provider: 'op',
      scope: 'openid read',
      owner: { iss: 'https://op.example', sub: op.sub },
      state: 'active',
      since: expect.any(Number),
      reason: null,
      keys: 1,
      created_at: expect.any(Number),
      expires_at: null,
      last_used_at: null,
    });
    const other = new Visitor(visitor.env);
    op.sub = crypto.randomUUID();
    await signIn(other, op);
    expect(await json(await other.getJson('/connections'))).toEqual({ connections: [] });
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/end'],
      ['POST', '/reconnect'],
      ['POST', '/keys'],
    ] as const) {
      const response = await other.send(method, `/connections/${id}${path}`, {
        headers: { accept: 'application/json', origin: other.origin, 'sec-fetch-site': 'same-origin' },
        ...(method === 'POST' && { body: new URLSearchParams({ label: 'x' }) }),
      });
      expect([path, ...(await refusal(response))]).toEqual([path, 404, 'not_found']);
    }
  });

  it('leads back to the list from a connection that is not there', async () => {
    const { visitor, op } = await programStage({}, { BASE_PATH: '/auth' });
    await visitor.get(op.callback(locationOf(await visitor.get('/auth/login'))));
    const response = await visitor.get('/auth/connections/none');
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('href="/auth/connections">Go to connections</a>');
  });

  it('shows a key once', async () => {
    const { visitor, op } = await programStage();
    await signIn(visitor, op);
    const asked = { provider: 'op', label: 'Backup', raw_tokens: 'true' };
    const back = await consent(visitor, op, await postForm(visitor, '/connections', asked));
    const path = locationOf(back).pathname;
    const first = await (await visitor.get(path)).text();
    const [key] = /dbk_[a-z2-7]{85}/.exec(first) ?? [];
    expect((await exchange(visitor, key ?? '')).status).toBe(200);
    expect(await (await visitor.get(path)).text()).not.toContain('dbk_');
  });

  it('asks the provider for lasting access, with a fresh consent', async () => {
    const { visitor, op } = await programStage({
      authorization_params: { access_type: 'offline', prompt: 'select_account consent' },
    });
    op.metadata = (right) => ({ ...right, scopes_supported: ['openid', 'read', 'offline_access'] });
    await signIn(visitor, op);
    const asked = { provider: 'op', label: 'Backup', scope: 'openid write' };
    const { searchParams } = locationOf(await postForm(visitor, '/connections', asked));
    expect(Object.fromEntries(searchParams)).toMatchObject({
      scope: 'openid write offline_access',
      access_type: 'offline',
      prompt: 'select_account consent',
    });
  });

  it('takes an access token that does not end in place of a refresh token', async () => {
    const { visitor, op } = await programStage();
    await signIn(visitor, op);
    op.tokenResponse = ({ refresh_token: _, expires_in: __, ...right }) => right;
    const { key } = await connect(visitor, op);
    const body = await json(await exchange(visitor, key));
    expect(body.access_token).toMatch(/^access-/);
    expect(body).not.toHaveProperty('expires_in');
  });

  it('never shares a refresh token with the session', async () => {
    const { visitor, key, op, families } = await connected({}, { INSPECT: true });
    later(400);
    expect((await exchange(visitor, key)).status).toBe(200);
    expect((await visitor.get('/token')).status).toBe(200);
    expect(families.sentTwice).toEqual([]);
    expect(new Set(families.sent).size).toBe(2);
    expect(op.paths).not.toContain('/revoke');
  });

  it('gives a program the URL of the consent instead of a redirect', async () => {
    const { visitor, op } = await programStage();
    await signIn(visitor, op);
    const response = await visitor.send('POST', '/connections', {
      headers: { accept: 'application/json', origin: visitor.origin, 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ provider: 'op', label: 'Backup' }),
    });
    const { authorization_url } = await json(response);
    expect((await visitor.get(op.callback(new URL(String(authorization_url))))).status).toBe(303);
  });

  it.each<[string, Record<string, string>, number, string]>([
    ['an unknown provider', { provider: 'none' }, 404, 'unknown_provider'],
    ['no name', { label: ' ' }, 400, 'invalid_request'],
    ['days that are none', { expires_in_days: '0' }, 400, 'invalid_request'],
    ['a path that is none', { paths: 'x' }, 400, 'invalid_request'],
  ])('refuses %s before anything is asked of the provider', async (_, changes, status, error) => {
    const { visitor, op } = await programStage();
    await signIn(visitor, op);
    const response = await visitor.send('POST', '/connections', {
      headers: { accept: 'application/json', origin: visitor.origin, 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ provider: 'op', label: 'Backup', ...changes }),
    });
    expect(await refusal(response)).toEqual([status, error]);
  });
});

describe('a link that asks for a connection', () => {
  const link = (sub: string) =>
    `/connections/new?${new URLSearchParams({ provider: 'op', label: '<b>Bot</b>', scope: 'read', iss: 'https://op.example', sub })}`;

  it('fills in the form for the user whom it names, without markup', async () => {
    const { visitor, op } = await programStage();
    await signIn(visitor, op);
    const page = await (await visitor.get(link(op.sub))).text();
    expect(page).toContain('value="&lt;b&gt;Bot&lt;/b&gt;"');
    const form = { provider: 'op', label: 'Bot', iss: 'https://op.example', sub: op.sub };
    expect((await postForm(visitor, '/connections', form)).status).toBe(303);
  });

  it('connects nobody else’s account, when it is opened nor when it is sent', async () => {
    const { visitor, op } = await programStage();
    await signIn(visitor, op);
    expect(await refusal(await visitor.getJson(link('somebody')))).toEqual([403, 'forbidden']);
    const form = { provider: 'op', label: 'Bot', iss: 'https://op.example', sub: 'somebody' };
    expect((await postForm(visitor, '/connections', form)).status).toBe(403);
  });
});

describe('a key', () => {
  it('is rotated with an overlap: both work for a day, then the new one', async () => {
    const { visitor, id, key } = await connected();
    const [old] = (await shown(visitor, id)).keys;
    const rotated = await postForm(visitor, `/connections/${id}/keys/${old?.id}/rotate`);
    const { key: next } = await json(await visitor.getJson(locationOf(rotated).pathname));
    for (const each of [key, String(next)]) expect((await exchange(visitor, each)).status).toBe(200);
    later(86_401);
    expect((await exchange(visitor, key)).status).toBe(400);
  });

  it('is rotated at once where no overlap is wanted', async () => {
    const { visitor, id, key } = await connected();
    const [old] = (await shown(visitor, id)).keys;
    await postForm(visitor, `/connections/${id}/keys/${old?.id}/rotate?overlap=0`);
    expect((await exchange(visitor, key)).status).toBe(400);
    expect((await shown(visitor, id)).keys).toHaveLength(1);
  });

  it('is rotated at once where a form says so, as in the query', async () => {
    const { visitor, id, key } = await connected();
    const [{ id: old = '' } = {}] = (await shown(visitor, id)).keys;
    await postForm(visitor, `/connections/${id}/keys/${old}/rotate`, { overlap: '0' });
    expect(await refusal(await exchange(visitor, key))).toEqual([400, 'invalid_request']);
  });

  it.each<[string, Record<string, string>]>([
    ['connections', { expires_in: '3600' }],
    ['connections', { path: '/repos' }],
    ['keys', { expires_in: '3600' }],
    ['keys', { expires_in_days: '3' }],
    ['keys', { method: 'GET' }],
    ['keys', { upstream: 'api' }],
    ['keys', { scope: 'read' }],
  ])('is not made without a limit that has another name: %s %j', async (what, limit) => {
    const { visitor, id } = await connected();
    const path = what === 'keys' ? `/connections/${id}/keys` : '/connections';
    const response = await visitor.send('POST', path, {
      headers: { origin: 'https://app.example', 'sec-fetch-site': 'same-origin', accept: 'application/json' },
      body: new URLSearchParams({ provider: 'op', label: 'x', ...limit }),
    });
    expect(response.status).toBe(400);
    expect(await json(response)).toMatchObject({
      error: 'invalid_request',
      hint: expect.stringContaining('`key_days`'),
    });
    expect((await shown(visitor, id)).keys).toHaveLength(1);
  });

  it('is not made for an upstream that is not there, which it could never reach', async () => {
    const { visitor, id } = await connected();
    const form = { label: 'x', upstreams: 'ap' };
    const answer = await postForm(visitor, `/connections/${id}/keys`, form);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('no upstream')]);
    expect((await shown(visitor, id)).keys).toHaveLength(1);
  });

  it('is added with a policy of its own, up to twenty', async () => {
    const { visitor, id } = await connected();
    for (let more = 1; more < 20; more++) {
      expect((await postForm(visitor, `/connections/${id}/keys`, { label: `key ${more}` })).status).toBe(303);
    }
    expect((await postForm(visitor, `/connections/${id}/keys`, { label: 'one more' })).status).toBe(400);
  });

  it('says when it was last used, to the hour, and writes that once an hour', async () => {
    const { visitor, id, key } = await connected();
    await exchange(visitor, key);
    const [first] = (await shown(visitor, id)).keys as { last_used_at?: number }[];
    expect(Number(first?.last_used_at) % 3600).toBe(0);
  });
});

describe('a connection that needs a new consent', () => {
  it('says so, since when and why, and its owner reconnects it with one click', async () => {
    const { visitor, op, id, key, stub } = await connected();
    const answer = op.answers['/token'];
    op.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    later(400);
    await exchange(visitor, key);
    op.answers['/token'] = answer;
    expect(await stub.inspect()).toMatchObject({
      state: 'reauthorization_required',
      reason: 'invalid_grant',
      since: expect.any(Number),
    });
    const page = await (await visitor.get(`/connections/${id}`)).text();
    expect(page).toContain('has ended this connection’s access');
    await consent(visitor, op, await postForm(visitor, `/connections/${id}/reconnect`));
    expect(await stub.inspect()).toMatchObject({ state: 'active' });
    expect((await exchange(visitor, key)).status).toBe(200);
  });

  it('is reconnected with the account that it had, not with another', async () => {
    const { visitor, op, id, key } = await connected();
    const asked = await postForm(visitor, `/connections/${id}/reconnect`);
    op.sub = crypto.randomUUID();
    const back = await visitor.getJson(op.callback(locationOf(asked)));
    expect(await refusal(back)).toEqual([403, 'forbidden']);
    expect((await exchange(visitor, key)).status).toBe(200);
  });
});

describe('a provider that revokes by grant', () => {
  /** Google: the revocation of one token ends every grant of that user and client. */
  async function google() {
    const made = await connected({ revocation: 'grant' });
    const revoked = { all: false };
    const { op } = made;
    const answer = op.answers['/token'];
    op.answers['/revoke'] = () => {
      revoked.all = true;
      return new Response(null, { status: 200 });
    };
    op.answers['/token'] = async (seen) =>
      revoked.all && seen.form.get('grant_type') === 'refresh_token'
        ? Response.json({ error: 'invalid_grant' }, { status: 400 })
        : ((await answer?.(seen)) as Response);
    return { ...made, revoked };
  }

  it('keeps a connection when its user signs out, here and everywhere', async () => {
    const { visitor, op, key, revoked } = await google();
    await visitor.post('/logout');
    await signIn(visitor, op);
    await visitor.post('/logout?everywhere=1');
    expect(revoked.all).toBe(false);
    later(400);
    expect((await exchange(visitor, key)).status).toBe(200);
  });

  it('is told when the last connection of that account ends, and not before', async () => {
    const { visitor, op, id, revoked } = await google();
    const other = await connect(visitor, op);
    await postForm(visitor, `/connections/${id}/end`);
    expect(revoked.all).toBe(false);
    later(400);
    expect((await exchange(visitor, other.key)).status).toBe(200);
    await postForm(visitor, `/connections/${other.id}/end`);
    expect(revoked.all).toBe(true);
  });
});

describe('/admin/connections', () => {
  it('is in the menu where connections are on, and only there', async () => {
    for (const CONNECTIONS of ['operators', 'off']) {
      const { visitor } = await programStage({}, { ADMIN_TOKEN, CONNECTIONS });
      await postForm(visitor, '/admin/sign-in', { token: ADMIN_TOKEN });
      const page = await (await visitor.get('/admin/sessions')).text();
      expect(page.includes('href="/admin/connections"')).toBe(CONNECTIONS === 'operators');
    }
  });

  const admin = (visitor: Visitor, method: string, path: string, form?: Record<string, string>) =>
    new Visitor(visitor.env).send(method, `/admin/connections${path}`, {
      headers: { ...BEARER, accept: 'application/json' },
      ...(form && { body: new URLSearchParams(form) }),
    });

  it('shows those of all users, adds keys and ends them', async () => {
    const { visitor, id, key } = await connected({}, { ADMIN_TOKEN });
    await vi.waitFor(async () => {
      const { connections } = await json(await admin(visitor, 'GET', ''));
      expect((connections as { id: string }[]).map((each) => each.id)).toContain(id);
    });
    const odd = await admin(visitor, 'POST', `/${id}/keys`, { label: 'x', raw_tokens: 'yes' });
    expect([odd.status, await errorOf(odd)]).toEqual([400, 'invalid_request']);
    const added = await json(await admin(visitor, 'POST', `/${id}/keys`, { label: 'x', raw_tokens: 'true' }));
    expect((await exchange(visitor, String(added.key))).status).toBe(200);
    expect(await json(await admin(visitor, 'POST', `/${id}/end`))).toEqual({ ended: id });
    expect((await exchange(visitor, key)).status).toBe(400);
    expect((await admin(visitor, 'GET', `/${id}`)).status).toBe(404);
  });

  it('makes connections of the service itself, which belong to no user', async () => {
    const { visitor, op } = await programStage({}, { ADMIN_TOKEN, CONNECTIONS: 'operators' });
    await postForm(visitor, '/admin/sign-in', { token: ADMIN_TOKEN });
    const asked = { provider: 'op', label: 'Service', raw_tokens: 'true' };
    const back = await consent(visitor, op, await postForm(visitor, '/admin/connections', asked));
    const path = locationOf(back).pathname;
    expect(path).toMatch(/^\/admin\/connections\/[a-z2-7]{26}$/);
    const made = await json(await visitor.getJson(path));
    expect(made.owner).toBeNull();
    expect((await exchange(visitor, String(made.key))).status).toBe(200);
    expect((await visitor.getJson('/session')).status).toBe(401);
  });

  it('ends the connections of a user who is revoked, and those of nobody else', async () => {
    const { visitor, op, key } = await connected({}, { ADMIN_TOKEN });
    const other = new Visitor(visitor.env);
    const first = op.sub;
    op.sub = crypto.randomUUID();
    await signIn(other, op);
    const kept = await connect(other, op);
    await vi.waitFor(async () => {
      const path = `/admin/sessions/revoke?provider=op&sub=${first}`;
      const response = await new Visitor(visitor.env).send('POST', path, { headers: BEARER });
      expect(await json(response)).toMatchObject({ connections: 1 });
    });
    expect((await exchange(visitor, key)).status).toBe(400);
    expect((await exchange(visitor, kept.key)).status).toBe(200);
  });

  it('re-encrypts them with the first secret', async () => {
    const { visitor, key, stub } = await connected({}, { ADMIN_TOKEN });
    const SESSION_SECRET = `Xo6Wl1Ge8Rb3Nz5Tk0Vc7Qy2Pf9Jm4Sa,${String(visitor.env.SESSION_SECRET)}`;
    const rotated = visitor.at({ ...visitor.env, SESSION_SECRET });
    // A new secret comes with a deployment, which starts every object again.
    await evictDurableObject(stub);
    await vi.waitFor(async () => {
      const { resealed } = await json(await admin(rotated, 'POST', '/reseal'));
      expect(resealed).toBeGreaterThan(0);
    });
    const alone = visitor.at({ ...visitor.env, SESSION_SECRET: 'Xo6Wl1Ge8Rb3Nz5Tk0Vc7Qy2Pf9Jm4Sa' });
    expect((await exchange(alone, key)).status).toBe(200);
  });
});

describe('beside an app that shares the origin', () => {
  const UPSTREAMS = { app: { path: '/app/', target: 'https://op.example/app/', kind: 'app' } };

  it('codes are typed on CONTROL_ORIGIN, and nowhere without one', async () => {
    const form = { client_id: 'drawbridge-cli', scope: 'op' };
    const { visitor } = await programStage({}, { UPSTREAMS, CONTROL_ORIGIN: 'https://control.example' });
    const started = await json(await post(visitor, '/device_authorization', form));
    expect(started.verification_uri).toBe('https://control.example/device');
    const { visitor: without } = await programStage({}, { UPSTREAMS });
    expect((await post(without, '/device_authorization', form)).status).toBe(404);
  });
});
