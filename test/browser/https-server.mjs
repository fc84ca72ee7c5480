import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProvider } from '../../demo/provider.mjs';
import { readDevVars } from '../../scripts/dev-vars.mjs';
import { freePort } from './dev-server.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The Worker over https, with a certificate that wrangler makes, as users have it: without INSPECT. `secrets` is
 * whatever the provider has given it or was given by it, which no browser may ever see.
 */
export async function startHttps() {
  const port = await freePort();
  const origin = `https://localhost:${port}`;
  const { issuer, provider, close } = await startProvider({ port: 0, clients: [client(origin)] });
  const secrets = [];
  provider.on('grant.success', ({ body, oidc }) => {
    secrets.push(body.access_token, body.refresh_token, body.id_token, oidc.params.code_verifier);
  });
  const storage = mkdtempSync(join(tmpdir(), 'drawbridge-https-'));
  const worker = startWorker(port, issuer, storage);
  await ready(worker);
  const stop = async () => {
    const ended = once(worker, 'exit');
    worker.kill('SIGTERM');
    await ended;
    await close();
    rmSync(storage, { recursive: true, force: true });
  };
  return { origin, secrets, stop };
}

function client(origin) {
  return {
    client_id: 'drawbridge-demo',
    client_name: 'Drawbridge',
    client_secret: readDevVars(join(ROOT, '.dev.vars')).DEMO_CLIENT_SECRET,
    redirect_uris: [`${origin}/callback`, `${origin}/callback/staff`],
    post_logout_redirect_uris: [`${origin}/`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  };
}

function startWorker(port, issuer, storage) {
  const flags = ['--local-protocol', 'https', '--port', String(port), '--inspector-port', '0'];
  const { DEMO_CLIENT_SECRET } = readDevVars(join(ROOT, '.dev.vars'));
  // The same provider again under another name, for pages about several accounts.
  const staff = { issuer, client_id: 'drawbridge-demo', display_name: 'Staff directory' };
  const vars = [
    'DEMO:true',
    `DEMO_ISSUER:${issuer}`,
    'DEFAULT_PROVIDER:demo',
    `PROVIDERS:${JSON.stringify({ staff })}`,
    `STAFF_CLIENT_SECRET:${DEMO_CLIENT_SECRET}`,
  ].flatMap((pair) => ['--var', pair]);
  return spawn(
    process.execPath,
    [
      join(ROOT, 'node_modules/wrangler/bin/wrangler.js'),
      'dev',
      ...flags,
      '--show-interactive-dev-session=false',
      '--persist-to',
      storage,
      ...vars,
    ],
    {
      cwd: ROOT,
      env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
}

/** Waits until wrangler says that it listens; throws its output if it ends before. */
function ready(worker) {
  let output = '';
  return new Promise((resolve, reject) => {
    for (const stream of [worker.stdout, worker.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
        if (output.includes('Ready on https:')) resolve();
      });
    }
    worker.once('exit', (code) => reject(new Error(`wrangler dev ended with ${code}:\n${output}`)));
  });
}
