import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { scripts } from '../../package.json';

/** What the project's own commands run, by the name that `npm run` gives them. */
const COMMANDS = Object.entries(scripts).flatMap(([name, line]) => {
  const [, file] = /^node (\S+\.mjs)$/.exec(line) ?? [];
  return file === undefined ? [] : [[name, file] as const];
});

function run(file: string, ...args: string[]) {
  return spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' });
}

describe.each(COMMANDS)('npm run %s', (name, file) => {
  it('teaches its use, and does nothing else, when asked for --help', () => {
    const { status, stdout, stderr } = run(file, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: npm run ${name}( |\n)[^]{80}`));
  });
});

// What `npm run deploy` does not know is an option of wrangler.
const OWN_OPTIONS = COMMANDS.filter(([name]) => name !== 'deploy');

it.each(OWN_OPTIONS)('npm run %s says in one line that it does not know an option', (name, file) => {
  const { status, stdout, stderr } = run(file, '--nonsense');
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toBe(`Unknown option '--nonsense'. See \`npm run ${name} -- --help\`.\n`);
});

it.each([
  ['scripts/tokens.mjs', ['list', '--provider', '', '--local'], 'The value of --provider is empty.'],
  ['scripts/tokens.mjs', ['end', '', '--local'], 'An argument is empty.'],
  ['scripts/tokens.mjs', ['list', 'demo', '--local'], '`list` takes filters as options'],
  ['scripts/doctor.mjs', [''], 'An argument is empty.'],
])('%s %j asks nothing for what would stand for something else', (file, args, message) => {
  const { status, stdout, stderr } = run(file, ...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
});
