import { parseArgs } from 'node:util';
import { operatorApi, Refusal } from './tokens/api.mjs';
import { COMMANDS } from './tokens/commands.mjs';
import { USAGE } from './tokens/usage.mjs';
import { originOf, readToken } from './tokens/worker.mjs';

try {
  await main();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}

async function main() {
  const { values, positionals } = readArguments();
  if (values.help) return console.log(USAGE);
  const [name, ...rest] = positionals.filter((word) => !isUrl(word));
  if (name === undefined) throw new Refusal(USAGE, 2);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new Refusal(`There is no command ${name}. See \`npm run tokens -- --help\`.`, 2);
  const origin = originOf(positionals.filter(isUrl), values);
  const ask = operatorApi(origin, await readToken(origin, values));
  const { body, text } = await command(ask, rest, values);
  if (body !== undefined) console.log(values.json ? JSON.stringify(body, null, 2) : text);
}

function isUrl(word) {
  return /^https?:\/\//i.test(word);
}

function readArguments() {
  const text = { type: 'string' };
  const flag = { type: 'boolean' };
  const options = {
    provider: text,
    sub: text,
    expiring: text,
    limit: text,
    failed: flag,
    reveal: flag,
    local: flag,
    json: flag,
    help: flag,
  };
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new Refusal(`${error.message}\nSee \`npm run tokens -- --help\`.`, 2);
  }
}
