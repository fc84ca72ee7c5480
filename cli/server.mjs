import http from 'node:http';
import { CliError, EXIT } from './exit.mjs';

const DEV_SERVER = 'http://localhost:8787';
const TIMEOUT_MS = 30_000;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * The address of the Drawbridge server: `--server`, `DRAWBRIDGE_URL`, the one signed in to last, or `npm run dev`'s.
 *
 * @param {string | undefined} option
 * @param {import('./keys.mjs').KeyFile} file
 */
export function serverOf(option, file) {
  const given = option ?? (fromEnvironment('DRAWBRIDGE_URL') || file.default_server || DEV_SERVER);
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || url.username || url.search || url.hash || !isSafe(url)) {
    throw new CliError(EXIT.usage, `${JSON.stringify(given)} is not a server. Give its https address.`);
  }
  return url.href.replace(/\/$/, '');
}

/**
 * A variable of the environment without white space around it, as secrets are often mounted with a newline.
 *
 * @param {'DRAWBRIDGE_URL' | 'DRAWBRIDGE_KEY'} name
 */
export function fromEnvironment(name) {
  return process.env[name]?.trim() ?? '';
}

/** True for https, and for plain http on this machine: a key or token is sent nowhere else. */
export function isSafe({ protocol, hostname }) {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

/**
 * Posts a form and reads the JSON that comes back.
 *
 * @param {string} url
 * @param {Record<string, string>} form
 * @returns {Promise<{ status: number, retryAfter: string | null, body: Record<string, unknown> }>}
 */
export async function postForm(url, form) {
  let response;
  let text;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json', 'user-agent': 'drawbridge-cli' },
      body: new URLSearchParams(form),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
  } catch (error) {
    throw unreachable(new URL(url).origin, plain(error.cause?.code ?? error.cause?.message ?? error.message));
  }
  const { status } = response;
  if (status >= 300 && status < 400) throw redirected(url, response);
  const body = readBody(url, status, text);
  if (ELSEWHERE.has(String(body.error))) throw wrongAddress(url);
  return { status, retryAfter: response.headers.get('retry-after'), body };
}

/** What an app that Drawbridge is in front of is guarded by, and what a path that is not there answers. */
const ELSEWHERE = new Set(['not_found', 'not_signed_in', 'forbidden']);

function wrongAddress(url) {
  const server = new URL('.', url).href.replace(/\/$/, '');
  return new CliError(
    EXIT.failed,
    `${server} gives no keys to programs. Check the address: it ends in the server's \`BASE_PATH\`, if it has one. Its operator can allow keys with \`CONNECTIONS\`.`,
  );
}

/** A key is not sent on to wherever a server points: the user decides. */
function redirected(url, { status, headers }) {
  const to = headers.get('location') ?? '';
  const where = URL.canParse(to, url) ? plain(new URL(to, url).origin) : 'elsewhere';
  return new CliError(
    EXIT.failed,
    `${new URL(url).origin} answered ${status} and points to ${where}. If that is Drawbridge, give it as --server.`,
  );
}

/** Why there is no answer: waiting helps against anything but a certificate. */
function unreachable(origin, cause) {
  if (/CERT|SIGNATURE|ISSUER/.test(cause)) {
    return new CliError(
      EXIT.failed,
      `This machine does not trust the certificate of ${origin} (${cause}). If it is signed by an authority of your own, set NODE_EXTRA_CA_CERTS to its file.`,
    );
  }
  return new CliError(EXIT.unavailable, `${origin} does not answer (${cause}). ${adviceFor(origin)}`);
}

function adviceFor(origin) {
  if (origin === DEV_SERVER) return 'Start it, or give another server with --server or DRAWBRIDGE_URL.';
  return isProxyIgnored()
    ? 'HTTPS_PROXY is set, but only Node 24 or newer uses it.'
    : 'Check the address, or try again later.';
}

function isProxyIgnored() {
  return Boolean(process.env.HTTPS_PROXY ?? process.env.https_proxy) && !('setGlobalProxyFromEnv' in http);
}

function readBody(url, status, text) {
  if (text === '') return {};
  try {
    const body = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // Told below.
  }
  const code = status >= 500 ? EXIT.unavailable : EXIT.failed;
  throw new CliError(
    code,
    `${new URL(url).origin} answered ${status} without JSON. Is it Drawbridge’s address?`,
  );
}

/**
 * A text of the server's, fit for a terminal: one line, no control characters.
 *
 * @param {unknown} text
 */
export function plain(text) {
  return String(text ?? '')
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, 500);
}
