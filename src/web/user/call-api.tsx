import type { Context } from 'hono';
import type { JWK } from 'jose';
import { protectedResourceRequest } from 'oauth4webapi';
import { DrawbridgeError } from '../../errors.ts';
import type { Grant } from '../../grants/grant.ts';
import { proofOption, proofs, withNonce } from '../../oauth/dpop.ts';
import { translate } from '../../oauth/failure.ts';
import { ProviderRequests } from '../../oauth/provider-requests.ts';
import { isAllowedUrl } from '../../providers/allowed-url.ts';
import type { Provider } from '../../providers/provider.ts';
import { grantOf } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';
import { requireOwnPage } from '../middleware/own-page.ts';
import type { ApiCall } from './api-call.ts';
import { callUpstream } from './call-upstream.ts';
import { sessionGrant } from './current-session.ts';
import { inspectPage } from './inspect.tsx';

const MAX_URL_LENGTH = 2048;

/**
 * `POST /session/call`: in INSPECT, calls an API with the access token of `provider`. The form has `provider` and `url`,
 * which may be a path of an upstream; the answer is the session page with the requests and responses, or the same as
 * JSON.
 */
export async function callApi(c: Context<AppEnv>): Promise<Response> {
  if (!c.get('settings').inspect) throw new DrawbridgeError('not_found');
  requireOwnPage(c);
  const form = await readParameters(c);
  const { session, provider } = await sessionGrant(c, form.get('provider') ?? undefined);
  const url = (form.get('url') ?? '').trim();
  const isPath = url.startsWith('/');
  const error = isPath ? undefined : faultOf(url);
  const isDirect = !isPath && error === undefined;
  const current = isDirect ? await c.get('sessions').refresh(session, provider, { force: false }) : session;
  const grant = isDirect ? grantOf(current, provider.id) : undefined;
  let result: Pick<ApiCall, 'error' | 'steps'> = { steps: [], ...(error !== undefined && { error }) };
  if (grant) result = await call(provider, grant, url);
  if (isPath) result = await callUpstream(c, session, url);
  const { error: failure, steps } = result;
  if (wantsJson(c)) return c.json({ url, ...(failure !== undefined && { error: failure }), steps });
  if (failure !== undefined && steps.length === 0) c.status(400);
  return inspectPage(c, current, {
    provider: provider.id,
    url,
    steps,
    ...(failure !== undefined && { error: failure }),
  });
}

/** Pure: why the URL can't be called. */
function faultOf(url: string): string | undefined {
  if (url === '') return 'Enter a URL.';
  if (url.length > MAX_URL_LENGTH) return `Enter a URL of at most ${MAX_URL_LENGTH} characters.`;
  if (!URL.canParse(url)) return 'Enter a full URL, such as https://api.example.com/me.';
  return isAllowedUrl(url) ? undefined : 'Use https. Plain http is allowed only for localhost.';
}

async function call(
  provider: Provider,
  grant: Grant,
  url: string,
): Promise<Pick<ApiCall, 'error' | 'steps'>> {
  const requests = new ProviderRequests(provider, { record: true });
  const proof = proofOption(await handleOf(provider, grant.dpop_key));
  const headers = new Headers({ accept: 'application/json' });
  const options = { ...requests.options('userinfo', 'API call'), ...proof };
  try {
    await withNonce(() =>
      protectedResourceRequest(grant.access_token, 'GET', new URL(url), headers, null, options),
    );
    return { steps: requests.steps };
  } catch (cause) {
    // A refusal is an answer, and is shown as one; without an answer there is only the reason.
    if (requests.steps.length > 0) return { steps: requests.steps };
    const { description } = translate(cause, 'userinfo');
    return { error: description, steps: [] };
  }
}

async function handleOf(provider: Provider, key: JWK | undefined) {
  return key && (await proofs(provider, key));
}
