import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import { startServer } from './server.ts';

export const CLI = fileURLToPath(new URL('../../cli/drawbridge.mjs', import.meta.url));
export const KEY = `dbk_${'a'.repeat(26)}${'b'.repeat(52)}${'c'.repeat(7)}`;
export const STARTED = {
  device_code: 'dbd_1',
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://login.example.com/device',
  expires_in: 600,
  interval: 0,
};
export const GRANTED = {
  access_token: KEY,
  token_type: 'Bearer',
  scope: 'demo',
  provider: 'demo',
  raw_tokens: true,
};
export const TOKEN = { access_token: 'at-1', token_type: 'Bearer', expires_in: 300, scope: 'openid' };
export const PENDING = { error: 'authorization_pending' };

/** The home of one test: its config folder, and room for what it needs besides. */
export let folder: string;
let stop = () => {};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drawbridge-cli-'));
});
afterEach(async () => {
  stop();
  await rm(folder, { recursive: true });
});

/** A server that gives these answers, until the test ends. */
export async function serve(replies: Parameters<typeof startServer>[0]) {
  const server = await startServer(replies);
  stop = () => void server.stop();
  return server;
}

/** Runs the command, with a config folder of its own. */
export async function run(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env.PATH, XDG_CONFIG_HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

export const keyFile = () => join(folder, 'drawbridge', 'keys.json');
