import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { ConnectionKeeper } from '../../../src/connections/keeper.ts';
import { formatKey, newConnectionId, newSecret, parseKey } from '../../../src/connections/key.ts';
import { connect, exchange, postForm } from '../../connections/stage.ts';
import type { Visitor } from '../../support/visitor.ts';
import { type Follows, leftAlone } from '../case.ts';
import type { Scene } from '../scene.ts';

const { CONNECTION_KEEPER } = env as unknown as {
  readonly CONNECTION_KEEPER: DurableObjectNamespace<ConnectionKeeper>;
};

/** A Worker with connections, and upstreams that nobody is behind. */
const ENV = {
  CONNECTIONS: 'users',
  CONNECTION_KEEPER,
  UPSTREAMS: {
    api: { path: '/api/', target: 'https://op.example/v1/', provider: 'op' },
    other: { path: '/other/', target: 'https://op.example/v2/', provider: 'op' },
    two: { path: '/two/', target: 'https://two.example/', provider: 'two' },
  },
};

export interface Program {
  readonly scene: Scene;
  readonly key: string;
  readonly id: string;
  /** The program, which has no cookie of the browser. */
  readonly visitor: Visitor;
}

/** Somebody is signed in and has made a connection with a key; a program does something with it. */
export const program = (
  act: (program: Program) => Response | Promise<Response>,
  {
    form = {},
    env: own = {},
    entry = {},
  }: { form?: Record<string, string>; env?: object; entry?: object } = {},
) => ({
  onServer: true,
  entry: { scope: 'openid read', ...entry },
  env: { ...ENV, ...own },
  act: async (scene: Scene) => {
    await forgetGuesses();
    await scene.signIn();
    const { id, key } = await connect(scene.visitor, scene.op, form);
    return act({ scene, key, id, visitor: scene.stranger() });
  },
});

/** What is left after a refusal of the program: the user stays signed in; a login and a consent asked for tokens. */
export const refusedProgram = (status: number, error: string, more: Partial<Follows> = {}): Follows =>
  leftAlone(status, error, { session: true, tokenRequests: 2, ...more });

export const servedProgram = (more: Partial<Follows> = {}): Follows => ({
  ...refusedProgram(200, ''),
  error: undefined,
  ...more,
});

/** An exchange with something that is not the key. */
export const exchangeOf = (change: (key: string) => string) =>
  program(({ visitor, key }) => exchange(visitor, change(key)));

/** An exchange with parameters that are not right. */
export const exchangeWith = (changes: Record<string, string | undefined>, setting = {}) =>
  program(({ visitor, key }) => exchange(visitor, key, changes), setting);

export const otherSecret = (key: string) => formatKey({ ...parsed(key), secret: newSecret() });
export const otherId = (key: string) => formatKey({ ...parsed(key), connection: newConnectionId() });
export const wrongChecksum = (key: string) => key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a');

export function parsed(key: string) {
  const found = parseKey(key);
  if (!found) throw new Error('not a key');
  return found;
}

/** A request of the relay. */
export const relayed = (
  path: string,
  change: (right: RequestInit & { headers: Record<string, string> }, key: string) => RequestInit = (right) =>
    right,
  setting = {},
) =>
  program(({ visitor, key }) => {
    const right = { headers: { authorization: `Bearer ${key}` } };
    return visitor.send('GET', path, change(right, key));
  }, setting);

/** Nothing was sent to an upstream. */
export function nothingForwarded({ op, two }: Scene): void {
  const paths = [...op.paths, ...two.paths].filter((path) => /^\/v[12]\//.test(path));
  expect(paths).toEqual([]);
}

/** The first key of a connection is ended by its owner. */
export async function endKey({ scene, id }: Program): Promise<void> {
  const shown = (await (await scene.visitor.getJson(`/connections/${id}`)).json()) as {
    keys: { id: string }[];
  };
  await postForm(scene.visitor, `/connections/${id}/keys/${shown.keys[0]?.id}/end`);
}

/** Wrong user codes are counted over all users; each case begins with none. */
async function forgetGuesses(): Promise<void> {
  await runInDurableObject(CONNECTION_KEEPER.getByName('guesses'), (_, { storage }) => storage.deleteAll());
}
