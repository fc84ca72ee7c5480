import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { refuseTakenByNpm } from './arguments.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const USAGE = `Usage: npm run deploy [-- options]

Runs the doctor, then \`wrangler deploy\` if there is no error. Options are passed to wrangler (\`npx wrangler deploy --help\`);
the doctor checks the environment, configuration and Worker that they name.

Examples
  npm run deploy
  npm run deploy -- --dry-run                      bundles without uploading
  npm run deploy -- --name drawbridge-staging      a separate Worker under another name`;

const args = process.argv.slice(2);
const { values } = parseArgs({
  args,
  options: {
    env: { type: 'string', short: 'e' },
    config: { type: 'string', short: 'c' },
    name: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
  strict: false,
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
refuseTakenByNpm(
  USAGE,
  ['dry-run', 'env', 'config', 'name', 'var', 'keep-vars'].filter((name) => values[name] === undefined),
);
const named = Object.entries(values)
  .filter(([name, value]) => ['env', 'config', 'name'].includes(name) && typeof value === 'string')
  .flatMap(([name, value]) => [`--${name}`, value]);
run('scripts/doctor.mjs', ['--deploy', ...named]);
run('node_modules/wrangler/bin/wrangler.js', ['deploy', ...args]);

function run(script, scriptArgs) {
  const { status } = spawnSync(process.execPath, [script, ...scriptArgs], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
