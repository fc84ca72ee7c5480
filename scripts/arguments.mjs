import { parseArgs } from 'node:util';
import { printable } from './terminal.mjs';

/**
 * Reads the options (`values`) and at most `words` arguments (`positionals`) of this command line. `--help` prints the
 * usage and exits with 0. A mistake exits with 2 and prints one line that names it.
 */
export function readArguments(usage, options = {}, { words = 0 } = {}) {
  const parsed = parse(usage, options, words > 0);
  if (parsed.values.help) {
    console.log(usage);
    process.exit(0);
  }
  if (parsed.positionals.length > words) {
    misused(usage, `Too many arguments: ${parsed.positionals.slice(words).join(' ')}`);
  }
  requireValues(usage, options, parsed);
  refuseTakenByNpm(
    usage,
    Object.keys(options).filter((name) => !NPM_OPTIONS.includes(name) && !given(parsed, options, name)),
  );
  return parsed;
}

/** Options of npm itself, which may be set in an `.npmrc`. */
const NPM_OPTIONS = ['dev', 'json', 'offline', 'scope'];

function given({ values }, options, name) {
  return values[name] !== undefined && values[name] !== options[name].default;
}

/**
 * Exits with 2 if one of these options was given to `npm run` without `--` before it. npm keeps such an option for itself,
 * so the command would run without it: `npm run deploy --dry-run` would deploy.
 */
export function refuseTakenByNpm(usage, names) {
  const { env } = process;
  if (env.npm_lifecycle_event === undefined) return;
  const taken = names.find((name) => env[`npm_config_${name.replaceAll('-', '_')}`] !== undefined);
  if (taken === undefined) return;
  misused(
    usage,
    `npm took --${taken} for itself. Put \`--\` before the options: \`npm run ${env.npm_lifecycle_event} -- --${taken} …\``,
  );
}

/** An empty value, as from a variable that is not set, would stand for no filter, or for another address. */
function requireValues(usage, options, { values, positionals }) {
  const isEmpty = (value) => typeof value === 'string' && value.trim() === '';
  const [empty] =
    Object.entries(values).find(
      ([name, value]) => value !== options[name]?.default && [value].flat().some(isEmpty),
    ) ?? [];
  if (empty !== undefined) misused(usage, `The value of --${empty} is empty`);
  if (positionals.some(isEmpty)) misused(usage, 'An argument is empty');
}

/** The value of an option as a whole number of at least `least`; exits with 2 for anything else. */
export function wholeNumber(usage, name, text, least = 0) {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
  return misused(usage, `${name} takes a whole number from ${least}, not “${text}”`);
}

/** Exits with 2 and says what is wrong with the command line. The first line of `usage` names the command. */
export function misused(usage, what) {
  const [command] = /npm run [\w:]+/.exec(usage);
  console.error(`${printable(what)}. See \`${command} -- --help\`.`);
  process.exit(2);
}

function parse(usage, options, allowPositionals) {
  try {
    const all = { ...options, help: { type: 'boolean', short: 'h' } };
    return parseArgs({ options: all, allowPositionals });
  } catch (error) {
    // After the first sentence, Node explains how to pass an argument that begins with a dash.
    return misused(usage, error.message.split(/\.\s|\n/)[0].replace(/\.$/, ''));
  }
}
