import { expect, vi } from 'vitest';
import type { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { keeperOf, listed } from '../sessions/durable-object/keeper-stage.ts';
import type { Visitor } from '../support/visitor.ts';
import { signIn } from './journey.ts';

/** A browser signed in at the provider's session `sid`, if it names one, with the copy in KV that finds it. */
export async function signedInAs(
  sid: string | undefined,
  op: ScriptedProvider,
  visitor: Visitor,
): Promise<Visitor> {
  op.idTokenClaims = (right) => ({ ...right, sid });
  const browser = visitor.at(visitor.env);
  await signIn(browser, op);
  const { key } = await keeperOf(browser);
  await vi.waitFor(async () => expect(await listed(key)).toBeDefined());
  return browser;
}

/** What a program is told of the session. */
export async function statusOf(visitor: Visitor): Promise<number> {
  return (await visitor.getJson('/session')).status;
}
