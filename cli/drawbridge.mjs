#!/usr/bin/env node
import http from 'node:http';
import { createRequire } from 'node:module';
import { curl } from './curl.mjs';
import { CliError, EXIT } from './exit.mjs';
import { list } from './list.mjs';
import { login } from './login.mjs';
import { logout } from './logout.mjs';
import { token } from './token.mjs';

const COMMANDS = { login, token, curl, list, logout };

const HELP = `drawbridge: access tokens for your scripts, from a Drawbridge server

Usage
  drawbridge login <provider>          sign in on any device; this machine gets a key
  drawbridge token <provider>          print a fresh access token
  drawbridge curl <name> <url> [...]   run curl with the token, or through the server
  drawbridge list                      show the keys on this machine
  drawbridge logout [<provider>]       end a key

  drawbridge <command> --help          more on one command
  drawbridge --version                 print the version

Start here
  drawbridge login github --raw --server https://login.example.com
  drawbridge token github

Exit codes
  0   success
  2   you need to sign in: run \`drawbridge login\`
  3   the server or the provider is down: try again later
  64  the command line is wrong
  1   anything else

Environment
  DRAWBRIDGE_URL   the server, if --server is not given
  DRAWBRIDGE_KEY   a key to use instead of the stored one, for containers and CI`;

/** Runs one command and returns its exit code. `argv` is what follows the program's name. */
async function main([name, ...argv]) {
  if (name === 'help' && argv.length > 0) return main([...argv, '--help']);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(HELP);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === '--version' || name === '-v') {
    console.log(createRequire(import.meta.url)('../package.json').version);
    return EXIT.ok;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) return command(argv);
  const what = name.startsWith('-')
    ? `The command comes before \`${name}\``
    : `There is no command ${JSON.stringify(name)}`;
  throw new CliError(EXIT.usage, `${what}. Commands: ${Object.keys(COMMANDS).join(', ')}.`);
}

// Whoever reads the output may stop: `drawbridge list | head -1`.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
/** Since Node 24: requests over https go through the proxy that the environment names. Plain http stays on this machine. */
function useProxy() {
  const { HTTPS_PROXY, https_proxy = HTTPS_PROXY, NO_PROXY, no_proxy = NO_PROXY } = process.env;
  if (!https_proxy) return;
  try {
    http.setGlobalProxyFromEnv?.({ https_proxy, no_proxy });
  } catch {
    throw new CliError(
      EXIT.usage,
      'HTTPS_PROXY is not an address. Write it as http://proxy.example.com:3128.',
    );
  }
}

try {
  useProxy();
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  console.error(`drawbridge: ${error.message}`);
  process.exitCode = error.exitCode;
}
