import { columns } from './columns.mjs';
import { EXIT } from './exit.mjs';
import { keyFile, readKeys } from './keys.mjs';
import { readOptions } from './options.mjs';
import { plain } from './server.mjs';

const HELP = `Usage: drawbridge list [--json]

Shows the keys on this machine: provider, server, what they may do. The keys themselves are not printed.`;

/** `drawbridge list`: the stored keys, without the keys themselves. Returns the exit code. */
export async function list(argv) {
  const read = readOptions(argv, { help: HELP, options: { json: { type: 'boolean' } }, operands: [0, 0] });
  if (!read) return EXIT.ok;
  const { servers } = await readKeys();
  const shown = Object.entries(servers).flatMap(([server, keys]) =>
    keys.map(({ key: _, ...facts }) => ({ server, ...facts })),
  );
  if (read.values.json) console.log(JSON.stringify(shown, null, 2));
  else if (shown.length === 0) console.error(`No keys in ${keyFile()}. Run \`drawbridge login <provider>\`.`);
  else console.log(table(shown));
  return EXIT.ok;
}

function table(keys) {
  const rows = [
    ['PROVIDER', 'SERVER', 'LABEL', 'TOKENS', 'SINCE'],
    ...keys.map(({ provider, server, label = '', raw, created_at = '' }) => [
      provider,
      server,
      label,
      raw ? 'raw' : 'relay only',
      String(created_at).slice(0, 10),
    ]),
  ].map((row) => row.map(plain));
  return columns(rows);
}
