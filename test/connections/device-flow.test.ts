import { evictDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { later } from '../sessions/durable-object/keeper-stage.ts';
import { errorOf, locationOf, Visitor } from '../support/visitor.ts';
import {
  CONNECTION_KEEPER,
  consent,
  DEVICE_CODE,
  exchange,
  json,
  post,
  postForm,
  programStage,
  signIn,
} from './stage.ts';

afterEach(() => {
  vi.useRealTimers();
});

const refusal = async (response: Response) => [response.status, await errorOf(response)];
const CLIENT = { client_id: 'drawbridge-cli' };

interface Started {
  readonly device_code: string;
  readonly user_code: string;
}

async function started(form: Record<string, string> = {}, entry = {}, own = {}) {
  // Guesses are counted over all users: each test begins with none.
  await resetGuesses();
  const staged = await programStage(entry, own);
  const asked = { ...CLIENT, scope: 'op read', label: 'backup on nas.local', raw_tokens: 'true', ...form };
  const response = await post(staged.visitor, '/device_authorization', asked);
  expect(response.status).toBe(200);
  const device = (await response.json()) as Started;
  return { ...staged, device };
}

async function resetGuesses(): Promise<void> {
  const { runInDurableObject } = await import('cloudflare:test');
  await runInDurableObject(CONNECTION_KEEPER.getByName('guesses'), (_, { storage }) => storage.deleteAll());
}

const poll = (visitor: Visitor, device_code: string, changes: Record<string, string> = {}) =>
  post(visitor, '/token', { grant_type: DEVICE_CODE, ...CLIENT, device_code, ...changes });

const type = (visitor: Visitor, user_code: string, action?: string) =>
  postForm(visitor, '/device', { user_code, ...(action !== undefined && { action }) });

describe('device authorization (RFC 8628)', () => {
  it('answers with a code to type, where, and how often to ask (§3.2)', async () => {
    const { visitor } = await started();
    const response = await post(visitor, '/device_authorization', { ...CLIENT, scope: 'op' });
    expect(await json(response)).toEqual({
      device_code: expect.stringMatching(/^dbd_[a-z]{8}[a-z2-7]{52}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: 'https://app.example/device',
      expires_in: 600,
      interval: 5,
    });
  });

  it.each<[string, Record<string, string>, number, string]>([
    ['another client', { client_id: 'other' }, 401, 'invalid_client'],
    ['no client', { client_id: '' }, 401, 'invalid_client'],
    ['no scope', { scope: '' }, 400, 'invalid_scope'],
    ['a scope without a provider', { scope: 'read op' }, 400, 'invalid_scope'],
    ['a provider of a prototype’s name', { scope: 'constructor' }, 400, 'invalid_scope'],
    ['a flag that is none', { raw_tokens: 'perhaps' }, 400, 'invalid_request'],
    ['upstreams that are none', { upstreams: '../x' }, 400, 'invalid_request'],
    [
      'an upstream that is not there, so that nobody approves a key for nothing',
      { upstreams: 'api' },
      400,
      'invalid_request',
    ],
    ['a lifetime that is none', { expires_in: '5' }, 400, 'invalid_request'],
    ['a limit that it has no use for, and would not keep', { methods: 'GET' }, 400, 'invalid_request'],
    ['a limit under another name', { upstream: 'api' }, 400, 'invalid_request'],
  ])('refuses %s', async (_, changes, status, error) => {
    const { visitor } = await programStage();
    const asked = { ...CLIENT, scope: 'op', ...changes };
    expect(await refusal(await post(visitor, '/device_authorization', asked))).toEqual([status, error]);
  });

  it('ends in a key, once, after approval and a consent of its own', async () => {
    const { visitor, op, device } = await started();
    expect(await refusal(await poll(visitor, device.device_code))).toEqual([400, 'authorization_pending']);
    await signIn(visitor, op);
    const asked = await type(visitor, device.user_code);
    expect(await asked.text()).toContain('backup on nas.local');
    const approved = await type(visitor, device.user_code, 'approve');
    const url = locationOf(approved);
    expect(url.searchParams.get('prompt')).toBe('consent');
    expect(url.searchParams.get('scope')).toBe('read');
    expect(await refusal(await poll(visitor, device.device_code))).not.toEqual([200, undefined]);
    const back = await consent(visitor, op, approved);
    expect(locationOf(back).search).toBe('?approved=1');

    later(10);
    const response = await poll(visitor, device.device_code);
    expect(response.status).toBe(200);
    const body = await json(response);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^dbk_[a-z2-7]{85}$/),
      token_type: 'Bearer',
      scope: 'op read',
      connection: locationOf(back).pathname.split('/').at(-1),
      provider: 'op',
      label: 'backup on nas.local',
      raw_tokens: true,
    });
    expect((await exchange(visitor, String(body.access_token))).status).toBe(200);
    expect(await refusal(await poll(visitor, device.device_code))).toEqual([400, 'invalid_grant']);
  });

  it('gives the key to one of two who ask at the same moment', async () => {
    const { visitor, op, device } = await started();
    await signIn(visitor, op);
    await consent(visitor, op, await type(visitor, device.user_code, 'approve'));
    const polls = await Promise.all([poll(visitor, device.device_code), poll(visitor, device.device_code)]);
    expect(polls.map(({ status }) => status).toSorted()).toEqual([200, 400]);
  });

  it('gives a key that ends, and may do no more than was asked for', async () => {
    const { visitor, op, device } = await started({ raw_tokens: 'false', expires_in: '3600' });
    await signIn(visitor, op);
    await consent(visitor, op, await type(visitor, device.user_code, 'approve'));
    const body = await json(await poll(visitor, device.device_code));
    expect(body).toMatchObject({ raw_tokens: false, expires_in: 3600 });
    expect(await refusal(await exchange(visitor, String(body.access_token)))).toEqual([
      400,
      'unauthorized_client',
    ]);
  });

  it('tells who declined', async () => {
    const { visitor, op, device } = await started();
    await signIn(visitor, op);
    expect((await type(visitor, device.user_code, 'decline')).status).toBe(200);
    expect(await refusal(await poll(visitor, device.device_code))).toEqual([400, 'access_denied']);
    expect((await type(visitor, device.user_code, 'approve')).status).toBe(400);
  });

  it('ends after ten minutes, for the program and for who approves', async () => {
    const { visitor, op, device } = await started();
    await signIn(visitor, op);
    const approved = await type(visitor, device.user_code, 'approve');
    later(601);
    expect(await refusal(await poll(visitor, device.device_code))).toEqual([400, 'expired_token']);
    expect((await type(visitor, device.user_code)).status).toBe(400);
    expect((await visitor.getJson(op.callback(locationOf(approved)))).status).toBe(400);
  });

  it('leaves no connection behind when the code is over before the consent is', async () => {
    const { visitor, op, device } = await started();
    await signIn(visitor, op);
    later(400);
    const approved = await type(visitor, device.user_code, 'approve');
    later(201);
    const back = await visitor.getJson(op.callback(locationOf(approved)));
    expect(await refusal(back)).toEqual([400, 'expired_token']);
    expect(await json(await visitor.getJson('/connections'))).toMatchObject({ connections: [] });
    expect(op.paths).toContain('/revoke');
  });

  it.each<[string, Record<string, string>, number, string]>([
    ['another client', { client_id: 'other' }, 401, 'invalid_client'],
    ['no device code', { device_code: '' }, 400, 'invalid_request'],
    ['a device code that is none', { device_code: 'dbd_x' }, 400, 'invalid_grant'],
  ])('refuses a poll with %s', async (_, changes, status, error) => {
    const { visitor, device } = await started();
    expect(await refusal(await poll(visitor, device.device_code, changes))).toEqual([status, error]);
  });

  it('refuses a device code whose secret is wrong', async () => {
    const { visitor, device } = await started();
    const wrong = device.device_code.slice(0, 12) + 'a'.repeat(52);
    expect(await refusal(await poll(visitor, wrong))).toEqual([400, 'invalid_grant']);
  });

  it('of a client that authenticates by a header is refused with the scheme (RFC 6749 §5.2)', async () => {
    const { visitor } = await started();
    const ask = (headers: Record<string, string>) =>
      visitor.send('POST', '/device_authorization', { headers, body: new URLSearchParams({ scope: 'op' }) });
    const byHeader = await ask({ authorization: `Basic ${btoa('drawbridge-cli:')}` });
    expect(byHeader.headers.get('www-authenticate')).toMatch(/^Basic realm="/);
    expect(await refusal(byHeader)).toEqual([401, 'invalid_client']);
    expect((await ask({})).headers.has('www-authenticate')).toBe(false);
  });

  it('outlives its object in memory', async () => {
    const { visitor, device } = await started();
    await evictDurableObject(CONNECTION_KEEPER.getByName(`device:${device.user_code.replace('-', '')}`));
    expect(await refusal(await poll(visitor, device.device_code))).toEqual([400, 'authorization_pending']);
  });
});

