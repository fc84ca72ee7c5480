import type { Context } from 'hono';
import type { AppEnv } from '../app-env.ts';

/**
 * For INSPECT, adds `Server-Timing`: the time of the whole request, and of each request to a provider or an upstream, in
 * milliseconds.
 */
export function setServerTiming(c: Context<AppEnv>, headers: Headers): void {
  const total = Date.now() - c.get('startedAt');
  const asked = (c.get('requests')?.timings ?? []).map(
    ({ kind, duration_ms }) => `${kind};dur=${duration_ms}`,
  );
  const { duration_ms: forwarded } = c.get('forwarded') ?? {};
  const upstream = forwarded === undefined ? [] : [`upstream;dur=${forwarded}`];
  headers.set('server-timing', [`total;dur=${total}`, ...asked, ...upstream].join(', '));
}
