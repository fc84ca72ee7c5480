import { parseArgs } from 'node:util';
import { printable } from './terminal.mjs';

/**
 * The options (`values`) and words (`positionals`) of this command line, at most `words` of the latter. `--help` prints the
 * usage and ends with 0; what is not understood ends with 2, and one line that names it.
 */
export function readArguments(usage, options = {}, { words = 0 } = {}) {
  const parsed = parse(usage, options, words > 0);
  if (parsed.values.help) {
    console.log(usage);
    process.exit(0);
  }
  if (parsed.positionals.length > words) {
    misused(usage, `Too many words: ${parsed.positionals.slice(words).join(' ')}`);
  }
  return parsed;
}

/** The value of an option as a whole number of at least `least`; anything else ends with 2. */
export function wholeNumber(usage, name, text, least = 0) {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
  return misused(usage, `${name} takes a whole number from ${least}, not “${text}”`);
}

/** Ends the process: the command line is not understood. The usage names the command in its first line. */
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
    // What follows the first sentence is Node's advice on how to pass on what begins with a dash.
    return misused(usage, error.message.split(/\.\s|\n/)[0].replace(/\.$/, ''));
  }
}
