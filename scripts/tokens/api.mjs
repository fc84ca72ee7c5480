import { Refusal } from '../refusal.ts';

const TIMEOUT_MS = 60_000;

/**
 * The operator's API of the Worker at `address`: `ask(method, path, query)` returns the JSON of the answer.
 * Throws a `Refusal` that says what to do.
 */
export function operatorApi(address, token) {
  return async function ask(method, path, query = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const url = `${address}/admin${path}?${new URLSearchParams(given)}`;
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error) => {
      throw new Refusal(`${address} can't be reached: ${error.cause?.code ?? error.message}. Is it running?`);
    });
    const body = await response.json().catch(() => undefined);
    if (response.ok && body !== undefined) return body;
    throw new Refusal(explain(address, response, body));
  };
}

function explain(address, response, body) {
  if (body?.error === undefined) {
    const to = response.headers.get('location');
    const hint = to ? `It redirects to ${URL.parse(to, address)?.host}.` : 'Is this Drawbridge?';
    return `${address} answered ${response.status}, but not as Drawbridge would. ${hint}`;
  }
  const { error, error_description, hint, flow } = body;
  if (error === 'not_found' && error_description === 'There is no page at this address.') {
    return `${address} has no /admin: set the secret with \`npx wrangler secret put ADMIN_TOKEN\`. With \`BASE_PATH\`, give the address with it.`;
  }
  // What an app says that Drawbridge is in front of.
  if (error === 'not_signed_in' || error === 'forbidden') {
    return `${address} has no /admin. With \`BASE_PATH\`, give the address with it: ${URL.parse(address)?.origin}/auth`;
  }
  if (error === 'operator_required') {
    return `${address} refused this ADMIN_TOKEN. Is it this Worker’s?`;
  }
  return [`${error}: ${error_description}`, hint, `(flow ${flow})`].filter(Boolean).join('\n');
}
