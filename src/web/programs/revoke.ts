import type { Context } from 'hono';
import { claimOfKey, withoutLineBreak } from '../../connections/present.ts';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import type { AppEnv } from '../app-env.ts';
import { requireConnections } from '../connections/connections-on.ts';
import { newFlow } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';

/**
 * `POST /revoke`: a program ends its own key (RFC 7009). The connection stays. An unknown or ended key gets
 * the same answer (§2.2).
 */
export async function revokeKey(c: Context<AppEnv>): Promise<Response> {
  const { keepers } = requireConnections(c);
  const parameters = await readParameters(c);
  const [token, ...others] = parameters.getAll('token');
  if (!token || others.length > 0) {
    throw new DrawbridgeError('invalid_request', {
      description: '`token` is missing or sent more than once.',
      hint: 'Send the key to revoke as `token`.',
      detail: 'token',
    });
  }
  const claim = await claimOfKey(withoutLineBreak(token));
  if (claim && 'hash' in claim.presented) {
    const connection = await keepers.getByName(claim.connection).revokeKey(claim.presented.hash);
    if (connection) {
      const { id, provider } = connection;
      log('key_ended', { flow: newFlow(), connection: id.slice(0, 12), provider, by: 'program' });
    }
  }
  return c.json({});
}
