import { hostname, userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, EXIT } from './exit.mjs';
import { changeKeys, findKey, readKeys, requireWritableKeys, withKey } from './keys.mjs';
import { endKey } from './logout.mjs';
import { readOptions } from './options.mjs';
import { fromEnvironment, plain, postForm, serverOf } from './server.mjs';

const CLIENT_ID = 'drawbridge-cli';
const SLOW_DOWN_SECONDS = 5;

const HELP = `Usage: drawbridge login <provider> [options]

Signs you in at a provider from a machine without a browser. It prints a code; you type it on any device and approve. The key
that comes back is stored on this machine, in a file that only you can read. Refresh tokens stay on the server.

Options
  --raw             let this machine have the access token itself, for \`drawbridge token\`.
                    Without it, requests go through the server: \`drawbridge curl\`
  --scope "<list>"  scopes to ask the provider for, separated by spaces
  --upstream <id>   limit the key to this upstream; may be repeated
  --label <text>    what the approval page calls this program (default: user@host)
  --expires-in <s>  end the key after so many seconds
  --server <url>    the Drawbridge server

Example
  drawbridge login github --raw --server https://login.example.com`;

const OPTIONS = /** @type {const} */ ({
  raw: { type: 'boolean' },
  scope: { type: 'string' },
  upstream: { type: 'string', multiple: true },
  label: { type: 'string' },
  'expires-in': { type: 'string' },
});

/** `drawbridge login`: device authorization (RFC 8628). Returns the exit code. */
export async function login(argv) {
  const read = readOptions(argv, { help: HELP, options: OPTIONS, operands: [1, 1] });
  if (!read) return EXIT.ok;
  const { values } = read;
  const [provider = ''] = read.operands;
  const server = serverOf(values.server, await readKeys());
  await requireWritableKeys();
  const started = await start(server, provider, values);
  process.stderr.write(invitation(started));
  const granted = await untilApproved(server, started);
  const key = stored(granted, provider, values);
  let replaced;
  await changeKeys((file) => {
    replaced = findKey(file, server, key.provider);
    return withKey(file, server, key);
  });
  if (replaced && replaced.key !== key.key) await endReplaced(server, replaced);
  const next = values.raw ? `drawbridge token ${provider}` : `drawbridge curl <upstream> /path`;
  process.stderr.write(`\nSigned in to ${plain(granted.provider ?? provider)}. Next: ${next}\n`);
  if (fromEnvironment('DRAWBRIDGE_KEY') !== '') {
    process.stderr.write('DRAWBRIDGE_KEY is set and is used instead of the new key. Unset it first.\n');
  }
  return EXIT.ok;
}

/** Nobody holds the key any longer that was here before. That it is ended is a courtesy: the new one works in any case. */
async function endReplaced(server, replaced) {
  try {
    await endKey(server, replaced);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    console.error(`The key that this one replaces was not ended. ${error.message}`);
  }
}

async function start(server, provider, values) {
  const { status, body } = await postForm(`${server}/device_authorization`, {
    client_id: CLIENT_ID,
    scope: [provider, values.scope].filter(Boolean).join(' '),
    label: values.label ?? machineLabel(),
    ...(values.raw && { raw_tokens: 'true' }),
    ...(values.upstream && { upstreams: values.upstream.join(' ') }),
    ...(values['expires-in'] && { expires_in: values['expires-in'] }),
  });
  if (status === 200 && typeof body.device_code === 'string' && typeof body.user_code === 'string')
    return body;
  const code = status === 429 || status >= 500 ? EXIT.unavailable : EXIT.failed;
  const why = plain(body.error_description) || `The server answered ${status}.`;
  throw new CliError(code, `${why} ${plain(body.hint)}`.trim());
}

function machineLabel() {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A container's user need not be in /etc/passwd.
    return hostname();
  }
}

function invitation({ user_code, verification_uri, expires_in }) {
  const minutes = Math.round(Number(expires_in) / 60);
  return `
Open this page on any device:

    ${plain(verification_uri)}

and enter the code:

    ${plain(user_code)}

Waiting for your approval. The code is valid for ${minutes} minutes.
`;
}

async function untilApproved(server, { device_code, expires_in, interval }) {
  const end = Date.now() + Number(expires_in) * 1000;
  let pause = interval >= 0 ? Number(interval) : SLOW_DOWN_SECONDS;
  while (Date.now() < end) {
    await sleep(pause * 1000);
    const answer = await poll(server, device_code);
    if (answer === undefined) continue;
    if (answer.status === 200) return answer.body;
    if (answer.body.error === 'slow_down') pause += SLOW_DOWN_SECONDS;
    else if (answer.status === 429 || answer.status >= 500) continue;
    else if (answer.body.error !== 'authorization_pending') throw refusal(answer.body);
  }
  throw refusal({ error: 'expired_token' });
}

/** One try. A server that can't be reached for a moment is asked again. */
async function poll(server, deviceCode) {
  try {
    return await postForm(`${server}/token`, {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: CLIENT_ID,
      device_code: deviceCode,
    });
  } catch (error) {
    if (error instanceof CliError && error.exitCode === EXIT.unavailable) return undefined;
    throw error;
  }
}

function refusal({ error, error_description }) {
  const messages = {
    access_denied: plain(error_description) || 'The request was declined.',
    expired_token: 'The code has expired. Run the command again for a new one.',
  };
  return new CliError(
    EXIT.signIn,
    messages[error] ?? (plain(error_description) || `The server said ${plain(error)}.`),
  );
}

function stored(granted, provider, values) {
  const { access_token: key, scope, connection, label } = granted;
  if (typeof key !== 'string' || key === '') throw new CliError(EXIT.failed, 'The server sent no key.');
  return {
    key,
    provider: typeof granted.provider === 'string' ? granted.provider : provider,
    ...(typeof label === 'string' && { label }),
    ...(typeof connection === 'string' && { connection }),
    ...(typeof scope === 'string' && { scope }),
    ...(values.upstream && { upstreams: values.upstream.flatMap((ids) => ids.split(/[\s,]+/)) }),
    raw: granted.raw_tokens === true,
    created_at: new Date().toISOString(),
  };
}
