import type { Context, Next } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../app-env.ts';

/**
 * In INSPECT, `Server-Timing`: the whole request and each request that it made to a provider or an upstream, in milliseconds.
 * Browsers show it beside the request.
 */
export const serverTiming = createMiddleware<AppEnv>((c, next) =>
  c.get('settings').inspect ? timed(c, next) : next(),
);

async function timed(c: Context<AppEnv>, next: Next): Promise<void> {
  await next();
  const total = Date.now() - c.get('startedAt');
  const asked = (c.get('requests')?.timings ?? []).map(
    ({ kind, duration_ms }) => `${kind};dur=${duration_ms}`,
  );
  const { duration_ms: forwarded } = c.get('forwarded') ?? {};
  const upstream = forwarded === undefined ? [] : [`upstream;dur=${forwarded}`];
  c.res.headers.set('server-timing', [`total;dur=${total}`, ...asked, ...upstream].join(', '));
}
