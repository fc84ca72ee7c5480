import { CliError, EXIT } from './exit.mjs';
import { readOptions } from './options.mjs';
import { exchange, keyFor } from './token-exchange.mjs';

const HELP = `Usage: drawbridge token <provider> [options]

Prints a fresh access token, and nothing else, on standard output. The server refreshes it when needed, once, however many
programs ask at the same time.

Options
  --json             print the whole answer: access_token, token_type, expires_in, scope
  --header           print it as a header: Authorization: Bearer …
  --min-ttl <s>      only a token that stays valid for at least so many seconds, up to 3600
  --scope "<list>"   ask for a token with fewer scopes, where the provider can do that
  --server <url>     the Drawbridge server

Example
  curl -H "$(drawbridge token github --header)" https://api.github.com/user
  # better: the token is then in no argument list
  drawbridge curl github https://api.github.com/user`;

const OPTIONS = /** @type {const} */ ({
  json: { type: 'boolean' },
  header: { type: 'boolean' },
  'min-ttl': { type: 'string' },
  scope: { type: 'string' },
});

/** `drawbridge token`: a fresh access token on standard output. Returns the exit code. */
export async function token(argv) {
  const read = readOptions(argv, { help: HELP, options: OPTIONS, operands: [1, 1] });
  if (!read) return EXIT.ok;
  const { json, header, scope, server: option, 'min-ttl': wanted } = read.values;
  const [provider = ''] = read.operands;
  const minTtl = wanted === undefined ? undefined : secondsOf(wanted);
  const { server, key } = await keyFor(provider, option);
  const granted = await exchange({ server, key, provider, scope, minTtl });
  if (minTtl !== undefined && granted.expires_in !== undefined && granted.expires_in < minTtl) {
    throw new CliError(
      EXIT.unavailable,
      `The provider's token expires in ${granted.expires_in} seconds, and the provider issues none that lives longer.`,
    );
  }
  if (json) console.log(JSON.stringify(granted));
  else console.log(header ? authorization(granted) : granted.access_token);
  return EXIT.ok;
}

/** The header that carries a token (RFC 6750 §2.1). */
export function authorization({ access_token, token_type }) {
  return `Authorization: ${/^bearer$/i.test(token_type) ? 'Bearer' : token_type} ${access_token}`;
}

/** RFC 8693 has no such parameter; the server takes up to an hour. */
const LONGEST_TTL_SECONDS = 3600;

function secondsOf(text) {
  if (/^\d{1,4}$/.test(text) && Number(text) <= LONGEST_TTL_SECONDS) return Number(text);
  throw new CliError(EXIT.usage, `--min-ttl takes a number of seconds up to ${LONGEST_TTL_SECONDS}.`);
}
