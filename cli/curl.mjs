import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError, EXIT } from './exit.mjs';
import { readOptions } from './options.mjs';
import { fromEnvironment, isSafe, serverOf } from './server.mjs';
import { authorization } from './token.mjs';
import { exchange, keyFor, keysUnless } from './token-exchange.mjs';

const HELP = `Usage: drawbridge curl [--server <url>] <name> <url> [curl options]

Runs curl with authorization. The token is handed to curl in a file that only you can read and that is gone
afterwards, so it is in no argument list and in no history.

  <name> a provider, <url> a full URL    the provider's access token is sent there (needs a key made with --raw)
  <name> an upstream, <url> a path       the request goes through the server, and the token never leaves it

Once curl runs, the exit code is its own. It reads [ ] and { } in a URL as lists: add --globoff for others.

Examples
  drawbridge curl github https://api.github.com/user
  drawbridge curl github-api /user/repos --fail -s
  drawbridge curl github-api /repos/acme/app/issues -d @issue.json`;

/** `drawbridge curl`: curl with authorization. Returns curl's own exit code. */
export async function curl(argv) {
  const { own, rest } = splitArguments(argv);
  const read = readOptions(own, { help: HELP, operands: [2, 2] });
  if (!read) return EXIT.ok;
  const [name = '', target = ''] = read.operands;
  const { url, header } = target.startsWith('/')
    ? await relayed(name, target, read.values.server)
    : await direct(name, target, read.values.server);
  return run([url, ...rest], header);
}

/** Our own options come first, then the two operands; whatever follows is curl's, which knows no `--server`. */
function splitArguments(argv) {
  let operands = 0;
  for (let index = 0; index < argv.length; index++) {
    if (argv[index] === '--server') index++;
    else if (!argv[index].startsWith('-') && ++operands === 2) {
      const rest = argv.slice(index + 1);
      return { own: [...argv.slice(0, index + 1), ...takeServer(rest)], rest };
    }
  }
  return { own: argv, rest: [] };
}

/** Removes `--server <url>` from curl's arguments, since every other command takes it anywhere; returns it. */
function takeServer(rest) {
  const index = rest.findIndex((word) => word === '--server' || word.startsWith('--server='));
  return index === -1 ? [] : rest.splice(index, rest[index] === '--server' ? 2 : 1);
}

/** A request through the server's relay, with the key. */
async function relayed(upstream, path, option) {
  const given = fromEnvironment('DRAWBRIDGE_KEY');
  const file = await keysUnless(given !== '' && (option ?? fromEnvironment('DRAWBRIDGE_URL')) !== '');
  const server = serverOf(option, file);
  const keys = file.servers[server] ?? [];
  const found =
    keys.find(({ upstreams }) => upstreams?.includes(upstream)) ??
    keys.find(({ provider }) => provider === upstream) ??
    (keys.length === 1 ? keys[0] : undefined);
  const key = given || found?.key;
  if (!key) {
    throw new CliError(
      EXIT.signIn,
      `No key here is known to reach ${upstream} at ${server}. Run \`drawbridge login <provider> --upstream ${upstream}\`.`,
    );
  }
  return {
    url: `${server}/relay/${encodeURIComponent(upstream)}${path}`,
    header: authorization({ access_token: key, token_type: 'Bearer' }),
  };
}

/** A request straight to the API, with the access token. */
async function direct(provider, target, option) {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (!url || !isSafe(url)) {
    throw new CliError(
      EXIT.usage,
      `${JSON.stringify(target)} is neither an https URL nor a path that begins with /.`,
    );
  }
  const { server, key } = await keyFor(provider, option);
  return { url: url.href, header: authorization(await exchange({ server, key, provider })) };
}

const ENDING = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** What is meant for this machine goes through no proxy: plain http would show it the key. */
function configText(url, header) {
  const direct = new URL(url).protocol === 'http:' ? 'noproxy = "*"\n' : '';
  return `header = "${header.replace(/[\\"]/g, '\\$&')}"\n${direct}`;
}

async function temporaryFolder() {
  try {
    return await mkdtemp(join(tmpdir(), 'drawbridge-'));
  } catch (error) {
    throw new CliError(
      EXIT.failed,
      `The token is handed to curl in a file, and there is no place for one (${error.code} at ${tmpdir()}). Set TMPDIR to a folder that can be written.`,
    );
  }
}

/** Curl reads the header from a file of this user alone, which is gone when it ends: pipes of Node can't be opened by name. */
async function run(args, header) {
  const folder = await temporaryFolder();
  const config = join(folder, 'curl.conf');
  let child;
  // Whoever ends this program ends curl; the file is removed once that has ended.
  for (const name of ENDING) process.on(name, () => child?.kill(name));
  try {
    await writeFile(config, configText(args[0], header), { mode: 0o600 });
    child = spawn('curl', ['--config', config, ...args], { stdio: 'inherit' });
    const [code, signal] = await once(child, 'exit');
    return code ?? 128 + constants.signals[signal];
  } catch (error) {
    throw new CliError(EXIT.failed, error.code === 'ENOENT' ? 'curl is not installed.' : error.message);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
