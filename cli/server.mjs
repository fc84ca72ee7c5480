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
  const given = option ?? process.env.DRAWBRIDGE_URL ?? file.default_server ?? DEV_SERVER;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || url.username || url.search || url.hash || !isSafe(url)) {
    throw new CliError(EXIT.usage, `${JSON.stringify(given)} is not a server. Give its https address.`);
  }
  return url.href.replace(/\/$/, '');
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
    const cause = error.cause?.code ?? error.cause?.message ?? error.message;
    throw new CliError(
      EXIT.unavailable,
      `${new URL(url).origin} does not answer (${plain(cause)}). Check the address, or try again later.`,
    );
  }
  const { status } = response;
  return { status, retryAfter: response.headers.get('retry-after'), body: readBody(url, status, text) };
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
