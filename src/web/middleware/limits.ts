import type { Context, Next } from 'hono';
import { createMiddleware } from 'hono/factory';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import type { AppEnv } from '../app-env.ts';

/**
 * The client's address as the platform tells it; what a client says of itself is not asked. Whoever has an IPv6
 * address has 2⁶⁴ of them, so they count as one: their network, `2001:db8:1:2::/64`.
 */
export function clientAddress(c: Context): string {
  const address = c.req.header('cf-connecting-ip') ?? 'unknown';
  // protects: one address for a network
  return address.includes(':') && !address.includes('.') ? networkOf(address) : address;
}

/** Pure: the first four groups of an IPv6 address, `::` written out. */
function networkOf(address: string): string {
  const [before = [], after = []] = address
    .split('::', 2)
    .map((groups) => groups.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}

/** Limits requests per client address and area, the first part of the path. Throws `rate_limited`. */
export const limitRate = createMiddleware<AppEnv>((c, next) =>
  c.get('settings').limiter ? limited(c, next) : next(),
);

async function limited(c: Context<AppEnv>, next: Next): Promise<void> {
  await requireRate(c, c.req.path.split('/', 2)[1] ?? '');
  await next();
}

/**
 * Counts a request of this client address in `area` by the binding `LIMITER`, where there is one. Throws
 * `rate_limited`. A binding that fails limits nothing: it must not keep everybody from signing in.
 */
export async function requireRate(c: Context<AppEnv>, area: string): Promise<void> {
  const { limiter } = c.get('settings');
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
