import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readArguments } from '../../scripts/arguments.mjs';
import { MUTATIONS } from './mutations.mjs';
import { protectionsIn, withoutProtection } from './protection.mjs';

const USAGE = `Usage: npm run mutate [-- WORDS]

Removes each protection from a copy of the sources, one at a time, and runs the cases that must notice. Prints the case that
failed. Exits with 1 if none did, or if a marker is missing.

With WORDS, only the protections whose names contain them:
  npm run mutate -- nonce`;

const COPIED = [
  'src',
  'test',
  'demo',
  'docs',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'wrangler.toml',
];
const { positionals } = readArguments(USAGE, {}, { words: Number.POSITIVE_INFINITY });
const words = positionals.join(' ');
const scratch = mkdtempSync(join(tmpdir(), 'drawbridge-mutations-'));
for (const name of COPIED) cpSync(name, join(scratch, name), { recursive: true });
symlinkSync(resolve('node_modules'), join(scratch, 'node_modules'));

/** The first case that fails in these classes of test/cases/, or in a file of tests; undefined if all hold. */
function firstToFall(classes) {
  const report = join(scratch, 'report.json');
  rmSync(report, { force: true });
  const where = classes.startsWith('test/') ? [classes] : ['test/cases', '-t', `^(${classes})`];
  const options = ['--project', 'workerd', ...where, '--bail', '1'];
  spawnSync('npx', ['vitest', 'run', ...options, '--reporter=json', `--outputFile=${report}`], {
    cwd: scratch,
    stdio: 'ignore',
  });
  // vitest itself may have failed, as it does where a change breaks more than what it protects.
  if (!existsSync(report)) return 'the run itself';
  const { success, numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const fallen = testResults
    .flatMap((file) => file.assertionResults)
    .find(({ status }) => status === 'failed');
  if (fallen) return fallen.title;
  return success && numPassedTests > 0 ? undefined : 'the run itself';
}

/** Where in the copy the protection is marked. */
function fileOf(name) {
  const sources = readdirSync(join(scratch, 'src'), { recursive: true }).filter((file) =>
    /\.tsx?$/.test(file),
  );
  return sources.find((file) =>
    protectionsIn(readFileSync(join(scratch, 'src', file), 'utf8')).includes(name),
  );
}

function verdict(file, [name, change, classes]) {
  if (file === undefined) return 'ERROR: it is marked nowhere';
  const path = join(scratch, 'src', file);
  const source = readFileSync(path, 'utf8');
  try {
    writeFileSync(path, withoutProtection(source, name, change));
    return firstToFall(classes) ?? 'SURVIVED';
  } catch (error) {
    return `ERROR: ${error.message}`;
  } finally {
    writeFileSync(path, source);
  }
}

const faults = [];
try {
  const unchanged = words ? undefined : firstToFall('');
  if (unchanged) faults.push(`without any change falls: ${unchanged}`);
  for (const mutation of MUTATIONS.filter(([name]) => name.includes(words))) {
    const file = fileOf(mutation[0]);
    const result = verdict(file, mutation);
    console.log(`| ${mutation[0]} | \`src/${file}\` | ${result} |`);
    if (/^(?:ERROR|SURVIVED|the run itself)/.test(result)) faults.push(`${mutation[0]}: ${result}`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
