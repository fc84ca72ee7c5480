import { setTimeout as pause } from 'node:timers/promises';

const AT_ONCE = 4;

/** Seals every record with the first secret, and says how far it is. */
export async function reseal(ask) {
  let [looked, resealed] = [0, 0];
  let cursor;
  do {
    const page = await ask('POST', '/reseal', { cursor });
    looked += page.sessions;
    resealed += page.resealed;
    cursor = page.cursor;
    progress(`${looked} sessions looked at, ${resealed} sealed anew`);
  } while (cursor !== undefined);
  const text = `${looked} sessions looked at, ${resealed} sealed anew. When none is left, drop the old secret.`;
  return { body: { sessions: looked, resealed }, text };
}

/** Writes every session as a JSON line; with `reveal`, each with its tokens. */
export async function exportAll(ask, _ids, { reveal: withTokens = false }) {
  let written = 0;
  let cursor;
  do {
    const page = await ask('GET', '/sessions', { cursor, limit: withTokens ? 100 : 1000 });
    const lines = withTokens ? await revealed(ask, page.sessions) : page.sessions;
    for (const line of lines) await write(`${JSON.stringify(line)}\n`);
    written += lines.length;
    cursor = page.cursor;
    progress(`${written} sessions written`);
  } while (cursor !== undefined);
  return {};
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
