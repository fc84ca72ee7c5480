import { evictDurableObject } from 'cloudflare:test';
import { expect, vi } from 'vitest';
import { Sealer } from '../../src/crypto/seal.ts';
import {
  keeperOf,
  listed,
  sealedIn,
  spoilRecord,
  TOKENS,
  watchedBindings,
} from '../sessions/durable-object/keeper-stage.ts';
import { OTHER_SECRET, SESSION_SECRET } from '../support/settings.ts';
import { harmless, type Row, refused, signedIn } from './case.ts';
import type { Scene } from './scene.ts';

const NONE = refused(401, 'not_signed_in', 1);
const STAYS = harmless(200, { session: true, tokenRequests: 1 });

const flipped = (sealed: string, part: number) =>
  sealed
    .split('.')
    .map((each, index) => (index === part ? (each.startsWith('A') ? 'B' : 'A') + each.slice(1) : each))
    .join('.');

async function record(scene: Scene) {
  const { stub, key } = await keeperOf(scene.visitor);
  return { stub, key, sealed: await sealedIn(stub) };
}

/** A session whose record, in the storage of its object, somebody makes something else of. */
const spoilt = (spoil: (sealed: string, key: string) => unknown) => ({
  onServer: true,
  act: async (scene: Scene) => {
    await scene.signIn();
    const { stub, key, sealed } = await record(scene);
    const value = await spoil(sealed, key);
    await spoilRecord(stub, value);
    await evictDurableObject(stub);
    return scene.visitor.getJson('/session');
  },
});

/** The right record sealed anew: by another secret, for another purpose or place, or without a place. */
const resealed =
  (purpose: 'record' | 'session', secret: string, place?: (key: string) => string) =>
  async (sealed: string, key: string) => {
    const value = await new Sealer([SESSION_SECRET]).open('record', sealed, key);
    return new Sealer([secret]).seal(purpose, value, place?.(key));
  };

/** A session whose copy in KV somebody makes something else of: it decides nothing. */
const copied = (spoil: (key: string) => Promise<void>) => ({
  onServer: true,
  act: async (scene: Scene) => {
    await scene.signIn();
    const { key } = await keeperOf(scene.visitor);
    await vi.waitFor(async () => expect(await listed(key)).toBeDefined());
    await spoil(key);
    return scene.visitor.getJson('/session');
  },
});

/** The session cookie, which somebody makes something else of. */
const cookie = (spoil: (value: string) => string | Promise<string>, onServer = false) => ({
  onServer,
  act: async (scene: Scene) => {
    await scene.signIn();
    const name = '__Host-Http-session';
    scene.visitor.cookies.set(name, await spoil(scene.visitor.cookies.get(name) ?? ''));
    return scene.visitor.getJson('/session');
  },
});
const sealedSession =
  (value: unknown, purpose: 'session' | 'record' = 'session', place?: string) =>
  () =>
    new Sealer([SESSION_SECRET]).seal(purpose, value, place);

