import type { Context } from 'hono';
import type { AppEnv } from '../app-env.ts';
import { DrawbridgeError } from '../errors.ts';
import { log } from '../log.ts';
import { type LogoutToken, logoutToken } from '../oauth/logout-token.ts';
import { ProviderRequests } from '../oauth/provider-requests.ts';
import { authorizationServer } from '../providers/metadata.ts';
import type { SessionReach } from '../session/session.ts';
import { readParameters } from './form.ts';
import { newFlow } from './respond.tsx';

/**
 * `POST /backchannel-logout/:provider`: the provider says that a session, or every session of a user, has ended
 * there (OpenID Connect Back-Channel Logout §2.5). They end here too.
 */
export async function backchannelLogout(c: Context<AppEnv>): Promise<Response> {
  const provider = c.get('config').providers.get(c.req.param('provider') ?? '');
  if (!provider) throw new DrawbridgeError('unknown_provider');
  const flow = newFlow();
  try {
    const reach = requireReach(c);
    const requests = new ProviderRequests(provider, { record: false });
    const server = await authorizationServer(requests);
    const text = (await readParameters(c)).get('logout_token') ?? '';
    const token = await logoutToken(requests, server, text);
    const sessions = await endOnce(reach, provider.id, token);
    log('backchannel_logout', { flow, provider: provider.id, sessions });
    return c.body(null, 200);
  } catch (error) {
    throw error instanceof DrawbridgeError ? Object.assign(error, { flow, provider: provider.id }) : error;
  }
}

/** The reach of this Worker's sessions. Throws `not_found` where they live in cookies. */
export function requireReach(c: Context<AppEnv>): SessionReach {
  const { reach } = c.get('sessions');
  if (!reach) throw new DrawbridgeError('not_found', IN_COOKIES);
  return reach;
}

const IN_COOKIES = {
  title: 'Not with sessions in cookies',
  description: 'Sessions live in the users’ cookies here, where only the user can end them.',
  hint: 'Bind `TOKENS` (KV) and `SESSION_KEEPER` (Durable Object) to keep sessions on the server.',
};

/** A logout token that was seen before, by whatever isolate, is a replay (§2.6, 8): it ends no later session. */
async function endOnce(reach: SessionReach, provider: string, { sub, sid, jti, until }: LogoutToken) {
  const name = `logout_token ${provider} ${jti}`;
  if (!(await reach.takeOnce(name, until))) {
    throw new DrawbridgeError('invalid_request', { detail: 'logout token: jti seen before' });
  }
  try {
    return await reach.endMatching({ provider, sub, sid });
  } catch (error) {
    // The provider may send it again, and then it must work.
    await reach.giveBack(name);
    throw error;
  }
}
