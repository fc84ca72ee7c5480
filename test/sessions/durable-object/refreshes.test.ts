import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ScriptedProvider } from '../../fakes/scripted-provider.ts';
import { type Fault, TokenFamilies } from '../../fakes/token-families.ts';
import { signIn, stage } from '../../flows/journey.ts';
import { errorOf, type Visitor } from '../../support/visitor.ts';
import { keeperOf, later, TOKENS, watchedBindings } from './keeper-stage.ts';

afterEach(() => {
  vi.useRealTimers();
});

async function signedIn({ grace = false, entry = {} }: { grace?: boolean; entry?: object } = {}) {
  const watched = watchedBindings();
  const { op, visitor } = await stage({ scope: 'openid read', ...entry }, { INSPECT: true, ...watched.env });
  const families = new TokenFamilies(op, { grace });
  await signIn(visitor, op);
  return { op, visitor, families, ...watched, ...(await keeperOf(visitor)) };
}

/** As many requests at once, each in front of an isolate's settings of its own. */
async function tokens(visitor: Visitor, count: number) {
  const asked = Array.from({ length: count }, () => visitor.at({ ...visitor.env }).get('/token'));
  const responses = await Promise.all(asked);
  const bodies = await Promise.all(responses.map((response) => response.json()));
  return {
    statuses: [...new Set(responses.map(({ status }) => status))],
    values: [...new Set(bodies.map((body) => (body as { access_token?: string }).access_token))],
    errors: [...new Set(bodies.map((body) => (body as { error?: string }).error))],
  };
}

const refresh = (visitor: Visitor) => visitor.post('/session/refresh', { accept: 'application/json' });

describe('100 requests at once on an access token that has ended', () => {
  it.each<[string, Fault[], number]>([
    ['are one refresh', [], 1],
    ['wait for a provider that is slow', ['slow'], 1],
    ['get over a provider that answers 503 twice', ['down', 'down'], 3],
    ['get over a connection that breaks on the way', ['lost'], 2],
    ['get over a connection that breaks after the rotation, if the provider has a grace', ['reset'], 2],
  ])('%s', async (_, faults, requests) => {
    const { visitor, families } = await signedIn({ grace: true });
    families.faults.push(...faults);
    later(400);
    expect(await tokens(visitor, 100)).toMatchObject({ statuses: [200], values: [expect.any(String)] });
    expect(families.sent).toHaveLength(requests);
    expect(families.sentTwice).toEqual([]);
  });

  it('end with the grant if the answer is lost and the provider has no grace: it has ended it', async () => {
    const { visitor, families } = await signedIn();
    families.faults.push('reset');
    later(400);
    expect(await tokens(visitor, 100)).toMatchObject({ statuses: [401], errors: ['login_required'] });
    expect(families.sent).toHaveLength(2);
    expect((await visitor.getJson('/session')).status).toBe(401);
  });

  it('ask a provider that stays away three times, not more, and not again before it is time', async () => {
    const { visitor, families } = await signedIn();
    families.faults.push('down', 'down', 'down');
    later(400);
    expect(await tokens(visitor, 100)).toMatchObject({ statuses: [502], errors: ['provider_unreachable'] });
    expect((await tokens(visitor, 100)).statuses).toEqual([502]);
    expect(families.sent).toHaveLength(3);
    later(10);
    expect((await tokens(visitor, 100)).statuses).toEqual([200]);
  });
});

describe('a refresh', () => {
  it('that fails while the access token lives serves it, and waits longer each time', async () => {
    const { visitor, families, stub } = await signedIn();
    families.faults.push('down', 'down');
    later(250);
    for (let round = 0; round < 20; round++) expect((await tokens(visitor, 5)).statuses).toEqual([200]);
    expect(families.sent).toHaveLength(1);
    await evictDurableObject(stub);
    expect((await tokens(visitor, 5)).statuses).toEqual([200]);
    expect(families.sent).toHaveLength(1);
    later(6);
    await tokens(visitor, 5);
    expect(families.sent).toHaveLength(2);
    later(4);
    await tokens(visitor, 5);
    expect(families.sent).toHaveLength(2);
    later(7);
    await tokens(visitor, 5);
    expect(families.sent).toHaveLength(3);
  });

  it.each([0, 1])('of tokens that live for %i s is no storm', async (expiresIn) => {
    const { visitor, families } = await signedIn();
    families.expiresIn = expiresIn;
    await refresh(visitor);
    for (let round = 0; round < 20; round++) await tokens(visitor, 5);
    expect(families.sent).toHaveLength(1);
  });

  it('asked for by several at once, by hand, is one', async () => {
    const { visitor, families } = await signedIn();
    families.faults.push('slow');
    const responses = await Promise.all(Array.from({ length: 10 }, () => refresh(visitor.at(visitor.env))));
    expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(families.sent).toHaveLength(1);
  });

  it.each([
    ['a logout', 'its tokens are revoked', true],
    ['a logout at the provider', 'its tokens are not revoked (Back-Channel Logout §2.7)', false],
  ])('that %s overtakes does not bring the session back, and %s', async (_, __, revoke) => {
    const { op, visitor, families, stub } = await signedIn();
    const gate = op.hold('/token');
    later(400);
    const waiting = visitor.at(visitor.env);
    const refreshing = waiting.get('/token');
    await vi.waitFor(() => expect(families.sent).toHaveLength(1));
    await stub.end({ revoke });
    gate.resolve();
    const response = await refreshing;
    expect(response.status).toBe(401);
    expect(await errorOf(response)).toBe('not_signed_in');
    expect((await waiting.getJson('/session')).status).toBe(401);
    const newest = families.familyOf(families.sent[0] as string)?.current;
    const revoked = op.requests.filter(({ path }) => path === '/revoke').map(({ form }) => form.get('token'));
    expect(revoked.includes(newest ?? '')).toBe(revoke);
  });

  it('with an ID token of somebody else is the last: the rotated token is not sent again', async () => {
    const { op, visitor, families } = await signedIn();
    op.sub = 'user-2';
    families.idToken = await op.signIdToken(null);
    expect(await errorOf(await refresh(visitor))).toBe('id_token_invalid');
    expect(await errorOf(await refresh(visitor))).toBe('login_required');
    expect(families.sent).toHaveLength(1);
    expect((await tokens(visitor, 1)).statuses).toEqual([200]);
  });

  it('keeps its tokens when the signing keys can’t be read, but not the ID token', async () => {
    const { op, visitor, families } = await signedIn({
      entry: { end_session_endpoint: 'https://op.example/end' },
    });
    families.idToken = await op.signIdToken(null);
    op.answers['/jwks'] = () => new Response('', { status: 503 });
    const restarted = visitor.at({ ...visitor.env });
    op.requests.length = 0;
    expect((await refresh(restarted)).status).toBe(200);
    expect(op.paths).toContain('/jwks');
    expect((await refresh(restarted)).status).toBe(200);
    expect(families.sentTwice).toEqual([]);
  });

  it('is not sent to another provider that takes over the id', async () => {
    const { visitor } = await signedIn();
    const other = await ScriptedProvider.start('https://other.example');
    const moved = visitor.at({ ...visitor.env, PROVIDERS: { op: other.entry() } });
    expect(await errorOf(await refresh(moved))).toBe('not_signed_in');
    expect(other.requests).toEqual([]);
  });
});

