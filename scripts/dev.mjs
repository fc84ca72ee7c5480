import { join } from 'node:path';
import { readArguments } from './arguments.mjs';
import { ensureDevVars } from './dev-vars.mjs';
import { answers, checkInstall, endOnSignals, QUIET_WRANGLER, ROOT, start, takePorts } from './processes.mjs';
import { localBasePath } from './worker-address.mjs';

const USAGE = `Usage: npm run dev

Starts Drawbridge on this machine, with its own OpenID provider to sign in with. Creates .dev.vars with new secrets if it
is missing. Press Ctrl-C to stop both. \`npm start\` does the same, and installs the packages first.

From the environment
  PORT        where Drawbridge listens (8787)
  DEMO_PORT   where the demo provider listens (9000)

Example
  PORT=8080 DEMO_PORT=9090 npm run dev`;

const COMMAND = 'npm run dev';

await main();

async function main() {
  readArguments(USAGE);
  checkInstall(COMMAND);
  const { port, demoPort } = await takePorts(COMMAND);
  const devVars = ensureDevVars(join(ROOT, '.dev.vars'));
  const basePath = localBasePath(devVars);
  endOnSignals();

  const origin = new URL(`http://localhost:${port}`).origin;
  // Another host name of the same Worker: pages that an app's script must not reach are there.
  const control = new URL(`http://127.0.0.1:${port}`).origin;
  const issuer = `http://localhost:${demoPort}`;
  start('The demo provider', process.execPath, ['demo/server.mjs'], {
    DEMO_PORT: String(demoPort),
    DEMO_CLIENT_ORIGIN: origin,
    DEMO_CLIENT_SECRET: devVars.DEMO_CLIENT_SECRET,
    DEMO_BASE_PATH: basePath,
  });
  start('wrangler dev', process.execPath, wranglerArguments(port, { issuer, control }), QUIET_WRANGLER);
  await Promise.all([
    answers(`${issuer}/.well-known/openid-configuration`),
    answers(`${origin}${basePath}/healthz`),
  ]);
  console.log(
    [
      '',
      `  Drawbridge       ${origin}${basePath}`,
      `  Admin            ${control}${basePath}/admin  (token in .dev.vars)`,
      `  Demo provider    ${issuer}`,
      '',
      '  Press Ctrl-C to stop.',
      '',
    ].join('\n'),
  );
}

function wranglerArguments(port, { issuer, control }) {
  const vars = [
    'INSPECT:true',
    'DEMO:true',
    'CONNECTIONS:users',
    `DEMO_ISSUER:${issuer}`,
    `CONTROL_ORIGIN:${control}`,
  ].flatMap((pair) => ['--var', pair]);
  const bin = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
  return [
    bin,
    'dev',
    '--port',
    String(port),
    '--inspector-port',
    '0',
    '--show-interactive-dev-session=false',
    ...vars,
  ];
}
