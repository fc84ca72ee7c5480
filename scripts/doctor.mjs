import { worstOf } from '../src/doctor/finding.ts';
import { readArguments } from './arguments.mjs';
import { askDeployed } from './doctor/deployed.mjs';
import { print } from './doctor/print.mjs';
import { printableJson } from './terminal.mjs';

const USAGE = `Usage: npm run doctor [-- [URL] [options]]

Checks the settings and every provider, and says what to fix. Exits with 1 if there is an error.

Without URL it checks what is on this machine: wrangler.toml and .dev.vars.
With URL it asks that Worker to check itself from where it runs:

  ADMIN_TOKEN=… npm run doctor -- https://login.example.com

ADMIN_TOKEN is read from the environment, or else from .dev.vars.

Options
  --deploy        checks what \`wrangler deploy\` would deploy: wrangler.toml, and the names of the secrets that
                  the Worker has (\`wrangler secret list\`), instead of .dev.vars
  --dev           checks what \`npm run dev\` runs, with the demo provider
  --env NAME      an environment of wrangler.toml
  --name NAME     with --deploy: a Worker other than the one in wrangler.toml
  --config PATH   another wrangler.toml; .dev.vars is read from the same folder
  --offline       makes no network requests
  --json          one JSON object: {"status", "findings": [{"level", "subject", "check", "message", "hint"}]}
  --help

Examples
  npm run doctor                                  before the first login
  npm run doctor -- --deploy --env production     before a deployment; \`npm run deploy\` does it
  npm run doctor -- http://localhost:8787         the Worker of \`npm run dev\``;

const OPTIONS = {
  deploy: { type: 'boolean' },
  dev: { type: 'boolean' },
  env: { type: 'string' },
  name: { type: 'string' },
  config: { type: 'string' },
  offline: { type: 'boolean' },
  json: { type: 'boolean' },
};

await main();

async function main() {
  const { values, positionals } = readArguments(USAGE, OPTIONS, { words: 1 });
  const [url] = positionals;
  const findings = url ? await askDeployed(url, await operatorToken(values)) : await examine(values);
  const status = worstOf(findings);
  if (values.json) console.log(printableJson({ status, findings }, 2));
  else print(findings, status);
  process.exitCode = status === 'fault' ? 1 : 0;
}

/** `ADMIN_TOKEN` of the environment, else of `.dev.vars`. */
async function operatorToken(options) {
  if (process.env.ADMIN_TOKEN) return process.env.ADMIN_TOKEN;
  const { env } = await machine(options);
  return env?.ADMIN_TOKEN;
}

async function examine(options) {
  const { env, origin, notes, standIns, unseen, isBroken } = await machine(options);
  if (isBroken) return notes;
  const { diagnose } = await import('../src/doctor/diagnose.ts');
  const found = await diagnose(env, { origin, online: !options.offline, standIns });
  return [...notes, ...found].map((finding) => unseen(finding));
}

/** Loaded when it is needed: reading wrangler.toml takes all of wrangler. */
async function machine(options) {
  const { readMachine } = await import('./doctor/machine.mjs');
  return readMachine(options);
}
