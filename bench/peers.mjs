import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const FOLDER = fileURLToPath(new URL('peers/', import.meta.url));

/** Other libraries that sign users in, each as the Worker that you would write with it: file, where a login starts. */
export const PEERS = {
  'openid-client': { file: `${FOLDER}openid-client.js`, loginPath: '/login' },
  'openid-client, no Hono': { file: `${FOLDER}openid-client-hand-routed.js`, loginPath: '/login' },
  arctic: { file: `${FOLDER}arctic.js`, loginPath: '/login' },
  'arctic, no Hono': { file: `${FOLDER}arctic-hand-routed.js`, loginPath: '/login' },
  '@hono/oidc-auth': { file: `${FOLDER}hono-oidc-auth.js`, loginPath: '/session' },
};

/** Installs them beside the benchmark, at the versions that were locked, unless they are there. No script of theirs runs. */
export async function installPeers() {
  if (existsSync(`${FOLDER}node_modules/.package-lock.json`)) return;
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: FOLDER });
}
