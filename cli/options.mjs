import { parseArgs } from 'node:util';
import { CliError, EXIT } from './exit.mjs';

const SHARED = /** @type {const} */ ({
  server: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
});

/**
 * Reads the command line of one command.
 *
 * @param {string[]} argv
 * @param {{ help: string, options?: import('node:util').ParseArgsConfig['options'], operands: readonly [number, number] }} command
 *   `operands` is how many there must be at least and at most.
 * @returns {{ values: Record<string, string | boolean | undefined>, operands: string[] } | undefined} undefined once the
 *   help has been printed
 */
export function readOptions(argv, { help, options = {}, operands: [least, most] }) {
  let parsed;
  try {
    parsed = parseArgs({ args: argv, options: { ...SHARED, ...options }, allowPositionals: true });
  } catch (error) {
    throw new CliError(
      EXIT.usage,
      `${/** @type {Error} */ (error).message.split(/\.\s/)[0]}. Run it with --help.`,
    );
  }
  if (parsed.values.help) {
    console.log(help);
    return undefined;
  }
  const { positionals } = parsed;
  if (positionals.length < least || positionals.length > most) {
    const what = positionals.length < least ? 'An argument is missing' : 'There are too many arguments';
    throw new CliError(EXIT.usage, `${what}. ${help.split('\n')[0]}`);
  }
  requireValues(parsed.values, positionals);
  return {
    values: /** @type {Record<string, string | boolean | undefined>} */ (parsed.values),
    operands: positionals,
  };
}

/** Nothing where a limit should be, as from a variable that is not set, must not stand for no limit. */
function requireValues(values, positionals) {
  const isEmpty = (value) => typeof value === 'string' && value.trim() === '';
  const [empty] = Object.entries(values).find(([, value]) => [value].flat().some(isEmpty)) ?? [];
  if (empty === undefined && !positionals.some(isEmpty)) return;
  const what = empty === undefined ? 'An argument' : `The value of --${empty}`;
  throw new CliError(EXIT.usage, `${what} is empty. If it comes from a variable, check that it is set.`);
}
