import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { ConnectionKeeper } from '../../src/connections/keeper.ts';
import type { Env } from '../../src/settings/env.ts';
import { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { TokenFamilies } from '../fakes/token-families.ts';
import { SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { ORIGIN, settings } from '../support/settings.ts';
import { locationOf, Visitor } from '../support/visitor.ts';

const { CONNECTION_KEEPER } = env as unknown as {
  readonly CONNECTION_KEEPER: DurableObjectNamespace<ConnectionKeeper>;
};

export { CONNECTION_KEEPER };

type Members = Record<string, unknown>;

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

/** A provider, a Worker with connections, and a browser in front of it. */
export async function programStage(entry: Members = {}, own: Env = {}) {
  const op = await ScriptedProvider.start();
  op.sub = crypto.randomUUID();
  const families = new TokenFamilies(op, { grace: true });
  const visitor = new Visitor(
    settings({
      PROVIDERS: { op: op.entry({ scope: 'openid read', ...entry }) },
      OP_CLIENT_SECRET: op.clientSecret,
      TOKENS,
      SESSION_KEEPER,
      CONNECTION_KEEPER,
      CONNECTIONS: 'users',
      ...own,
    }),
  );
  return { op, families, visitor };
}

/** Signs in, in the browser. */
export async function signIn(visitor: Visitor, op: ScriptedProvider): Promise<void> {
  const started = await visitor.get('/login');
  expect(started.status).toBe(302);
  expect((await visitor.get(op.callback(locationOf(started)))).status).toBe(303);
}

/** Posts a form of a page of our own. */
export function postForm(
  visitor: Visitor,
  path: string,
  form: Record<string, string> = {},
): Promise<Response> {
  return visitor.send('POST', path, {
    headers: { origin: ORIGIN, 'sec-fetch-site': 'same-origin', accept: 'text/html' },
    body: new URLSearchParams(form),
  });
}

/** Posts a form as a program does. */
export function post(visitor: Visitor, path: string, form: Record<string, string> | URLSearchParams) {
  return new Visitor(visitor.env).send('POST', path, { body: new URLSearchParams(form) });
}

/** Comes back from the consent that an answer leads to, and returns where the browser goes. */
export async function consent(visitor: Visitor, op: ScriptedProvider, answer: Response): Promise<Response> {
  expect(answer.status).toBe(303);
  return visitor.get(op.callback(locationOf(answer)));
}

interface Made {
  readonly id: string;
  readonly key: string;
}

/** Makes a connection by its own consent, in a browser that is signed in. */
export async function connect(
  visitor: Visitor,
  op: ScriptedProvider,
  form: Record<string, string> = {},
): Promise<Made> {
  const asked = { provider: 'op', label: 'Nightly backup', raw_tokens: 'true', ...form };
  const back = await consent(visitor, op, await postForm(visitor, '/connections', asked));
  expect(back.status).toBe(303);
  const shown = (await (await visitor.getJson(locationOf(back).pathname)).json()) as Made;
  return { id: shown.id, key: shown.key };
}

/** The whole way: a provider, a user who is signed in, a connection with a key. */
export async function connected(
  entry: Members = {},
  own: Env = {},
  form: Record<string, string> = {},
  tokenType = 'Bearer',
) {
  const staged = await programStage(entry, own);
  staged.op.tokenType = tokenType;
  await signIn(staged.visitor, staged.op);
  const made = await connect(staged.visitor, staged.op, form);
  return { ...staged, ...made, stub: CONNECTION_KEEPER.getByName(made.id) };
}

/** A token exchange by a key; `changes` that are undefined leave a parameter out. */
export function exchange(
  visitor: Visitor,
  key: string,
  changes: Record<string, string | undefined> = {},
): Promise<Response> {
  const all = {
    grant_type: TOKEN_EXCHANGE,
    subject_token: key,
    subject_token_type: ACCESS_TOKEN,
    audience: 'op',
    ...changes,
  };
  const given = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return post(visitor, '/token', new URLSearchParams(given));
}

/** The bindings of connections and KV, with what is asked of them written down. */
export function watched() {
  const calls: string[] = [];
  const operations: string[] = [];
  const watch = <T extends object>(target: T, seen: string[]): T =>
    new Proxy(target, {
      get(_, name) {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== 'function' || typeof name === 'symbol') return member;
        return (...given: unknown[]) => {
          seen.push(name);
          return Reflect.apply(member, target, given) as unknown;
        };
      },
    });
  const keepers = { getByName: (name: string) => watch(CONNECTION_KEEPER.getByName(name), calls) };
  return { calls, operations, env: { CONNECTION_KEEPER: keepers, TOKENS: watch(TOKENS, operations) } };
}

export async function json(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}
