import type { Context } from 'hono';
import { startDevice } from '../../connections/device-flow.ts';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import type { AppEnv } from '../app-env.ts';
import { requireConnections } from '../connections/connections-on.ts';
import { devicePath } from '../connections/device.tsx';
import { requireKnownLimits } from '../connections/wishes.ts';
import { newFlow } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';
import { href } from '../href.tsx';

/** `POST /device_authorization`: a program without a browser asks for a key (RFC 8628 §3.1). */
export async function deviceAuthorization(c: Context<AppEnv>): Promise<Response> {
  const settings = requireConnections(c);
  const parameters = await readParameters(c);
  requireKnownLimits(parameters, 'device');
  const verificationUri = pagesOrigin(c) + href(c, devicePath(settings));
  const { request, response } = await startDevice(settings, c.get('settings'), parameters, verificationUri);
  log('device_requested', { flow: newFlow(), provider: request.provider, raw_tokens: request.raw_tokens });
  return c.json(response);
}

/** Where a user can approve. With an app upstream, those pages only exist on `CONTROL_ORIGIN`. Throws `not_found`. */
function pagesOrigin(c: Context<AppEnv>): string {
  const { isSharedWithApp, controlOrigin } = c.get('settings');
  if (!isSharedWithApp) return c.get('origin');
  if (controlOrigin !== undefined) return controlOrigin;
  throw new DrawbridgeError('not_found', {
    description: 'Nobody can approve a code here.',
    hint: 'For the operator: set `CONTROL_ORIGIN`, since an app shares this origin.',
  });
}
