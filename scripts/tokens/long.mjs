import { setTimeout as pause } from 'node:timers/promises';
import { Refusal } from '../refusal.ts';
import { printableJson } from '../terminal.mjs';

const AT_ONCE = 4;
const DONE = 'Remove the old secret once cookies no longer use it: see docs/rotation.md.';
const AGAIN = 'Run it again until none is left.';
const MISSING =
  'SESSION_SECRET no longer contains their secret. If you still have it, add it at the end and run this again.';

/** Re-encrypts every record with the first secret, and shows progress. */
export async function reseal(ask) {
  const sessions = await resealAll(ask, '/reseal', 'sessions');
  // There are none while connections are disabled.
  const connections = await resealAll(ask, '/connections/reseal', 'connections').catch((error) => {
    if (/^not_found/.test(error.message)) return NONE;
    throw error;
  });
  const resealed = sessions.resealed + connections.resealed;
  const unreadable = sessions.unreadable + connections.unreadable;
  const text = [
    `Checked ${sessions.looked} sessions and ${connections.looked} connections, re-encrypted ${resealed}.`,
    ...(unreadable > 0 ? [`${unreadable} could not be decrypted: ${MISSING}`] : []),
    ...(resealed > 0 ? [AGAIN] : []),
    ...(resealed + unreadable === 0 ? [DONE] : []),
  ].join(' ');
  return { body: { sessions: sessions.looked, connections: connections.looked, resealed, unreadable }, text };
}

const NONE = { looked: 0, resealed: 0, unreadable: 0 };

/** Re-encrypts what one route knows, page by page; `name` is what its answer calls them. */
async function resealAll(ask, path, name) {
  let { looked, resealed, unreadable } = NONE;
  let cursor;
  do {
    const page = await ask('POST', path, { cursor });
    looked += page[name];
    resealed += page.resealed;
    unreadable += page.unreadable ?? 0;
    cursor = page.cursor;
    progress(`${looked} ${name} checked, ${resealed} re-encrypted`);
  } while (cursor !== undefined);
  return { looked, resealed, unreadable };
}

/**
 * Writes sessions as JSON lines, all of them unless `limit` says how many; with `reveal`, each with its tokens. `provider`,
 * `sub`, `expiring` and `failed` choose as in `list`.
 */
export async function exportAll(ask, ids, options) {
  if (ids.length > 0) throw new Refusal('`export` takes no ID. Choose sessions with --provider or --sub.', 2);
  const { reveal: withTokens = false, failed, provider, sub, expiring } = options;
  const most = options.limit === undefined ? Number.POSITIVE_INFINITY : limitOf(options.limit);
  const query = { provider, sub, expiring, ...(failed && { failed: '1' }) };
  let written = 0;
  let cursor;
  do {
    const limit = Math.min(withTokens ? 100 : 1000, most - written);
    const page = await ask('GET', '/sessions', { ...query, cursor, limit });
    const lines = withTokens ? await revealed(ask, page.sessions) : page.sessions;
    for (const line of lines) await write(`${printableJson(line)}\n`);
    written += lines.length;
    cursor = page.cursor;
    progress(`${written} sessions written`);
  } while (cursor !== undefined && written < most);
  return {};
}

/** The value of `--limit`. Throws a `Refusal`. */
export function limitOf(text) {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1) return limit;
  throw new Refusal('--limit takes a whole number from 1.', 2);
}

/** The sessions with the tokens of their grants; one that has ended meanwhile is left out. */
async function revealed(ask, sessions) {
  const lines = [];
  const left = sessions.values();
  const worker = async () => {
    for (const { id } of left) {
      const session = await ask('GET', `/sessions/${id}`).catch(() => undefined);
      if (!session) continue;
      const tokens = session.grants.map(({ provider }) =>
        ask('POST', `/sessions/${id}/reveal`, { provider }),
      );
      lines.push({ ...session, revealed: await Promise.all(tokens) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return lines;
}

/** Waits for a reader that is slower than we are. */
async function write(text) {
  while (!process.stdout.write(text) && process.stdout.writableNeedDrain) await pause(5);
}

/** One line that is written over, where somebody looks at it. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}`);
}
