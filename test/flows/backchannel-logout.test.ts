import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { SignJWT } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { sha256Hex } from '../../src/crypto/hash.ts';
import { encryptedFor } from '../fakes/encrypted-for.ts';
import { logoutToken } from '../fakes/logout-token.ts';
import { SESSION_KEEPER, TOKENS, watchedBindings } from '../sessions/durable-object/keeper-stage.ts';
import type { Visitor } from '../support/visitor.ts';
import { stage } from './journey.ts';
import { signedInAs, statusOf } from './provider-session.ts';

function send(visitor: Visitor, token: string): Promise<Response> {
  return visitor.send('POST', '/backchannel-logout/op', {
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ logout_token: token }),
  });
}

async function onServer(own: object = {}) {
  const { op, visitor } = await stage({}, { TOKENS, SESSION_KEEPER, ...own });
  op.sub = crypto.randomUUID();
  return { op, visitor };
}

describe('a logout token ends', () => {
  it('the sessions of its sid, and no other', async () => {
    const { op, visitor } = await onServer();
    const [ended, left] = [await signedInAs('a', op, visitor), await signedInAs('b', op, visitor)];
    const response = await send(visitor, await logoutToken(op, { sid: 'a', sub: op.sub }));
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await statusOf(ended)).toBe(401);
    expect(await statusOf(left)).toBe(200);
  });

  it('every session of its sub, and nobody else’s', async () => {
    const { op, visitor } = await onServer();
    const mine = [await signedInAs('a', op, visitor), await signedInAs('b', op, visitor)];
    const { sub } = op;
    op.sub = crypto.randomUUID();
    const other = await signedInAs('c', op, visitor);
    expect((await send(visitor, await logoutToken(op, { sub }))).status).toBe(200);
    for (const browser of mine) expect(await statusOf(browser)).toBe(401);
    expect(await statusOf(other)).toBe(200);
  });

  it('sessions of its sub whose ID token had no sid: any of them may be the one', async () => {
    const { op, visitor } = await onServer();
    const unnamed = await signedInAs(undefined, op, visitor);
    const another = await signedInAs('b', op, visitor);
    expect((await send(visitor, await logoutToken(op, { sid: 'a' }))).status).toBe(200);
    expect([await statusOf(unnamed), await statusOf(another)]).toEqual([200, 200]);
    expect((await send(visitor, await logoutToken(op, { sid: 'a', sub: op.sub }))).status).toBe(200);
    expect([await statusOf(unnamed), await statusOf(another)]).toEqual([401, 200]);
  });

  it('sessions also when it is encrypted, like the ID token (Back-Channel Logout §2.4)', async () => {
    const { settings, encrypt } = await encryptedFor();
    const { op, visitor } = await onServer(settings);
    op.idToken = encrypt;
    const browser = await signedInAs('a', op, visitor);
    const token = await encrypt(await logoutToken(op, { sid: 'a' }));
    expect((await send(visitor, token)).status).toBe(200);
    expect(await statusOf(browser)).toBe(401);
    const unsigned = await encrypt('not.a.jwt');
    expect((await send(visitor, unsigned)).status).toBe(400);
  });

  it('sessions also when its keys were rotated, or its typ is the older `JWT`', async () => {
    const { op, visitor } = await onServer();
    const browser = await signedInAs('a', op, visitor);
    await op.rotateKeys('key-2');
    const token = await logoutToken(op, { sub: op.sub }, { kid: 'key-2', typ: 'JWT' });
    expect((await send(visitor, token)).status).toBe(200);
    expect(await statusOf(browser)).toBe(401);
  });
});

it('a provider that sends no `logout+jwt` is refused if the settings ask for that type', async () => {
  const { op, visitor } = await stage({ logout_token_typ_required: true }, { TOKENS, SESSION_KEEPER });
  for (const typ of ['JWT', undefined]) {
    const token = await logoutToken(op, { sub: op.sub }, { typ });
    expect((await send(visitor, token)).status).toBe(400);
  }
  expect((await send(visitor, await logoutToken(op, { sub: op.sub }))).status).toBe(200);
});

describe('a logout token that is refused says what to do:', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>, RegExp]>([
    ['another issuer', { iss: 'https://op.example/' }, {}, /`issuer`/],
    ['another client', { aud: 'client-2' }, {}, /`client_id`/],
    ['a clock that is off', { iat: 1, exp: 2 }, {}, /clock/],
    ['an unknown key', {}, { kid: 'key-9' }, /`jwks_uri`/],
    ['no event', { events: {} }, {}, /§2\.4/],
    ['a nonce', { nonce: 'n' }, {}, /§2\.4/],
  ])('%s', async (_, claims, header, hint) => {
    const { op, visitor } = await onServer();
    const response = await send(visitor, await logoutToken(op, { sub: op.sub, ...claims }, header));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: 'invalid_request',
      hint: expect.stringMatching(hint),
    });
  });

  it('the client’s secret as its key, for which no key is asked again', async () => {
    const { op, visitor } = await onServer();
    await send(visitor, await logoutToken(op, { sub: op.sub }));
    op.requests.length = 0;
    const secret = new TextEncoder().encode(op.clientSecret.padEnd(32));
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).sign(secret);
    const refused = (await (await send(visitor, token)).json()) as { hint: string };
    expect(refused.hint).toMatch(/HS256/);
    expect(op.paths).toEqual([]);
  });

  it('a token that came before', async () => {
    const { op, visitor } = await onServer();
    const token = await logoutToken(op, { sub: op.sub });
    await send(visitor, token);
    expect(await (await send(visitor, token)).json()).toMatchObject({ hint: expect.stringMatching(/once/) });
  });
});

describe('a logout token that was taken', () => {
  it('is known to every isolate, is forgotten when its time is over, and leaves nothing', async () => {
    const { op, visitor } = await onServer();
    const jti = crypto.randomUUID();
    const token = await logoutToken(op, { sub: op.sub, jti });
    const stub = SESSION_KEEPER.getByName(`message:${await sha256Hex(`logout_token op ${jti}`)}`);
    expect((await send(visitor, token)).status).toBe(200);
    await evictDurableObject(stub);
    expect((await send(visitor.at({ ...visitor.env }), token)).status).toBe(400);
    await runDurableObjectAlarm(stub);
    expect((await send(visitor, token)).status).toBe(400);
    vi.useFakeTimers({ now: Date.now() + 500_000, toFake: ['Date'] });
    await runDurableObjectAlarm(stub);
    vi.useRealTimers();
    const left = await runInDurableObject(stub, (_, state) => [...state.storage.kv.list()]);
    expect(left).toEqual([]);
  });

  it('may come again if the sessions could not be found', async () => {
    const watched = watchedBindings();
    const { op, visitor } = await stage({}, watched.env);
    const browser = await signedInAs('a', op, visitor);
    const token = await logoutToken(op, { sid: 'a' });
    watched.kv.refusesList = true;
    expect((await send(visitor, token)).status).toBe(500);
    watched.kv.refusesList = false;
    expect((await send(visitor, token)).status).toBe(200);
    expect(await statusOf(browser)).toBe(401);
  });
});
