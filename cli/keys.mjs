import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
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
  return join(configFolder(), 'drawbridge', 'keys.json');
}

/** `XDG_CONFIG_HOME` counts only if it is absolute (XDG Base Directory Specification). */
function configFolder() {
  const { APPDATA, XDG_CONFIG_HOME = '' } = process.env;
  if (process.platform === 'win32' && APPDATA) return APPDATA;
  if (isAbsolute(XDG_CONFIG_HOME)) return XDG_CONFIG_HOME;
  const home = homeFolder();
  // With an empty `HOME`, keys would be stored wherever the command runs: in a repository, for example.
  if (isAbsolute(home)) return join(home, '.config');
  throw new CliError(
    EXIT.failed,
    'This user has no home folder. Set XDG_CONFIG_HOME to a folder for the keys.',
  );
}

function homeFolder() {
  try {
    return homedir();
  } catch {
    // A container's user need not be in /etc/passwd.
    return '';
  }
}

/** @returns {Promise<KeyFile>} */
export async function readKeys() {
  const path = keyFile();
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    // Only a file that is not there is empty: another one must not be written over.
    if (error.code === 'ENOENT') return { servers: {} };
    throw new CliError(EXIT.failed, `${path} can't be read (${error.code}). Check who owns it.`);
  }
  try {
    const file = JSON.parse(text);
    if (isKeyFile(file)) return file;
  } catch {
    // Told below.
  }
  throw new CliError(EXIT.failed, `${path} can't be read as JSON. Fix it, or delete it and sign in again.`);
}

function isKeyFile(file) {
  const { servers } = Object(file);
  if (typeof servers !== 'object' || servers === null) return false;
  return Object.values(servers).every(
    (keys) => Array.isArray(keys) && keys.every((stored) => typeof stored?.key === 'string'),
  );
}

/**
 * Changes the file. Runs of this program that come at the same time wait for each other, so that none loses what another
 * has written.
 *
 * @param {(file: KeyFile) => KeyFile} change
 */
export async function changeKeys(change) {
  await withLock(async (path) => {
    const text = `${JSON.stringify(change(await readKeys()), null, 2)}\n`;
    // A link to a file elsewhere stays one.
    const target = await realpath(path).catch(() => path);
    const next = `${target}.${randomUUID()}`;
    await writeFile(next, text, { mode: 0o600 });
    await chmod(next, 0o600);
    await rename(next, target);
  });
}

/** Makes sure that a key could be stored, before anybody is asked for one. */
export async function requireWritableKeys() {
  await withLock(readKeys);
}

/** @param {(path: string) => Promise<unknown>} work what is done while no other run does it */
async function withLock(work) {
  const path = keyFile();
  try {
    await makeFolder(dirname(path));
    const unlock = await lock(`${path}.lock`);
    try {
      await work(path);
    } finally {
      await unlock();
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      EXIT.failed,
      `${path} can't be written (${error.code ?? error.message}). Set XDG_CONFIG_HOME to a folder that can.`,
    );
  }
}

/**
 * Makes a folder and those above it. The `recursive` of Node would try for ever where folders are mounted and not made, as
 * in `/proc`.
 */
async function makeFolder(path) {
  const error = await tryToMake(path);
  if (error === undefined) return;
  if (error.code !== 'ENOENT' || dirname(path) === path) throw error;
  await makeFolder(dirname(path));
  const again = await tryToMake(path);
  if (again) throw again;
}

/** Makes one folder; returns why it could not. */
async function tryToMake(path) {
  return mkdir(path, { mode: 0o700 }).then(
    () => undefined,
    (error) => (error.code === 'EEXIST' ? undefined : error),
  );
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
