import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProvider } from '../../demo/provider.mjs';
import { QUIET_WRANGLER } from '../../scripts/processes.mjs';
import { freePort } from '../browser/dev-server.mjs';

const SECRET = 'the-secret-of-a-client-of-these-tests';

/**
 * Runs the Workers of these configurations below `folder` with `wrangler dev`, beside a provider that knows them. The
 * first gets the requests; `drawbridge` is the folder of the one with Drawbridge in it.
 */
export async function wranglerDev(folder: string, configurations: readonly string[], drawbridge: string) {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const provider = await startProvider({
    port: 0,
    clients: [
      {
        client_id: 'drawbridge-demo',
        client_secret: SECRET,
        redirect_uris: [`${origin}/auth/callback`],
        post_logout_redirect_uris: [`${origin}/auth/`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
  });
  const secrets = {
    DEMO: 'true',
    DEMO_ISSUER: provider.issuer,
    DEMO_CLIENT_SECRET: SECRET,
    SESSION_SECRET: crypto.randomUUID() + crypto.randomUUID(),
  };
  const lines = Object.entries(secrets).map((pair) => pair.join('='));
  writeFileSync(join(folder, drawbridge, '.dev.vars'), lines.join('\n'));
  const named = configurations.flatMap((path) => ['-c', path]);
  const quiet = ['--inspector-port', '0', '--show-interactive-dev-session=false'];
  const child = spawn('npx', ['wrangler', 'dev', ...named, '--port', String(port), ...quiet], {
    cwd: folder,
    env: { ...process.env, ...QUIET_WRANGLER },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  await answers(child, origin);
  const stop = async () => {
    const ended = once(child, 'exit');
    if (child.pid !== undefined && child.exitCode === null) {
      process.kill(-child.pid, 'SIGTERM');
      await ended;
    }
    await provider.close();
  };
  return { origin, stop };
}

/** Resolves when wrangler says that it listens. */
async function answers(child: ChildProcess, origin: string): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
        if (output.includes('Ready on')) resolve();
      });
    }
    child.once('exit', () => reject(new Error(`wrangler dev for ${origin} ended:\n${output}`)));
  });
}
