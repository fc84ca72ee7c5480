import type { HistoryEvent } from '../../grants/history.ts';
import type { Retry } from '../../grants/retries.ts';
import { type CopyState, writeRow } from '../../objects/row.ts';
import type { KeptSession } from './kept-session.ts';
import { recordKey } from './kv-copy.ts';

/** How far KV was, as version 0.1 had it. */
interface OldCopy {
  readonly keys: readonly string[];
  readonly goneAt: number;
}

const RETRY = 'retry:';
/** KV is written to again: 0.1 gave the copy no longer than the sliding lifetime. In milliseconds. */
const PAUSE_MS = 5000;

/**
 * Makes one row of what version 0.1 has stored in an object: `record` (the sealed session), `ends_at`, `name`, `copy`,
 * `history` and `retry:<provider>`. Returns what it had not sealed. Goes once no deployed Worker has such sessions,
 * which is `SESSION_MAX_SECONDS` after its update.
 */
export function adoptFirstVersion(
  storage: DurableObjectStorage,
  name: string,
): Pick<KeptSession, 'history' | 'retries'> {
  const { kv } = storage;
  const sealed = kv.get<unknown>('record');
  const old = kv.get<OldCopy>('copy');
  if (typeof sealed !== 'string' && old === undefined) return { history: [], retries: {} };
  const history = kv.get<HistoryEvent[]>('history') ?? [];
  const retries = [...kv.list<Retry>({ prefix: RETRY })];
  const now = Date.now();
  const ends_at = kv.get<number>('ends_at') ?? Math.floor(now / 1000);
  const due = now + PAUSE_MS;
  const row = { v: 1, name, ends_at } as const;
  if (typeof sealed === 'string') writeRow(kv, { ...row, copy: copyOf(name, old, due), sealed });
  else
    writeRow(kv, {
      ...row,
      copy: { ...copyOf(name, old, due), keys: [], stale: old?.keys ?? [] },
      ended: {},
    });
  void storage.setAlarm(due);
  for (const key of ['ends_at', 'name', 'copy', 'history', ...retries.map(([key]) => key)]) kv.delete(key);
  return {
    history,
    retries: Object.fromEntries(retries.map(([key, retry]) => [key.slice(RETRY.length), retry])),
  };
}

function copyOf(name: string, old: OldCopy | undefined, due: number): CopyState {
  const index = (old?.keys ?? []).filter((key) => key !== recordKey(name));
  return { due, keys: [recordKey(name), ...index], gone_at: old?.goneAt ?? Math.floor(due / 1000) };
}
