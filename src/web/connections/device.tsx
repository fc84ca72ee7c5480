import type { Context } from 'hono';
import type { ConnectionObject } from '../../connections/connections.ts';
import type { ShownDevice } from '../../connections/device.ts';
import { deviceObject } from '../../connections/device-flow.ts';
import { readUserCode, shownUserCode } from '../../connections/user-code.ts';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import type { ConnectionSettings } from '../../settings/connection-settings.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow, wantsJson } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';
import { showPage } from '../href.tsx';
import { requireConnections } from './connections-on.ts';
import { ADMIN_DESK, type Asker, type Desk, USER_DESK } from './desk.ts';
import { ApprovalPage, CodePage, DeclinedPage } from './device-page.tsx';
import { consentTargets, startConsent } from './start-consent.ts';

/** The object that counts wrong user codes. */
const GUESSES = 'guesses';

/** Where a user code is typed, by users or, with `CONNECTIONS = "operators"`, by operators. */
export function devicePath(settings: ConnectionSettings): string {
  return (settings.for === 'users' ? USER_DESK : ADMIN_DESK).device;
}

/** `GET /device`: asks for the code. It is never in the URL: it must be typed (RFC 8628 §5.4). */
export function devicePage(desk: Desk) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    await desk.asker(c);
    return showPage(c, <CodePage href={desk.device} isAdmin={desk.isAdmin} problem={undefined} />);
  };
}

/** `POST /device`: shows what waits under a code, or decides it (`action`). */
export function decideDevice(desk: Desk) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    desk.requireOwnPage(c);
    const asker = await desk.asker(c);
    const settings = requireConnections(c);
    const parameters = await readParameters(c);
    const typed = parameters.get('user_code') ?? '';
    const userCode = readUserCode(typed);
    const found = await lookUp(settings, asker, userCode);
    if (!found || userCode === undefined) return wrongCode(c, desk, typed);
    switch (parameters.get('action')) {
      case 'approve':
        return approve(c, asker, found.request, userCode);
      case 'decline':
        return decline(c, desk, found.device);
      default:
        return show(c, desk, found.request, userCode);
    }
  };
}

interface Found {
  readonly device: ConnectionObject;
  readonly request: ShownDevice;
}

/**
 * What waits under a code. Each look counts as a guess before it is known to be right, so that many at once are no more
 * than they may be. Throws `rate_limited`.
 */
async function lookUp(
  settings: ConnectionSettings,
  { name }: Asker,
  userCode: string | undefined,
): Promise<Found | undefined> {
  const guesses = settings.keepers.getByName(GUESSES);
  if (!(await guesses.takeGuess(name))) {
    throw new DrawbridgeError('rate_limited', {
      title: 'Too many wrong codes',
      description: 'Too many wrong codes were entered, so no code is accepted for now.',
      hint: 'Wait 15 minutes, then start again in the program.',
      detail: 'user codes',
      retryAfter: 900,
    });
  }
  if (userCode === undefined) return undefined;
  const device = deviceObject(settings, userCode);
  const request = await device.showDevice();
  if (!request) return undefined;
  await guesses.giveBackGuess(name);
  return { device, request };
}

function wrongCode(c: Context<AppEnv>, desk: Desk, typed: string): Response | Promise<Response> {
  const error = new DrawbridgeError('invalid_request', {
    title: 'Code not found',
    description: 'No program is waiting for this code. It may be mistyped, expired or already used.',
    hint: 'Check the code, or start again in the program.',
    detail: 'unknown user code',
  });
  if (wantsJson(c)) throw error;
  log('refused', { flow: newFlow(), error: error.code, path: c.req.path, detail: error.detail });
  c.status(400);
  return showPage(
    c,
    <CodePage href={desk.device} isAdmin={desk.isAdmin} problem={error.description} typed={typed} />,
  );
}

function show(c: Context<AppEnv>, desk: Desk, request: ShownDevice, userCode: string) {
  const provider = c.get('settings').providers.get(request.provider);
  if (!provider) throw new DrawbridgeError('unknown_provider');
  if (wantsJson(c)) return c.json({ ...request, user_code: shownUserCode(userCode) });
  c.set('formTargets', consentTargets([provider]));
  return showPage(
    c,
    <ApprovalPage
      href={desk.device}
      isAdmin={desk.isAdmin}
      request={request}
      userCode={shownUserCode(userCode)}
      displayName={provider.display_name}
      scope={request.scope ?? provider.scope}
    />,
  );
}

/** The consent at the provider follows, in this very session; only when it comes back is the program approved. */
function approve(c: Context<AppEnv>, asker: Asker, request: ShownDevice, userCode: string) {
  const provider = c.get('settings').providers.get(request.provider);
  if (!provider) throw new DrawbridgeError('unknown_provider');
  const { owner, session } = asker;
  return startConsent(c, provider, request.scope, { owner, session, label: request.label, device: userCode });
}

async function decline(c: Context<AppEnv>, desk: Desk, device: ConnectionObject): Promise<Response> {
  await device.decideDevice({ kind: 'denied', reason: undefined });
  log('device_denied', { flow: newFlow() });
  if (wantsJson(c)) return c.json({ declined: true });
  return showPage(c, <DeclinedPage href={desk.device} isAdmin={desk.isAdmin} />);
}