/** What is kept, in the objects, in KV and in cookies, when somebody has had it in hand. */
// biome-ignore format: one line a case
export const STORAGE: readonly Row[] = [
  ['record-header-flipped', 'NIST SP 800-38D', spoilt((sealed) => flipped(sealed, 0)), NONE],
  ['record-iv-flipped', 'NIST SP 800-38D', spoilt((sealed) => flipped(sealed, 2)), NONE],
  ['record-ciphertext-flipped', 'NIST SP 800-38D', spoilt((sealed) => flipped(sealed, 3)), NONE],
  ['record-tag-flipped', 'NIST SP 800-38D', spoilt((sealed) => flipped(sealed, 4)), NONE],
  ['record-cut', 'CWE-354', spoilt((sealed) => sealed.slice(0, sealed.length / 2)), NONE],
  ['record-empty', 'CWE-20', spoilt(() => ''), NONE],
  ['record-json', 'CWE-20', spoilt(() => '{"id":"x","grants":[]}'), NONE],
  ['record-object', 'CWE-20', spoilt(() => ({ id: 'x', grants: [] })), NONE],
  ['record-binary', 'CWE-20', spoilt(() => new Uint8Array([0, 255, 254])), NONE],
  ['record-of-an-unknown-key', 'NIST SP 800-57', spoilt(resealed('record', OTHER_SECRET, (key) => key)), NONE],
  ['record-of-another-place', 'CWE-345', spoilt(resealed('record', SESSION_SECRET, () => `session:${'0'.repeat(64)}`)), NONE],
  ['record-of-no-place', 'CWE-345', spoilt(resealed('record', SESSION_SECRET)), NONE],
  ['record-of-another-purpose', 'NIST SP 800-108', spoilt(resealed('session', SESSION_SECRET, (key) => key)), NONE],
  ['record-of-another-session', 'CWE-345', { onServer: true, act: async (scene) => {
    const rich = scene.stranger();
    await scene.signIn('/login', rich);
    const theirs = await keeperOf(rich);
    const sealed = await sealedIn(theirs.stub);
    return spoilt(() => sealed).act(scene);
  } }, { ...NONE, tokenRequests: 2 }],
  ['record-under-an-old-key', 'NIST SP 800-57', { onServer: true, act: async (scene) => {
    await scene.signIn();
    await evictDurableObject((await keeperOf(scene.visitor)).stub);
    scene.visitor = scene.visitor.at({ ...scene.visitor.env, SESSION_SECRET: `${OTHER_SECRET},${SESSION_SECRET}` });
    return scene.visitor.getJson('/session');
  } }, STAYS],

  ['copy-deleted', 'Workers KV', copied((key) => TOKENS.delete(key)), STAYS],
  ['copy-empty', 'Workers KV', copied((key) => TOKENS.put(key, '')), STAYS],
  ['copy-json', 'Workers KV', copied((key) => TOKENS.put(key, '{"id":"x"}')), STAYS],
  ['copy-like-a-jwe', 'Workers KV', copied((key) => TOKENS.put(key, 'a.b.c.d.e')), STAYS],
  ['copy-binary', 'Workers KV', copied((key) => TOKENS.put(key, new Uint8Array([0, 255, 1]).buffer)), STAYS],
  ['copy-shows-no-secret', 'CWE-312', { onServer: true, act: async (scene) => {
    scene.op.idTokenClaims = (right) => ({ ...right, email: 'ada@op.example', name: 'Ada Lovelace' });
    const response = await scene.signIn();
    const { key, id } = await keeperOf(scene.visitor);
    await vi.waitFor(async () => expect(await listed(key)).toBeDefined());
    const shown = `${await TOKENS.get(key)}${JSON.stringify(await listed(key))}${key}`;
    expect(shown).not.toMatch(/access-|refresh-|ada@|Lovelace/);
    expect(shown).not.toContain(id);
    return response;
  } }, signedIn()],
  ['kv-refuses', 'Workers KV', async (scene) => {
    const { kv, env } = watchedBindings();
    kv.refuses = true;
    scene.visitor = scene.visitor.at({ ...scene.visitor.env, ...env });
    return scene.signIn();
  }, signedIn()],

  ['session-cookie-flipped', 'CWE-565', cookie((value) => flipped(value, 3)), NONE],
  ['session-cookie-cut', 'CWE-565', cookie((value) => value.slice(0, value.length / 2)), NONE],
  ['session-cookie-junk', 'CWE-565', cookie(() => '%00%ff..'), NONE],
  ['session-cookie-alg-none', 'RFC 8725 §3.1', cookie(() => 'eyJhbGciOiJub25lIn0.e30.'), NONE],
  ['session-cookie-of-record-purpose', 'NIST SP 800-108', cookie(sealedSession({ id: 'x' }, 'record')), NONE],
  ['session-cookie-bound-elsewhere', 'CWE-345', cookie(sealedSession({ id: 'x' }, 'session', 'elsewhere')), NONE],
  ['session-cookie-null', 'CWE-20', cookie(sealedSession(null)), NONE],
  ['session-cookie-list', 'CWE-20', cookie(sealedSession([])), NONE],
  ['session-cookie-half', 'CWE-20', cookie(sealedSession({ id: 'x', grants: {} })), NONE],
  ['session-cookie-flipped-on-server', 'CWE-565', cookie((value) => flipped(value, 3), true), NONE],
  ['session-cookie-unknown-id', 'CWE-613', cookie(sealedSession({ id: 'guessed' }), true), NONE],
  ['session-cookie-id-no-text', 'CWE-20', cookie(sealedSession({ id: 7 }), true), NONE],
  ['session-of-another-issuer', 'RFC 9700 §4.4', movedToAnotherIssuer(false), NONE],
  ['session-of-another-issuer-on-server', 'RFC 9700 §4.4', movedToAnotherIssuer(true), NONE],
  ['session-idle', 'CWE-613', { env: { SESSION_IDLE_SECONDS: 1000 }, act: later(1001) }, NONE],
  ['session-idle-on-server', 'CWE-613', { onServer: true, env: { SESSION_IDLE_SECONDS: 1000 }, act: later(1001) }, NONE],
  ['session-max', 'CWE-613', { env: { SESSION_MAX_SECONDS: 1000 }, act: later(1001) }, NONE],
  ['session-max-on-server', 'CWE-613', { onServer: true, env: { SESSION_MAX_SECONDS: 1000 }, act: later(1001) }, NONE],
];

function later(seconds: number) {
  return async (scene: Scene) => {
    await scene.signIn();
    vi.useFakeTimers({ now: Date.now() + seconds * 1000, toFake: ['Date'] });
    return scene.visitor.getJson('/session');
  };
}

/** The id of the provider stands for another issuer by now: its users are others. */
function movedToAnotherIssuer(onServer: boolean) {
  return {
    onServer,
    act: async (scene: Scene) => {
      await scene.signIn();
      const { op, two, visitor } = scene;
      scene.visitor = visitor.at({ ...visitor.env, PROVIDERS: { op: two.entry(), two: op.entry() } });
      return scene.visitor.getJson('/session');
    },
  };
}