describe('a program that asks too often (RFC 8628 §3.5)', () => {
  it('is told to slow down, by five seconds more each time', async () => {
    const { visitor, device } = await started();
    const ask = async (after: number) => {
      later(after);
      return errorOf(await poll(visitor, device.device_code));
    };
    expect(await ask(0)).toBe('authorization_pending');
    expect(await ask(5)).toBe('authorization_pending');
    expect(await ask(2)).toBe('slow_down');
    expect(await ask(6)).toBe('slow_down');
    expect(await ask(15)).toBe('authorization_pending');
  });
});

describe('a program that never slows down', () => {
  it('is still answered now and then, so that an approval reaches it', async () => {
    const { visitor, device } = await started();
    const answers: string[] = [];
    for (let polls = 0; polls < 20; polls++) {
      answers.push(await errorOf(await poll(visitor, device.device_code)));
      later(4);
    }
    expect(answers.slice(0, 3)).toEqual(['authorization_pending', 'slow_down', 'slow_down']);
    expect(answers.filter((answer) => answer === 'authorization_pending')).toHaveLength(3);
  });
});

describe('the code', () => {
  it('is asked for on a page of its own, and taken from no link', async () => {
    const { visitor, op, device } = await started();
    await signIn(visitor, op);
    const page = await (await visitor.get(`/device?user_code=${device.user_code}`)).text();
    expect(page).not.toContain(device.user_code);
    expect(page).not.toContain('backup on nas.local');
  });

  it.each(['lower case', 'spaces'])('may be typed with %s', async (how) => {
    const { visitor, op, device } = await started();
    await signIn(visitor, op);
    const typed = how === 'lower case' ? device.user_code.toLowerCase() : device.user_code.replace('-', ' ');
    expect((await type(visitor, typed)).status).toBe(200);
  });

  it('needs somebody who is signed in', async () => {
    const { visitor, device } = await started();
    expect((await type(visitor, device.user_code)).status).toBe(401);
    expect((await visitor.getJson('/device')).status).toBe(401);
  });

  it('is not taken from a page of another site', async () => {
    const { visitor, op, device } = await started();
    await signIn(visitor, op);
    const body = new URLSearchParams({ user_code: device.user_code, action: 'approve' });
    for (const headers of [{}, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }]) {
      expect((await visitor.send('POST', '/device', { headers, body })).status).toBe(403);
    }
    expect(await refusal(await poll(visitor, device.device_code))).toEqual([400, 'authorization_pending']);
  });

  it('stays in the field to be corrected, if no program waits for it', async () => {
    const { visitor, op } = await started();
    await signIn(visitor, op);
    expect(await (await type(visitor, 'BBBB-"BBB')).text()).toContain('value="BBBB-&quot;BBB"');
  });

  it('that is guessed five times by one user is asked of them no more, not even the right one, in no session', async () => {
    const { visitor, op, device } = await started();
    await signIn(visitor, op);
    for (let guess = 0; guess < 5; guess++)
      expect((await type(visitor, 'BBBBBBB'.concat('BCDFG'[guess] ?? ''))).status).toBe(400);
    expect((await type(visitor, device.user_code)).status).toBe(429);
    const elsewhere = new Visitor(visitor.env);
    await signIn(elsewhere, op);
    expect((await type(elsewhere, device.user_code)).status).toBe(429);
    later(901);
  });

  it('that one user guesses in ten sessions is still asked of everybody else', async () => {
    const { visitor, op, device } = await started();
    for (let session = 0; session < 10; session++) {
      const other = new Visitor(visitor.env);
      await signIn(other, op);
      for (let guess = 0; guess < 6; guess++) await type(other, 'BBBBBBBB');
    }
    op.sub = crypto.randomUUID();
    await signIn(visitor, op);
    expect((await type(visitor, device.user_code)).status).toBe(200);
    later(901);
  });

  it('that is guessed at once is guessed five times, too', async () => {
    const { visitor, op } = await started();
    await signIn(visitor, op);
    const guesses = await Promise.all(Array.from({ length: 30 }, () => type(visitor, 'BBBBBBBB')));
    expect(guesses.filter(({ status }) => status === 400)).toHaveLength(5);
  });

  it('that is sprayed over many users is asked of nobody for a while', async () => {
    const { visitor, op, device } = await started();
    for (let user = 0; user < 10; user++) {
      const other = new Visitor(visitor.env);
      op.sub = crypto.randomUUID();
      await signIn(other, op);
      for (let guess = 0; guess < 5; guess++) await type(other, 'BBBBBBBB');
    }
    await signIn(visitor, op);
    expect((await type(visitor, device.user_code)).status).toBe(429);
    later(901);
  });

  it('that is right is no guess', async () => {
    const { visitor, op, device } = await started();
    await signIn(visitor, op);
    for (let look = 0; look < 8; look++) expect((await type(visitor, device.user_code)).status).toBe(200);
  });
});

