import type { Context, MiddlewareHandler, Next } from 'hono';
import type { Settings } from '../../settings/settings.ts';
import type { AppEnv } from '../app-env.ts';

/** A middleware, and a function that tells whether it ever has anything to do with these settings. */
export type Optional = readonly [isNeeded: (settings: Settings) => boolean, run: MiddlewareHandler<AppEnv>];

/**
 * Runs in order only the middlewares that the settings need, which is decided once: a feature that is not configured
 * costs nothing. Hono would wait for each of them. An error of one rejects what the ones before it wait for.
 */
export function whenNeeded(...all: readonly Optional[]): MiddlewareHandler<AppEnv> {
  const neededBy = new WeakMap<Settings, readonly MiddlewareHandler<AppEnv>[]>();
  return (c, next) => {
    const settings = c.get('settings');
    let needed = neededBy.get(settings);
    if (!needed) {
      needed = all.filter(([isNeeded]) => isNeeded(settings)).map(([, run]) => run);
      neededBy.set(settings, needed);
    }
    return needed.length === 0 ? next() : inOrder(needed, c, next);
  };
}

async function inOrder(
  [first, ...others]: readonly MiddlewareHandler<AppEnv>[],
  c: Context<AppEnv>,
  next: Next,
): Promise<void> {
  if (first === undefined) {
    // Hono's `next` gives its context, which is no answer.
    await next();
    return;
  }
  const answer = await first(c, () => inOrder(others, c, next));
  if (answer) c.res = answer;
}
