import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { sha256Hex } from '../../../src/crypto/hash.ts';
import { Sealer } from '../../../src/crypto/seal.ts';
import type { Row } from '../../../src/objects/row.ts';
import type { SessionKeeper } from '../../../src/sessions/durable-object/keeper.ts';
import type { Env } from '../../../src/settings/env.ts';
import * as config from '../../../src/settings/load-settings.ts';
import { MADE_BY_TEST, SESSION_SECRET } from '../../support/settings.ts';
import type { Visitor } from '../../support/visitor.ts';

const bindings = env as unknown as {
  readonly TOKENS: KVNamespace;
  readonly SESSION_KEEPER: DurableObjectNamespace<SessionKeeper>;
};
export const { TOKENS, SESSION_KEEPER } = bindings;

/**
 * In a deployment the Durable Object has the settings of the Worker. In a test these are made up by the test,
 * while the object is made by the runtime and knows none: it takes the latest that a Worker was given.
 */
const { loadSettings } = config;
let latest: Env | undefined;
vi.spyOn(config, 'loadSettings').mockImplementation((given) => {
  if (MADE_BY_TEST in given) latest = given;
  return loadSettings(latest ?? given);
});

/** The bindings, with everything that is asked of them written down; KV can be told to refuse. */
export function watchedBindings() {
  const calls: string[] = [];
  const operations: string[] = [];
  const kv = { refuses: false, refusesList: false };
  const watch = <T extends object>(target: T, seen: string[], before: (name: string) => void = () => {}): T =>
    new Proxy(target, {
      get(_, name) {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== 'function' || typeof name === 'symbol') return method;
        return (...given: unknown[]) => {
          seen.push(name);
          before(name);
          return Reflect.apply(method, target, given) as unknown;
        };
      },
    });
  const tokens = watch(TOKENS, operations, (name) => {
    if (kv.refusesList && name === 'list') throw new Error('KV LIST failed: 503');
    if (kv.refuses && name !== 'list') throw new Error('KV PUT failed: 429 Too Many Requests');
  });
  const keepers = {
    getByName: (name: string) => watch(SESSION_KEEPER.getByName(name), calls),
  };
  return { calls, operations, kv, env: { TOKENS: tokens, SESSION_KEEPER: keepers } };
}

const COOKIE = '__Host-Http-session';

/** The session id in a browser's cookie, the hash of it, and the object that this names. */
export async function keeperOf(visitor: Visitor, secret = SESSION_SECRET) {
  const sealed = visitor.cookies.get(COOKIE) ?? '';
  const { id } = (await new Sealer([secret]).open('session', sealed)) as { id: string };
  const hash = await sha256Hex(id);
  return { id, hash, key: `session:${hash}`, stub: SESSION_KEEPER.getByName(hash) };
}

/** The sealed part of what an object stores. */
export async function sealedIn(stub: DurableObjectStub<SessionKeeper>): Promise<string> {
  return runInDurableObject(stub, (_, { storage }) => storage.kv.get<Row>('record')?.sealed ?? '');
}

/** Puts a text in the place of the sealed part, or anything else in the place of the whole row. */
export async function spoilRecord(stub: DurableObjectStub<SessionKeeper>, value: unknown): Promise<void> {
  await runInDurableObject(stub, (_, { storage }) => {
    const row = storage.kv.get<Row>('record');
    storage.kv.put('record', typeof value === 'string' ? { ...row, sealed: value } : value);
  });
}

export interface Listed {
  readonly sub: string;
  readonly kid: string;
  readonly expires_at: number;
  readonly grants: readonly Record<string, unknown>[];
}

/** The metadata of a session's copy in KV; undefined if there is none. */
export async function listed(key: string): Promise<Listed | undefined> {
  return (await TOKENS.getWithMetadata<Listed>(key)).metadata ?? undefined;
}

/** Moves the clock on, for the Worker and its objects; timers run as ever. */
export function later(seconds: number): void {
  vi.useFakeTimers({ now: Date.now() + seconds * 1000, toFake: ['Date'] });
}