describe('the approval', () => {
  it('shows who asks as not verified, without markup, in one line', async () => {
    const { visitor, op, device } = await started({ label: '<b>Google</b>\u202e\n verified ' });
    await signIn(visitor, op);
    const page = await (await type(visitor, device.user_code)).text();
    expect(page).toContain('&lt;b&gt;Google&lt;/b&gt; verified');
    expect(page).toContain('not verified');
    expect(page).not.toContain('<b>Google');
  });

  it('counts only if the session that began it comes back', async () => {
    const { visitor, op, device } = await started();
    await signIn(visitor, op);
    const approved = await type(visitor, device.user_code, 'approve');
    const asked = op.paths.filter((path) => path === '/token').length;
    await signIn(visitor, op);
    const back = await visitor.getJson(op.callback(locationOf(approved)));
    expect(await refusal(back)).toEqual([400, 'state_mismatch']);
    expect(op.paths.filter((path) => path === '/token')).toHaveLength(asked + 1);
    expect(await refusal(await poll(visitor, device.device_code))).toEqual([400, 'authorization_pending']);
  });

  it('counts for nobody who has signed out on the way', async () => {
    const { visitor, op, device } = await started();
    await signIn(visitor, op);
    const approved = await type(visitor, device.user_code, 'approve');
    await visitor.post('/logout');
    const back = await visitor.getJson(op.callback(locationOf(approved)));
    expect(await refusal(back)).toEqual([400, 'state_mismatch']);
  });

  it('is not needed twice: who approves second is told so, and has no connection', async () => {
    const { visitor, op, device } = await started();
    const second = new Visitor(visitor.env);
    await signIn(visitor, op);
    await signIn(second, op);
    const [first, other] = [
      await type(visitor, device.user_code, 'approve'),
      await type(second, device.user_code, 'approve'),
    ];
    expect((await consent(visitor, op, first)).status).toBe(303);
    expect(await refusal(await second.getJson(op.callback(locationOf(other))))).toEqual([
      400,
      'expired_token',
    ]);
  });

  it('fails with the reason, for the program too, where the provider gives no lasting access', async () => {
    const { visitor, op, device } = await started();
    await signIn(visitor, op);
    op.tokenResponse = ({ refresh_token: _, ...right }) => right;
    const approved = await type(visitor, device.user_code, 'approve');
    const back = await visitor.getJson(op.callback(locationOf(approved)));
    expect(await refusal(back)).toEqual([400, 'no_offline_access']);
    const told = await json(await poll(visitor, device.device_code));
    expect(told).toMatchObject({
      error: 'access_denied',
      error_description: expect.stringMatching(/refresh token/),
    });
  });

  it('is for operators where connections are theirs alone', async () => {
    const { visitor, op, device } = await started(
      {},
      {},
      {
        CONNECTIONS: 'operators',
        ADMIN_TOKEN: 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ',
      },
    );
    await signIn(visitor, op);
    expect((await type(visitor, device.user_code)).status).toBe(404);
    const asked = await post(visitor, '/device_authorization', { ...CLIENT, scope: 'op' });
    expect(await json(asked)).toMatchObject({ verification_uri: 'https://app.example/admin/device' });
    await postForm(visitor, '/admin/sign-in', { token: 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ' });
    const form = { user_code: device.user_code, action: 'approve' };
    const back = await consent(visitor, op, await postForm(visitor, '/admin/device', form));
    expect(locationOf(back).pathname).toMatch(/^\/admin\/connections\//);
    later(10);
    expect((await poll(visitor, device.device_code)).status).toBe(200);
  });
});
