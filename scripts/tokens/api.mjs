import { Refusal } from '../refusal.ts';

const TIMEOUT_MS = 60_000;

/**
 * The operator's API of the Worker at `origin`: `ask(method, path, query)` returns the JSON of the answer.
 * Throws a `Refusal` that says what to do.
 */
export function operatorApi(origin, token) {
  return async function ask(method, path, query = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const url = `${origin}/admin${path}?${new URLSearchParams(given)}`;
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error) => {
      throw new Refusal(`${origin} can't be reached: ${error.cause?.code ?? error.message}. Is it running?`);
    });
    const body = await response.json().catch(() => undefined);
    if (response.ok && body !== undefined) return body;
    throw new Refusal(explain(origin, response, body));
  };
}

function explain(origin, response, body) {
  if (body?.error === undefined) {
    const to = response.headers.get('location');
    const hint = to ? `It redirects to ${URL.parse(to, origin)?.host}.` : 'Is this Drawbridge?';
    return `${origin} answered ${response.status}, but not as Drawbridge would. ${hint}`;
  }
  const { error, error_description, hint, flow } = body;
  if (error === 'not_found' && error_description === 'There is no page at this address.') {
    return `${origin} has no /admin: set the secret with \`npx wrangler secret put ADMIN_TOKEN\`.`;
  }
  if (error === 'operator_required') {
    return `${origin} refused this ADMIN_TOKEN. Is it this Worker’s?`;
  }
  return [`${error}: ${error_description}`, hint, `(flow ${flow})`].filter(Boolean).join('\n');
}
