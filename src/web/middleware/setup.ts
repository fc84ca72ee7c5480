import type { MiddlewareHandler } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import { isLoopback } from '../../providers/allowed-url.ts';
import { cookieJar } from '../../sessions/cookies/cookie-jar.ts';
import { sessionStore } from '../../sessions/session-store.ts';
import type { Env } from '../../settings/env.ts';
import { inspectFaults } from '../../settings/inspect-in-public.ts';
import { type Settings, SettingsError } from '../../settings/settings.ts';
import type { AppEnv } from '../app-env.ts';

/**
 * Gives every route its settings, origin, cookies and session store, and goes on with `then`. Throws `config_invalid`,
 * `forbidden`.
 */
export function setup(
  settingsOf: (env: Env) => Settings,
  then: MiddlewareHandler<AppEnv>,
): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    c.set('startedAt', Date.now());
    const settings = settingsOf(c.env);
    if (settings.inspect) refuseInspectInPublic(c.env, c.req.url);
    const origin = originOf(c.req.url, settings);
    const jar = cookieJar(c.req.raw.headers.get('cookie'), origin);
    c.set('settings', settings);
    c.set('origin', origin);
    c.set('jar', jar);
    c.set('sessions', sessionStore(settings, jar));
    return then(c, next);
  };
}

/** The origin that users see: the control origin where it was asked for, else the public one. Throws `forbidden`. */
function originOf(url: string, { publicOrigin, controlOrigin }: Settings): string {
  if (controlOrigin !== undefined && url.startsWith(`${controlOrigin}/`)) return controlOrigin;
  return publicOrigin ?? safeOrigin(url);
}

/** Checks `INSPECT` against the request's own origin, which the settings don't know. Throws `config_invalid`. */
function refuseInspectInPublic(env: Env, url: string): void {
  const faults = inspectFaults(env, url);
  if (faults.length > 0) throw new SettingsError(faults);
}

/** The origin that was asked for last: nearly always the only one, so that its URL is read once. */
let lastOrigin: string | undefined;

/** The origin asked for. Throws `forbidden` if it is neither https nor this machine's own. */
function safeOrigin(url: string): string {
  if (lastOrigin !== undefined && url.startsWith(`${lastOrigin}/`)) return lastOrigin;
  const { origin, protocol, hostname } = new URL(url);
  if (protocol === 'https:' || isLoopback(hostname)) {
    lastOrigin = origin;
    return origin;
  }
  throw new DrawbridgeError('forbidden', {
    description: 'This address uses neither https nor localhost, so it isn’t safe for secrets.',
    hint: 'Use https. If something in front ends TLS, set `PUBLIC_ORIGIN`.',
  });
}
