import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * The doctor, and `wrangler deploy` if it finds no fault. Arguments go on to wrangler; the doctor gets the
 * environment, the configuration and the Worker that they name.
 */
const args = process.argv.slice(2);
const { values } = parseArgs({
  args,
  options: {
    env: { type: 'string', short: 'e' },
    config: { type: 'string', short: 'c' },
    name: { type: 'string' },
  },
  strict: false,
});
const named = Object.entries(values)
  .filter(([name, value]) => ['env', 'config', 'name'].includes(name) && typeof value === 'string')
  .flatMap(([name, value]) => [`--${name}`, value]);
run('scripts/doctor.mjs', ['--deploy', ...named]);
run('node_modules/wrangler/bin/wrangler.js', ['deploy', ...args]);

function run(script, scriptArgs) {
  const { status } = spawnSync(process.execPath, [script, ...scriptArgs], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
