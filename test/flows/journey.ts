import { expect } from 'vitest';
import type { Env } from '../../src/settings/env.ts';
import { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { settings } from '../support/settings.ts';
import { errorOf, locationOf, Visitor } from '../support/visitor.ts';

type Members = Record<string, unknown>;
type Change = (right: URLSearchParams) => URLSearchParams;

/** One provider, `op`, and a browser in front of a Worker that has it. */
export async function stage(entry: Members = {}, env: Env = {}) {
  const op = await ScriptedProvider.start();
  const visitor = new Visitor(
    settings({ PROVIDERS: { op: op.entry(entry) }, OP_CLIENT_SECRET: op.clientSecret, ...env }),
  );
  return { op, visitor };
}

/** Starts a login and returns the URL that the browser is sent to. */
export async function startLogin(visitor: Visitor, path = '/login'): Promise<URL> {
  const started = await visitor.get(path);
  expect(started.status).toBe(302);
  return locationOf(started);
}

/** A whole login; `change` changes what the provider sends the browser back with. */
export async function signIn(
  visitor: Visitor,
  op: ScriptedProvider,
  path = '/login',
  change: Change = (right) => right,
): Promise<Response> {
  return visitor.getJson(op.callback(await startLogin(visitor, path), change));
}

/** Nobody is signed in, and the login cookie is gone. */
export async function expectRefused(visitor: Visitor, response: Response, error: string): Promise<void> {
  expect(await errorOf(response)).toBe(error);
  expect([...visitor.cookies.keys()]).toEqual([]);
  expect((await visitor.getJson('/session')).status).toBe(401);
}
