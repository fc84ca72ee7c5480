import { CliError, EXIT } from './exit.mjs';
import { changeKeys, keyFile, readKeys, withoutKey } from './keys.mjs';
import { readOptions } from './options.mjs';
import { postForm, serverOf } from './server.mjs';

const HELP = `Usage: drawbridge logout [<provider>] [--server <url>]

Ends the key of a provider, or all keys of the server, there and on this machine. The connection itself stays: its owner
ends it on the server's page /connections.`;

/** `drawbridge logout`: ends keys on the server (RFC 7009) and forgets them here. Returns the exit code. */
export async function logout(argv) {
  const read = readOptions(argv, { help: HELP, operands: [0, 1] });
  if (!read) return EXIT.ok;
  const file = await readKeys();
  const server = serverOf(read.values.server, file);
  const [provider] = read.operands;
  const keys = (file.servers[server] ?? []).filter(
    (stored) => provider === undefined || stored.provider === provider,
  );
  if (keys.length === 0) {
    throw new CliError(
      EXIT.signIn,
      `There is no key ${provider === undefined ? '' : `for ${provider} `}at ${server}.`,
    );
  }
  for (const stored of keys) {
    await endKey(server, stored).catch(keepsKey);
    await changeKeys((current) => withoutKey(current, server, stored.provider));
    console.error(`Signed out of ${stored.provider}.`);
  }
  return EXIT.ok;
}

/** What is only forgotten here would work on for whoever has a copy: that is for the user to decide. */
function keepsKey(error) {
  if (!(error instanceof CliError)) throw error;
  throw new CliError(
    error.exitCode,
    `${error.message} The key stays in ${keyFile()}: if the server is gone for good, delete it there.`,
  );
}

/** A key that the server no longer knows has ended, too. */
export async function endKey(server, { key, provider }) {
  const { status } = await postForm(`${server}/revoke`, { token: key, client_id: 'drawbridge-cli' });
  if (status === 200) return;
  const code = status === 429 || status >= 500 ? EXIT.unavailable : EXIT.failed;
  throw new CliError(
    code,
    `${server} did not end the key for ${provider} (${status}). It still works; end it at ${server}/connections.`,
  );
}