describe('several grants in one session', () => {
  it('end one by one, and move on with what was refreshed meanwhile', async () => {
    const { op, visitor: first, env, families } = await signedIn();
    const two = await ScriptedProvider.start('https://two.example');
    const visitor = first.at({
      ...first.env,
      ...env,
      PROVIDERS: { op: op.entry({ scope: 'openid read' }), two: two.entry() },
      TWO_CLIENT_SECRET: two.clientSecret,
    });
    const before = await keeperOf(visitor);
    const back = two.callback(await startConnect(visitor));
    await refresh(visitor.at(visitor.env));
    expect((await visitor.get(back)).status).toBe(303);
    expect((await keeperOf(visitor)).id).not.toBe(before.id);
    expect((await visitor.get('/token?provider=op')).status).toBe(200);
    expect((await refresh(visitor)).status).toBe(200);
    expect(families.sentTwice).toEqual([]);

    two.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    const ended = await visitor.post('/session/refresh?provider=two', { accept: 'application/json' });
    expect(await errorOf(ended)).toBe('login_required');
    const { grants } = (await (await visitor.getJson('/session')).json()) as { grants: object[] };
    expect(grants).toMatchObject([{ provider: 'op' }]);
  });

  async function startConnect(visitor: Visitor): Promise<URL> {
    const started = await visitor.follow('/login/two?connect=1');
    return new URL(started.headers.get('location') ?? '');
  }
});

describe('keep_fresh', () => {
  it('lets the alarm refresh, so that a token is ready', async () => {
    const { visitor, families, stub } = await signedIn({ entry: { keep_fresh: true } });
    const alarm = await runInDurableObject(stub, (_, state) => state.storage.getAlarm());
    expect(alarm).toBeLessThan(Date.now() + 300_000);
    later(250);
    await evictDurableObject(stub);
    await runDurableObjectAlarm(stub);
    expect(families.sent).toHaveLength(1);
    expect((await tokens(visitor, 1)).statuses).toEqual([200]);
    expect(families.sent).toHaveLength(1);
  });

  it('is off by default', async () => {
    const { families, stub } = await signedIn();
    later(250);
    await runDurableObjectAlarm(stub);
    expect(families.sent).toEqual([]);
  });
});

describe('a dump', () => {
  it('of KV, of the object’s storage and of the log shows no secret', async () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line: unknown) => void lines.push(String(line)));
    const watched = watchedBindings();
    const { op, visitor } = await stage({ scope: 'openid read' }, { INSPECT: true, ...watched.env });
    op.idTokenClaims = (right) => ({
      ...right,
      email: 'ada@op.example',
      name: 'Ada Lovelace',
      sid: 'sid-77',
    });
    await signIn(visitor, op);
    const { id, stub } = await keeperOf(visitor);
    const secrets = [id, 'access-', 'refresh-', 'ada@op.example', 'Lovelace', 'sid-77', op.clientSecret];
    for (const path of ['/token', '/session']) await visitor.get(path);
    await refresh(visitor);
    op.answers['/token'] = () => new Response('access-1 refresh-1 ada@op.example', { status: 503 });
    await refresh(visitor);
    const entries = await runInDurableObject(stub, (_, state) => [...state.storage.kv.list()]);
    expect(entries.map(([name]) => name)).toEqual(['record']);
    const { keys } = await TOKENS.list();
    const values = await Promise.all(keys.map(({ name }) => TOKENS.get(name)));
    expect(keys.length).toBeGreaterThan(2);
    const dump = JSON.stringify([entries, keys, values, lines]);
    const decoded = dump.split(/[^\w-]+/).map((part) => decodeAnyway(part));
    for (const secret of secrets) expect([dump, ...decoded].join('\n')).not.toContain(secret);
    for (const cookie of visitor.cookies.values()) expect(dump).not.toContain(cookie);
  });
});

function decodeAnyway(part: string): string {
  try {
    return atob(part.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
}
