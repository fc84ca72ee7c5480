import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CliError, EXIT } from './exit.mjs';

/**
 * @typedef {object} StoredKey
 * @property {string} key `dbk_…`; never a token of a provider
 * @property {string} provider
 * @property {string} [label]
 * @property {string} [connection]
 * @property {string} [scope]
 * @property {readonly string[]} [upstreams] ids of the upstreams that the key may reach, if it is limited to some
 * @property {boolean} raw the key may be exchanged for the access token itself
 * @property {string} created_at ISO 8601
 *
 * @typedef {{ default_server?: string, servers: Record<string, StoredKey[]> }} KeyFile
 */

const LOCK_PATIENCE_MS = 5000;
const LOCK_STALE_MS = 10_000;

/** The file with this user's keys: 0600, in the config folder of the system. */
export function keyFile() {
  const { APPDATA, XDG_CONFIG_HOME } = process.env;
  const folder =
    process.platform === 'win32' && APPDATA ? APPDATA : XDG_CONFIG_HOME || join(homedir(), '.config');
  return join(folder, 'drawbridge', 'keys.json');
}

/** @returns {Promise<KeyFile>} */
export async function readKeys() {
  const path = keyFile();
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return { servers: {} };
  }
  try {
    const file = JSON.parse(text);
    if (typeof file?.servers === 'object' && file.servers !== null) return file;
  } catch {
    // Told below.
  }
  throw new CliError(EXIT.failed, `${path} can't be read as JSON. Fix it, or delete it and sign in again.`);
}

/**
 * Changes the file. Runs of this program that come at the same time wait for each other, so that none loses what another
 * has written.
 *
 * @param {(file: KeyFile) => KeyFile} change
 */
export async function changeKeys(change) {
  const path = keyFile();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const unlock = await lock(`${path}.lock`);
  try {
    const text = `${JSON.stringify(change(await readKeys()), null, 2)}\n`;
    const next = `${path}.${randomUUID()}`;
    await writeFile(next, text, { mode: 0o600 });
    await chmod(next, 0o600);
    await rename(next, path);
  } finally {
    await unlock();
  }
}

/** A folder is made by one process only. One that was left behind by a process that died is taken over. */
async function lock(path) {
  const started = Date.now();
  for (;;) {
    try {
      await mkdir(path);
      return () => rm(path, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > LOCK_STALE_MS) await rm(path, { recursive: true, force: true });
    else if (Date.now() - started > LOCK_PATIENCE_MS) {
      throw new CliError(EXIT.failed, `Another drawbridge holds ${path}. If none is running, delete it.`);
    } else await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 30));
  }
}

/**
 * @param {KeyFile} file
 * @param {string} server
 * @param {string} provider
 */
export function findKey(file, server, provider) {
  return file.servers[server]?.find((stored) => stored.provider === provider);
}

/**
 * The file with a key in the place of the one before it for the same provider.
 *
 * @param {KeyFile} file
 * @param {string} server
 * @param {StoredKey} stored
 * @returns {KeyFile}
 */
export function withKey(file, server, stored) {
  const others = (file.servers[server] ?? []).filter(({ provider }) => provider !== stored.provider);
  return { ...file, default_server: server, servers: { ...file.servers, [server]: [...others, stored] } };
}

/**
 * @param {KeyFile} file
 * @param {string} server
 * @param {string} provider
 * @returns {KeyFile}
 */
export function withoutKey(file, server, provider) {
  const left = (file.servers[server] ?? []).filter((stored) => stored.provider !== provider);
  const { [server]: _, ...servers } = file.servers;
  return { ...file, servers: left.length > 0 ? { ...servers, [server]: left } : servers };
}
