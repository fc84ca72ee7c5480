import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import chromium from '@sparticuz/chromium';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A port that nothing listens on. */
export async function freePort() {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Runs `npm run dev`'s launcher on ports of its own. `ready` waits until both addresses are printed and
 * throws the output if it ends before; `stop` does what Ctrl-C does.
 */
export function runDev({ port, demoPort }) {
  const child = spawn(process.execPath, ['scripts/dev.mjs'], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), DEMO_PORT: String(demoPort) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = once(child, 'exit').then(([code]) => ({ code, output }));
  const printed = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
        if (output.includes('Ctrl-C')) resolve();
      });
    }
  });
  const ready = async () => {
    const early = await Promise.race([printed, ended]);
    if (early) throw new Error(`the launcher ended with ${early.code}:\n${early.output}`);
  };
  const stop = () => {
    child.kill('SIGINT');
    return ended;
  };
  return { pid: child.pid, ready, ended, stop };
}

/** Starts everything for the whole run; tests find it with `inject('origin')`. */
export default async function setup({ provide }) {
  // Unpacks the browser once: test files that did so at the same time would start a file that is still written to.
  if (process.env.CHROMIUM_PATH === undefined) await chromium.executablePath();
  const [port, demoPort] = [await freePort(), await freePort()];
  const dev = runDev({ port, demoPort });
  await dev.ready();
  provide('origin', `http://localhost:${port}`);
  provide('issuer', `http://localhost:${demoPort}`);
  return dev.stop;
}
