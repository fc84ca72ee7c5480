import { beforeEach, expect, vi } from 'vitest';
import type { Env } from '../../../src/settings/env.ts';
import { signIn, stage } from '../../flows/journey.ts';
import { keeperOf, listed, SESSION_KEEPER, TOKENS } from '../../sessions/durable-object/keeper-stage.ts';
import { Visitor } from '../../support/visitor.ts';

export const ADMIN_TOKEN = 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ';
export const BEARER = { authorization: `Bearer ${ADMIN_TOKEN}` };

let address = 0;
/** Each test comes from another address, so that none spends the guesses of the next. */
beforeEach(moveOn);

export function moveOn(): void {
  address++;
}

export const from = () => ({ 'cf-connecting-ip': `192.0.2.${address}` });

/** A Worker with one session that KV knows of, and an operator in front of it. */
export async function desk(own: Env = {}) {
  const { op, visitor } = await stage(
    { scope: 'openid read' },
    { TOKENS, SESSION_KEEPER, ADMIN_TOKEN, ...own },
  );
  op.sub = crypto.randomUUID();
  await signIn(visitor, op);
  const { hash, key, stub } = await keeperOf(visitor);
  await vi.waitFor(async () => expect(await listed(key)).toBeDefined());
  const operator = new Visitor(visitor.env);
  const api = (method: string, path: string, headers: Record<string, string> = BEARER) =>
    operator.send(method, path, { headers: { ...from(), ...headers } });
  const ask = async (method: string, path: string) =>
    (await (await api(method, path)).json()) as Record<string, unknown>;
  return { op, visitor, operator, hash, key, stub, api, ask };
}
