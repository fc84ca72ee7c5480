import type { Context } from 'hono';
import { startDevice } from '../../connections/device-flow.ts';
import { log } from '../../log.ts';
import type { AppEnv } from '../app-env.ts';
import { requireConnections } from '../connections/connections-on.ts';
import { devicePath } from '../connections/device.tsx';
import { newFlow } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';
import { href } from '../href.tsx';

/** `POST /device_authorization`: a program without a browser asks for a key (RFC 8628 §3.1). */
export async function deviceAuthorization(c: Context<AppEnv>): Promise<Response> {
  const settings = requireConnections(c);
  const parameters = await readParameters(c);
  const { providers } = c.get('settings');
  const verificationUri = c.get('origin') + href(c, devicePath(settings));
  const { request, response } = await startDevice(settings, providers, parameters, verificationUri);
  log('device_requested', { flow: newFlow(), provider: request.provider, raw_tokens: request.raw_tokens });
  return c.json(response);
}
