import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { vi } from 'vitest';
import { sha256Hex } from '../../../src/crypto/hash.ts';
import { Sealer } from '../../../src/crypto/seal.ts';
import type { ScriptedProvider } from '../../fakes/scripted-provider.ts';
import { signIn } from '../../flows/journey.ts';
import { SESSION_SECRET } from '../../support/settings.ts';
import type { Visitor } from '../../support/visitor.ts';
import { keeperOf, listed, sealedIn, TOKENS } from './keeper-stage.ts';

type Old = Record<string, unknown>;
const sidOf = (op: ScriptedProvider) => `sid-of-${op.sub}`;

/**
 * Signs in and stores the session as version 0.1 did: rows of its own for everything, a copy in KV, an index without
 * issuers. The object has forgotten all else.
 */
export async function signInAtFirstVersion(visitor: Visitor, op: ScriptedProvider) {
  op.idTokenClaims = (right) => ({ ...right, sid: sidOf(op) });
  await signIn(visitor, op);
  const { hash, key, stub } = await keeperOf(visitor);
  await vi.waitFor(async () => {
    if ((await listed(key)) === undefined) throw new Error('KV has not followed');
  }, 10_000);
  const sealer = new Sealer([SESSION_SECRET]);
  const { session } = (await sealer.open('record', await sealedIn(stub), key)) as { session: Old };
  const { iss: _, began_ms: __, ...old } = session;
  const grants = (old.grants as Old[]).map(({ iss: _, ...grant }) => grant);
  const sealed = await sealer.seal('record', { ...old, grants }, key);
  for (const { name } of (await TOKENS.list()).keys) if (name.endsWith(hash)) await TOKENS.delete(name);
  const index = [
    `subject:op:${await sha256Hex(op.sub)}:${hash}`,
    `sid:op:${await sha256Hex(sidOf(op))}:${hash}`,
  ];
  await TOKENS.put(key, sealed, { metadata: { sub: op.sub } });
  for (const name of index) await TOKENS.put(name, '');
  const goneAt = (session.created_at as number) + 2_592_000;
  await runInDurableObject(stub, async (_, { storage }) => {
    await storage.deleteAll();
    const rows = {
      name: hash,
      record: sealed,
      ends_at: session.expires_at,
      history: [{ event: 'refreshed', provider: 'op', at: 1 }],
      'retry:op': { failures: 1, at: Date.now() / 1000 + 60, error: { code: 'provider_unreachable' } },
      copy: { changes: 2, followed: 2, failures: 0, retryAt: 0, keys: [key, ...index], goneAt },
    };
    for (const [name, value] of Object.entries(rows)) storage.kv.put(name, value);
    await storage.setAlarm((session.expires_at as number) * 1000);
  });
  await evictDurableObject(stub);
  const rows = () =>
    runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()].map(([name]) => name));
  const statusOf = async () => (await visitor.at(visitor.env).getJson('/session')).status;
  return { hash, key, stub, index, rows, statusOf };
}
