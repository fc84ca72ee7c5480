import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readDevVars } from '../dev-vars.mjs';
import { Refusal } from '../refusal.ts';
import { localAddress, workerAddress } from '../worker-address.mjs';

const DEV_VARS = fileURLToPath(new URL('../../.dev.vars', import.meta.url));

/** Where the Worker is. Throws a `Refusal` where none is named, or one that would see the token in the clear. */
export function addressOf(urls, { local = false }) {
  const [named = process.env.DRAWBRIDGE_URL, more] = urls;
  if (local && urls.length === 0) return localAddress(readDevVars(DEV_VARS));
  if (local || more !== undefined) throw new Refusal('Give one Worker: a URL, or --local.', 2);
  if (!named) throw new Refusal('Which Worker? Give its URL, set DRAWBRIDGE_URL, or use --local.', 2);
  return workerAddress(named);
}

/** The token: for `--local` from .dev.vars, else from the environment, else typed. */
export async function readToken(address, { local = false }) {
  if (local) {
    const { ADMIN_TOKEN } = readDevVars(DEV_VARS);
    if (ADMIN_TOKEN) return ADMIN_TOKEN;
    throw new Refusal('There is no ADMIN_TOKEN in .dev.vars. `npm run dev` writes one.');
  }
  if (process.env.ADMIN_TOKEN) return process.env.ADMIN_TOKEN;
  if (!process.stdin.isTTY) throw new Refusal('Set ADMIN_TOKEN in the environment.', 2);
  return askHidden(`ADMIN_TOKEN of ${address}: `);
}

/** Reads a line without showing it. */
async function askHidden(question) {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return (await terminal.question('')).trim();
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
