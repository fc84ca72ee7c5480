import { misused, readArguments } from './arguments.mjs';
import { Refusal, run } from './refusal.ts';
import { printableJson } from './terminal.mjs';
import { operatorApi } from './tokens/api.mjs';
import { COMMANDS } from './tokens/commands.mjs';
import { USAGE } from './tokens/usage.mjs';
import { addressOf, readToken } from './tokens/worker.mjs';

const OPTIONS = {
  provider: { type: 'string' },
  sub: { type: 'string' },
  expiring: { type: 'string' },
  limit: { type: 'string' },
  failed: { type: 'boolean' },
  reveal: { type: 'boolean' },
  local: { type: 'boolean' },
  json: { type: 'boolean' },
};

await run(main);

async function main() {
  const { values, positionals } = readArguments(USAGE, OPTIONS, { words: Number.POSITIVE_INFINITY });
  const [name, ...rest] = positionals.filter((word) => !isUrl(word));
  if (name === undefined) throw new Refusal(USAGE, 2);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) misused(USAGE, `There is no command ${name}`);
  const address = addressOf(positionals.filter(isUrl), values);
  const ask = operatorApi(address, await readToken(address, values));
  const { body, text } = await command(ask, rest, values);
  if (body !== undefined) console.log(values.json ? printableJson(body, 2) : text);
}

function isUrl(word) {
  return /^https?:\/\//i.test(word);
}
