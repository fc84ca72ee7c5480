import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../browser/dev-server.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The command that the README of an example starts it with: the first line of its first shell block. */
export function startCommand(name) {
  const readme = readFileSync(join(ROOT, 'examples', name, 'README.md'), 'utf8');
  return /^```sh\n(.+)\n/m.exec(readme)?.[1];
}

/**
 * Starts an example as its README says, or a copy of it that is in examples/ too, on ports of its own. Resolves once
 * it answers; `stop` does what Ctrl-C does, and `printed` waits for a line of its output.
 */
export async function runExample(name, copy = name) {
  const [program, ...args] = startCommand(name).replace(name, copy).split(' ');
  const [port, demoPort, serverPort] = [await freePort(), await freePort(), await freePort()];
  const child = spawn(program, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      PORT: String(port),
      DEMO_PORT: String(demoPort),
      SERVER_PORT: String(serverPort),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const waiting = new Set();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      for (const check of waiting) check();
    });
  }
  const ended = once(child, 'exit');
  const printed = (pattern) =>
    new Promise((resolve, reject) => {
      const check = () => {
        const found = pattern.exec(output);
        if (found) resolve(found);
      };
      waiting.add(check);
      check();
      ended.then(() => reject(new Error(`${name} ended:\n${output}`)));
    });
  await printed(/Ctrl-C/);
  const stop = async () => {
    process.kill(-child.pid, 'SIGINT');
    await ended;
  };
  const at = (number) => `http://localhost:${number}`;
  return { origin: at(port), issuer: at(demoPort), server: at(serverPort), printed, stop };
}

/** Edits a file that wrangler watches in one step: `wrangler dev` ends if it finds half of its settings. */
export function edit(path, change) {
  writeFileSync(`${path}.new`, change(readFileSync(path, 'utf8')));
  renameSync(`${path}.new`, path);
}
