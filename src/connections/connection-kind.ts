import { freshAt } from '../grants/freshness.ts';
import type { Kind } from '../objects/kind.ts';
import type { ConnectionSettings } from '../settings/connection-settings.ts';
import type { Settings } from '../settings/settings.ts';
import { asRecord, type Connection, type ConnectionRecord } from './connection.ts';
import { COPY_PREFIX, keysOf, metadataOf } from './kv-copy.ts';

/** How a connection is kept in the object of this name; `settings` are those of now. */
export function connectionKind(name: string, settings: () => Settings): Kind<ConnectionRecord> {
  return {
    purpose: 'connection',
    boundTo: COPY_PREFIX + name,
    sealer: () => settings().sealer,
    tokens: () => (settings().connections as ConnectionSettings).tokens,
    decode: asRecord,
    shown: async ({ connection }) => ({
      keys: connection ? await keysOf(connection) : [],
      metadata: connection && (await metadataOf(connection)),
      goneAt: connection?.expires_at,
    }),
    copiesValue: false,
    endsAt: ({ connection }) => connection?.expires_at,
    wakeAt: ({ connection, outbox }) => [
      ...outbox.map(({ at }) => at),
      ...(connection ? freshTimes(connection, settings()) : []),
    ],
    facts: { connection: name.slice(0, 12) },
  };
}

/** When its token is to be refreshed in the background, in milliseconds since the epoch; none if it is not kept fresh. */
export function freshTimes(connection: Connection, settings: Settings): readonly number[] {
  const provider = settings.providers.get(connection.provider);
  if (!connection.grant || !provider?.keep_fresh) return [];
  const margin = settings.refreshMarginSeconds;
  const at = freshAt(connection.grant, { margin, seed: connection.id, retry: connection.retry });
  return at === undefined ? [] : [at * 1000];
}
