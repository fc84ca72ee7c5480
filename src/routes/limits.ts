import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../app-env.ts';
import { DrawbridgeError } from '../errors.ts';
import { log } from '../log.ts';

/** The client's address as the platform tells it; what a client says of itself is not asked. */
export function clientAddress(c: Context): string {
  return c.req.header('cf-connecting-ip') ?? 'unknown';
}

/** Limits requests per client address and area, the first part of the path. Throws `rate_limited`. */
export const limitRate = createMiddleware<AppEnv>(async (c, next) => {
  await requireRate(c, c.req.path.split('/', 2)[1] ?? '');
  await next();
});

/**
 * Counts a request of this client address in `area` by the binding `LIMITER`, where there is one. Throws
 * `rate_limited`. A binding that fails limits nothing: it must not keep everybody from signing in.
 */
export async function requireRate(c: Context<AppEnv>, area: string): Promise<void> {
  const { limiter } = c.get('config');
  let isWithin = true;
  try {
    if (limiter) isWithin = (await limiter.limit({ key: `${area} ${clientAddress(c)}` })).success;
  } catch (error) {
    log('limiter_failed', { detail: String(error) });
  }
  if (!isWithin) throw new DrawbridgeError('rate_limited');
}

/** Wrong guesses per client address in this isolate. The binding limits across isolates; this one is always there. */
export class Guesses {
  readonly #most: number;
  readonly #perMs: number;
  readonly #counts = new Map<string, { count: number; since: number }>();

  constructor({ most, perSeconds }: { most: number; perSeconds: number }) {
    this.#most = most;
    this.#perMs = perSeconds * 1000;
  }

  /** `now` in milliseconds. */
  areSpent(address: string, now: number): boolean {
    const held = this.#counts.get(address);
    return held !== undefined && now - held.since < this.#perMs && held.count >= this.#most;
  }

  count(address: string, now: number): void {
    const held = this.#counts.get(address);
    const isOver = held === undefined || now - held.since >= this.#perMs;
    this.#counts.delete(address);
    this.#counts.set(address, isOver ? { count: 1, since: now } : { ...held, count: held.count + 1 });
    if (this.#counts.size > 1000) this.#counts.delete(this.#counts.keys().next().value as string);
  }
}
