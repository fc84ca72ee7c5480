import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** Runs a script as `npm run <command>` does; npm passes the options that it took as variables. */
function underNpm(command: string, taken: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const npm = Object.fromEntries(Object.entries(taken).map(([name, value]) => [`npm_config_${name}`, value]));
  const { status, stdout, stderr } = spawnSync(process.execPath, [`scripts/${command}.mjs`, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, npm_lifecycle_event: command, ...npm },
    timeout: 30_000,
  });
  return { status, stdout, stderr };
}

it.each([
  ['deploy', 'dry-run', 'true'],
  ['deploy', 'name', 'drawbridge-staging'],
  ['deploy', 'env', 'staging'],
  ['doctor', 'deploy', 'true'],
  ['tokens', 'local', 'true'],
  ['register', 'origin', 'https://app.example'],
  ['key', 'from', 'true'],
])('npm run %s --%s does nothing without the option that npm took', (command, option, value) => {
  const { status, stdout, stderr } = underNpm(command, { [option.replace('-', '_')]: value });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toBe(
    `npm took --${option} for itself. Put \`--\` before the options: \`npm run ${command} -- --${option} …\`. See \`npm run ${command} -- --help\`.\n`,
  );
});

it('an option that reached the command is not one that npm took, and npm’s own settings are none either', () => {
  const key = underNpm('key', { kid: 'true', json: 'true' }, ['--kid', 'key-1']);
  expect(key).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(key.stdout)).toMatchObject({ kid: 'key-1' });
});
