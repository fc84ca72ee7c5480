import type { Context } from 'hono';
import type { AppEnv } from '../app-env.ts';
import { DrawbridgeError } from '../errors.ts';
import { log } from '../log.ts';
import { type LogoutToken, logoutToken } from '../oauth/logout-token.ts';
import { ProviderRequests } from '../oauth/provider-requests.ts';
import { authorizationServer } from '../providers/metadata.ts';
import { readParameters } from './form.ts';
import { newFlow } from './respond.tsx';

/** Logout tokens taken in this isolate, newest last: each counts once. */
const taken = new Set<string>();
const TAKEN_LIMIT = 1000;

/**
 * `POST /backchannel-logout/:provider`: the provider says that a session, or every session of a user, has ended
 * there (OpenID Connect Back-Channel Logout §2.5). They end here too.
 */
export async function backchannelLogout(c: Context<AppEnv>): Promise<Response> {
  const provider = c.get('config').providers.get(c.req.param('provider') ?? '');
  if (!provider) throw new DrawbridgeError('unknown_provider');
  const flow = newFlow();
  try {
    const requests = new ProviderRequests(provider, { record: false });
    const server = await authorizationServer(requests);
    const token = (await readParameters(c)).get('logout_token') ?? '';
    const { sub, sid } = takeOnce(provider.id, await logoutToken(requests, server, token));
    const ended = await c.get('sessions').endMatching({ provider: provider.id, sub, sid });
    if (ended === undefined) throw new DrawbridgeError('not_found', IN_COOKIES);
    log('backchannel_logout', { flow, provider: provider.id, sessions: ended });
    return c.body(null, 200);
  } catch (error) {
    throw error instanceof DrawbridgeError ? Object.assign(error, { flow, provider: provider.id }) : error;
  }
}

const IN_COOKIES = {
  title: 'Not with sessions in cookies',
  description: 'Sessions live in the users’ cookies here, where only the user can end them.',
  hint: 'Bind `TOKENS` (KV) and `SESSION_KEEPER` (Durable Object) to keep sessions on the server.',
};

/** A logout token that was seen before is a replay (§2.6, 8). */
function takeOnce(provider: string, token: LogoutToken): LogoutToken {
  const key = `${provider} ${token.jti}`;
  if (taken.has(key))
    throw new DrawbridgeError('invalid_request', { detail: 'logout token: jti seen before' });
  taken.add(key);
  if (taken.size > TAKEN_LIMIT) taken.delete(taken.values().next().value as string);
  return token;
}
