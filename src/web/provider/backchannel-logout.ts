import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import { issuerOfUser } from '../../oauth/issuer.ts';
import { type LogoutToken, logoutToken } from '../../oauth/logout-token.ts';
import { authorizationServer } from '../../oauth/metadata.ts';
import { ProviderRequests } from '../../oauth/provider-requests.ts';
import type { Provider } from '../../providers/provider.ts';
import { tenantIn } from '../../providers/quirks/issuer.ts';
import type { SessionDirectory } from '../../sessions/directory.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';
import { clientAddress, Guesses } from '../middleware/limits.ts';

/**
 * `POST /backchannel-logout/:provider`: the provider says that a session, or every session of a user, has ended
 * there (OpenID Connect Back-Channel Logout §2.5). They end here too; no token is revoked for it (§2.7).
 */
export async function backchannelLogout(c: Context<AppEnv>): Promise<Response> {
  const provider = c.get('settings').providers.get(c.req.param('provider') ?? '');
  if (!provider) throw new DrawbridgeError('unknown_provider');
  const flow = newFlow();
  try {
    const reach = requireReach(c);
    const { iss, token } = await validToken(c, provider);
    const sessions = await endOnce(reach, { provider: provider.id, iss }, token, flow);
    log('backchannel_logout', { flow, provider: provider.id, sessions });
    return c.body(null, 200);
  } catch (error) {
    throw error instanceof DrawbridgeError ? error.with({ flow, provider: provider.id }) : error;
  }
}

/**
 * Invalid tokens are counted by address. Valid ones are not, and are accepted whatever else the address sends: anyone
 * can send invalid ones, and a provider may end a thousand sessions at once. The work for each is still bounded: one
 * signature is checked, and there is a separate limit on how often keys are read again.
 */
const invalidTokens = new Guesses({ perSeconds: 60 });

/** The request's logout token, and the issuer of its users. Throws `rate_limited`, `invalid_request`, `provider_unreachable`. */
async function validToken(
  c: Context<AppEnv>,
  provider: Provider,
): Promise<{ iss: string; token: LogoutToken }> {
  const requests = new ProviderRequests(provider, { record: false });
  const server = await authorizationServer(requests);
  try {
    const text = (await readParameters(c)).get('logout_token') ?? '';
    const token = await logoutToken(requests, server, text);
    const { iss } = token;
    return { iss: issuerOfUser(provider, server, { iss, tid: tenantIn(iss) }), token };
  } catch (error) {
    if (error instanceof DrawbridgeError && error.code === 'invalid_request') countInvalid(c, provider);
    throw error;
  }
}

/** Throws `rate_limited` in place of the refusal once there were too many. */
function countInvalid(c: Context<AppEnv>, provider: Provider): void {
  const sender = `${provider.id} ${clientAddress(c)}`;
  // protects: logout token: guess limit
  if (invalidTokens.areSpent(sender, c.get('settings').logoutGuesses, Date.now())) {
    throw new DrawbridgeError('rate_limited');
  }
  invalidTokens.count(sender, Date.now());
}

/** The reach of this Worker's sessions. Throws `not_found` where they live in cookies. */
export function requireReach(c: Context<AppEnv>): SessionDirectory {
  const { reach } = c.get('sessions');
  if (!reach) throw new DrawbridgeError('not_found', IN_COOKIES);
  return reach;
}

const IN_COOKIES = {
  title: 'Not available with sessions in cookies',
  description: 'Sessions are stored in users’ cookies here, so only users can end them.',
  hint: 'Bind `TOKENS` (KV) and `SESSION_KEEPER` (Durable Object) to keep sessions on the server.',
};

/** A logout token that was seen before, by whatever isolate, is a replay (§2.6, 8): it ends no later session. */
async function endOnce(
  reach: SessionDirectory,
  whose: { provider: string; iss: string },
  { sub, sid, jti, until }: LogoutToken,
  flow: string,
) {
  const name = `logout_token ${whose.provider} ${jti}`;
  // protects: logout token: replay
  if (!(await reach.takeOnce(name, until))) {
    throw new DrawbridgeError('invalid_request', {
      description: 'The logout token was accepted before.',
      hint: 'Send each token once: another logout needs another `jti`.',
      detail: 'logout token: jti seen before',
    });
  }
  try {
    return await reach.endMatching({ ...whose, sub, sid }, { revoke: false, flow });
  } catch (error) {
    // The provider may send it again, and then it must work.
    await reach.giveBack(name);
    throw error;
  }
}
