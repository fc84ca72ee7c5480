import type { Context } from 'hono';
import { DEVICE_CODE, redeemDevice } from '../../connections/device-flow.ts';
import { exchangeToken, TOKEN_EXCHANGE } from '../../connections/exchange.ts';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import type { ConnectionSettings } from '../../settings/connection-settings.ts';
import type { AppEnv } from '../app-env.ts';
import { requireConnections } from '../connections/connections-on.ts';
import { newFlow } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';
import { countFailure } from '../middleware/limits.ts';

/** `POST /token`: token exchange by a key or a trusted JWT (RFC 8693), and device codes (RFC 8628 §3.4). */
export async function issueToken(c: Context<AppEnv>): Promise<Response> {
  const settings = requireConnections(c);
  const parameters = await readParameters(c);
  const [grantType, ...others] = parameters.getAll('grant_type');
  if (!grantType || others.length > 0) {
    throw new DrawbridgeError('invalid_request', {
      description: '`grant_type` is missing or sent more than once.',
      hint: 'See docs/programs.md for the parameters of this request.',
      detail: 'grant_type',
    });
  }
  if (grantType === TOKEN_EXCHANGE) return exchange(c, settings, parameters);
  if (grantType === DEVICE_CODE) return redeem(c, settings, parameters);
  throw new DrawbridgeError('unsupported_grant_type', { detail: 'grant_type' });
}

async function exchange(c: Context<AppEnv>, settings: ConnectionSettings, parameters: URLSearchParams) {
  const flow = newFlow();
  try {
    const { response, connection, key, trust } = await exchangeToken(settings, parameters);
    log('token_exchanged', {
      flow,
      connection: connection.id.slice(0, 12),
      provider: connection.provider,
      key,
      trust,
      duration_ms: Date.now() - c.get('startedAt'),
    });
    return c.json(response, 200, { pragma: 'no-cache' });
  } catch (error) {
    if (!(error instanceof DrawbridgeError)) throw error;
    // A client with a valid key is never limited: nobody guesses 260 bits, but anyone can send wrong keys.
    if (error.code === 'invalid_request') await countFailure(c, 'token', error);
    throw error.with({ flow });
  }
}

async function redeem(c: Context<AppEnv>, settings: ConnectionSettings, parameters: URLSearchParams) {
  const { response, connection, key, provider } = await redeemDevice(settings, parameters);
  log('key_added', { flow: newFlow(), connection: connection.slice(0, 12), provider, key, by: 'device' });
  return c.json(response, 200, { pragma: 'no-cache' });
}
